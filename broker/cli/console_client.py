"""The console's API from a terminal, as one person; its certificate is always checked."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import httpx2

from broker.cli.answer import fail
from broker.exit_status import REFUSED

P = ParamSpec("P")
R = TypeVar("R")

API = "/api/v1"
PATIENCE_S = 15.0
REFUSALS = frozenset({403, 409})


class Console:
    """The console's API, as one person. Its certificate is always checked."""

    def __init__(self, url: str, authority: Path | None, token: Path) -> None:
        try:
            context = ssl.create_default_context(cafile=str(authority) if authority else None)
            bearer = token.read_text("ascii").strip()
        except (OSError, ValueError) as error:
            fail(f"The certificate authority or the token can't be read: {error}.", status=2)
        self._client = httpx2.Client(
            base_url=f"{url.rstrip('/')}{API}",
            headers={"Authorization": f"Bearer {bearer}"},
            verify=context,
            timeout=PATIENCE_S,
            trust_env=False,
        )

    def close(self) -> None:
        """Leave the console."""
        self._client.close()

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """The answer's JSON; a refusal ends the command with its sentence."""
        try:
            answer = self._client.request(method, path, json=body)
        except httpx2.HTTPError as error:
            fail(f"The console can't be reached: {error}.", "Look at --console and --ca.")
        if answer.is_success:
            return answer.json()
        try:
            problem = answer.json()
            fact = f"refused [{problem['code']}]: {problem['detail']}"
            remedy = str(problem.get("remedy", ""))
        except (ValueError, KeyError, TypeError):
            fact, remedy = f"The console answered {answer.status_code}.", ""
        return fail(fact, remedy, status=REFUSED if answer.status_code in REFUSALS else 1)

    def every(self, path: str, name: str) -> Iterator[Any]:
        """Every entry of a list, part after part: what each part holds under ``name``."""
        link: str | None = path
        while link is not None:
            part = self.ask("GET", link)
            yield from part[name]
            link = part["next"] and part["next"].removeprefix(API)


def console_options(command: Callable[Concatenate[Console, P], R]) -> Callable[..., R]:
    """``--console``, ``--ca`` and ``--token-file``; the command gets the console they lead to."""
    return _options(command, required=True)


def perhaps_console(command: Callable[Concatenate[Console | None, P], R]) -> Callable[..., R]:
    """As ``console_options``; the command gets None where no token is given, and does without."""
    return _options(command, required=False)


def _options(command: Callable[Concatenate[Any, P], R], *, required: bool) -> Callable[..., R]:
    @click.option(
        "--console", "url", default="https://localhost:8443", show_default=True, help="Where it is."
    )
    @click.option(
        "--ca", type=click.Path(path_type=Path), help="Its certificate authority, where the system's is not."
    )
    @click.option(
        "--token-file",
        type=click.Path(path_type=Path),
        required=required,
        help="A file with your token (`penstock people token`); never on the command line.",
    )
    @wraps(command)
    def run(*args: Any, url: str, ca: Path | None, token_file: Path | None, **kwargs: Any) -> R:
        asked = nullcontext() if token_file is None else closing(Console(url, ca, token_file))
        with asked as console:
            return command(console, *args, **kwargs)

    return run

"""``penstock request``, ``permits``, ``approve``, ``refuse``, ``revoke``: the console's API from a terminal."""

import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import httpx2

from broker.cli.answer import REFUSED, fail, json_option, plainly, secret_from_stdin, table, tell
from broker.cli.charter_commands import length_of
from broker.clock import SystemClock

P = ParamSpec("P")
R = TypeVar("R")

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
            base_url=f"{url.rstrip('/')}/api/v1",
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


def console_options(command: Callable[Concatenate[Console, P], R]) -> Callable[..., R]:
    """``--console``, ``--ca`` and ``--token-file``; the command gets the console they lead to."""

    @click.option(
        "--console", "url", default="https://localhost:8443", show_default=True, help="Where it is."
    )
    @click.option(
        "--ca", type=click.Path(path_type=Path), help="Its certificate authority, where the system's is not."
    )
    @click.option(
        "--token-file",
        type=click.Path(path_type=Path),
        required=True,
        help="A file with your token (`penstock people token`); never on the command line.",
    )
    @wraps(command)
    def run(*args: Any, url: str, ca: Path | None, token_file: Path, **kwargs: Any) -> R:
        with closing(Console(url, ca, token_file)) as console:
            return command(console, *args, **kwargs)

    return run


@click.command(
    epilog="Example: penstock request eng-ws-1 shell sftp --for 2h --purpose 'drive tuning' --token-file token"
)
@click.argument("asset")
@click.argument("passages", nargs=-1, required=True)
@click.option("--for", "length", default="2h", show_default=True, help="How long: 90m, 2h.")
@click.option("--from", "start", help="When, with its offset: 2030-01-31T14:00+01:00; else now.")
@click.option("--purpose", required=True, help="What for, in a line; the holder reads it.")
@click.option("--work-order", default="", help="The plant's reference for the work.")
@click.option("--back-out", default="", help="How it is undone.")
@click.option("--failure", default="", help="What would be seen first if it went wrong.")
@click.option(
    "--tool", "tools", multiple=True, help="With what; else with any that the plant accepts of you."
)
@click.option("--action", "actions", multiple=True, default=("view",), show_default=True)
@json_option
@plainly
@console_options
def request(
    console: Console,
    asset: str,
    passages: tuple[str, ...],
    length: str,
    start: str | None,
    purpose: str,
    work_order: str,
    back_out: str,
    failure: str,
    tools: tuple[str, ...],
    actions: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Ask for a permit: PASSAGES (shell, exec, sftp, scp, forward:502) to ASSET."""
    try:
        begins = datetime.fromisoformat(start) if start else SystemClock().now()
        ends = begins + length_of(length)
    except ValueError as error:
        fail(f"{error}.", status=2)
    if begins.tzinfo is None:
        fail("--from needs an offset, such as +01:00.", status=2)
    begins, ends = (one.astimezone(UTC).replace(microsecond=0) for one in (begins, ends))
    filed = console.ask(
        "POST",
        "/permits",
        {
            "asset": asset,
            "grants": list(passages),
            "actions": list(actions),
            "start": begins.isoformat(),
            "end": ends.isoformat(),
            "purpose": purpose,
            "work_order": work_order,
            "back_out": back_out,
            "failure": failure,
            "tools": list(tools),
        },
    )
    tell(filed, [f"Permit {filed['id']} is asked for.", str(filed["standing"])], as_json=as_json)


@click.group()
def permits() -> None:
    """List permits, or read one."""


@permits.command("list", epilog="Example: penstock permits list --token-file token --json")
@json_option
@plainly
@console_options
def list_permits(console: Console, *, as_json: bool) -> None:
    """Print the permits that are your business, newest first."""
    found = console.ask("GET", "/permits")["permits"]
    rows = [
        [one["id"], one["state"], one["permit"]["asset"], one["permit"]["person"], one["standing"]]
        for one in found
    ]
    lines = table(rows, ["permit", "state", "asset", "person", "standing"]) if rows else ["There is none."]
    tell(found, lines, as_json=as_json)


@permits.command("show", epilog="Example: penstock permits show PERMIT --token-file token")
@click.argument("permit")
@json_option
@plainly
@console_options
def show_permit(console: Console, permit: str, *, as_json: bool) -> None:
    """Print one permit with its digest: what an approval signs."""
    found = console.ask("GET", f"/permits/{permit}")
    lines = [f"{name:12} {value}" for name, value in {**found["permit"], "digest": found["digest"]}.items()]
    tell(found, [*lines, str(found["standing"])], as_json=as_json)


@click.command(epilog="Example: penstock approve PERMIT --token-file token")
@click.argument("permit")
@click.option("--right", default="connect", show_default=True, help="Under which right you decide.")
@json_option
@plainly
@console_options
def approve(console: Console, permit: str, right: str, *, as_json: bool) -> None:
    """Approve PERMIT by one-time code, where its conduit accepts one. A passkey needs the console's page."""
    read = console.ask("GET", f"/permits/{permit}")
    for name, value in read["permit"].items():
        click.echo(f"{name:12} {value}", err=True)
    code = secret_from_stdin("One-time code")
    approved = console.ask(
        "POST", f"/permits/{permit}/approve", {"right": right, "code": code, "digest": read["digest"]}
    )
    tell(approved, [str(approved["standing"])], as_json=as_json)


@click.command(epilog="Example: penstock refuse PERMIT --reason 'start-up today' --token-file token")
@click.argument("permit")
@click.option("--reason", required=True, help="Why; the vendor reads it, and it is kept.")
@json_option
@plainly
@console_options
def refuse(console: Console, permit: str, reason: str, *, as_json: bool) -> None:
    """Refuse PERMIT, which waits."""
    refused = console.ask("POST", f"/permits/{permit}/refuse", {"reason": reason})
    tell(refused, [str(refused["standing"])], as_json=as_json)


@click.command(epilog="Example: penstock revoke PERMIT --reason 'contractor left site' --token-file token")
@click.argument("permit")
@click.option("--reason", required=True, help="Why; it is kept.")
@json_option
@plainly
@console_options
def revoke(console: Console, permit: str, reason: str, *, as_json: bool) -> None:
    """Take PERMIT back; a session that runs on it ends now."""
    revoked = console.ask("POST", f"/permits/{permit}/revoke", {"reason": reason})
    tell(revoked, [str(revoked["standing"])], as_json=as_json)

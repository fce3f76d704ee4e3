"""How every command speaks: one object for machines or lines for people, and what its exit status means."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

from broker.layout import Layout
from domain.errors import ConfigError, PenstockError
from recorder.replay import inert

NO, USAGE = 1, 2

P = ParamSpec("P")
R = TypeVar("R")


def node_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--dir``: the folder of the node that a command is about."""
    return click.option(
        "--dir",
        "layout",
        default=".",
        show_default=True,
        callback=lambda _context, _option, value: Layout(Path(value).resolve()),
        help="The node's folder, as `penstock init` made it.",
    )(command)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--json``: one JSON value instead of lines."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)


def tell(value: Mapping[str, object] | Sequence[object], lines: Sequence[str], *, as_json: bool) -> None:
    """Print ``value`` as JSON, or ``lines`` made inert: their bytes may come from a target."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=True, default=str))
        return
    for line in lines:
        click.echo(inert(line))


def fail(fact: str, remedy: str = "", *, status: int = NO) -> NoReturn:
    """End the command with a sentence on stderr."""
    click.echo(inert(f"penstock: {fact}" + (f" What to do: {remedy}" if remedy else "")), err=True)
    raise SystemExit(status)


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an expected error into its sentence: no traceback for a missing file."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ConfigError as error:
            fail(str(error), status=USAGE)
        except PenstockError as error:
            fail(str(error))
        except PermissionError as error:
            fail(f"{error.filename} can't be opened: {error.strerror}.", "Run this as the node's own user.")
        except OSError as error:
            if error.filename is None:
                raise  # no file of anybody's: a fault of ours
            fail(f"{error.filename} can't be used: {error.strerror}.", "See `penstock doctor`.")

    return run


def local_name() -> str:
    """Who sits at this machine, for the evidence: the login of the calling user."""
    import pwd  # noqa: PLC0415 (Linux only, and only when asked)

    return f"local:{pwd.getpwuid(os.getuid()).pw_name}"


def table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> list[str]:
    """Rows in aligned columns under their heads; a sentence when there are none is the caller's."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    ]


def secret_from_stdin(what: str) -> str:
    """A secret from standard input, never from the command line, where others could see it."""
    if sys.stdin.isatty():
        value: Any = click.prompt(what, hide_input=True)
        return str(value)
    return sys.stdin.readline().rstrip("\n")

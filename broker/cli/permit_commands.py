"""``penstock request``, ``permits``, ``revoke``: the console's API from a terminal."""

from datetime import UTC, datetime
from itertools import islice

import click

from broker.cli.answer import fail, json_option, plainly, table, tell
from broker.cli.charter_commands import length_of
from broker.cli.console_client import Console, console_options
from broker.cli.decision_commands import bundle
from broker.clock import SystemClock


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
@click.option(
    "--limit",
    "limits",
    multiple=True,
    help="Where, and within which bounds, as docs/conduits.md says; may be repeated.",
)
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
    limits: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Ask for a permit: PASSAGES (shell, exec, sftp, sftp:get, forward:502) to ASSET."""
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
            "limits": list(limits),
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
    """List permits, read one, or have one decided elsewhere."""


permits.add_command(bundle)


@permits.command("list", epilog="Example: penstock permits list --token-file token --json")
@click.option("--most", default=100, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@json_option
@plainly
@console_options
def list_permits(console: Console, most: int, *, as_json: bool) -> None:
    """Print the permits that are your business, newest first."""
    found = list(islice(console.every("/permits", "permits"), most))
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

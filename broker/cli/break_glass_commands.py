"""``penstock break-glass``: approve past an absent holder, see what was so approved, and review it."""

from pathlib import Path
from typing import Any

import click

from broker.cli.answer import fail, json_option, plainly, secret_from_stdin, tell
from broker.cli.console_client import Console, console_options
from broker.cli.signing import signed_by_tool
from domain.canonical import instant_text
from domain.errors import ProofError
from domain.glass_review import NAMESPACE, ReviewStatement


@click.group("break-glass")
def break_glass() -> None:
    """Approve past an absent holder; review such uses."""


@break_glass.command(
    epilog="Example: penstock break-glass use PERMIT --reason 'pump 3 fails, Petra unreachable' --token-file token"
)
@click.argument("permit")
@click.option("--reason", required=True, help="Why it can't wait for the holder; kept as evidence.")
@console_options
@json_option
@plainly
def use(console: Console, permit: str, reason: str, *, as_json: bool) -> None:
    """Say yes to PERMIT past its holder, as who leads incidents or is of the shift; asks for your one-time code.

    Everyone who is passed over is told by name. What it opens is over within an hour, or what the charter
    says, and the next use on that boundary waits until somebody else has reviewed this one.
    """
    read = console.ask("GET", f"/permits/{permit}")
    for name, value in read["permit"].items():
        click.echo(f"{name:12} {value}", err=True)
    code = secret_from_stdin("One-time code")
    given = {"right": "incident_lead", "code": code, "digest": read["digest"], "reason": reason}
    done = console.ask("POST", f"/permits/{permit}/approve", given)
    tell(done, [str(done["standing"])], as_json=as_json)


@break_glass.command("list", epilog="Example: penstock break-glass list --token-file token")
@console_options
@json_option
@plainly
def list_uses(console: Console, *, as_json: bool) -> None:
    """Print every use, newest first, and whether somebody has reviewed it."""
    uses = list(console.every("/break-glass", "uses"))
    tell(uses, [_line(one) for one in uses] or ["The glass was never broken."], as_json=as_json)


@break_glass.command(
    epilog="Example: penstock break-glass review PERMIT --finding 'was needed; holder was in the air' --token-file token"
)
@click.argument("permit")
@click.option("--finding", required=True, help="What you found; kept as evidence.")
@click.option("--sign", "signing", type=click.Path(path_type=Path), help="Sign it with this SSH key.")
@console_options
@json_option
@plainly
def review(console: Console, permit: str, finding: str, signing: Path | None, *, as_json: bool) -> None:
    """Review the use that opened PERMIT, in which you had no part: signed by your SSH key, or with a one-time code."""
    if signing is None:
        code = secret_from_stdin("One-time code")
        use = console.ask("POST", f"/break-glass/{permit}/review", {"finding": finding, "code": code})
    else:
        use = _signed(console, permit, finding, signing)
    tell([use], [_line(use)], as_json=as_json)


def _signed(console: Console, permit: str, finding: str, key: Path) -> Any:
    drawn = console.ask("POST", f"/break-glass/{permit}/statement", {"finding": finding})
    try:
        # Read before it is signed: it must be the review that was asked for, and nothing besides.
        read = ReviewStatement.of_message(str(drawn["statement"]).encode())
    except ProofError as error:
        fail(f"What the console sent is not to be signed: {error.fact}")
    if (read.permit, read.finding) != (permit, " ".join(finding.split())):
        fail("What the console sent is another review than yours.", "Tell whoever runs the node.")
    click.echo(
        f"{read.by} reviews the use over {read.boundary} at {instant_text(read.used_at)}: {read.finding}",
        err=True,
    )
    signature = signed_by_tool(key, read.message(), NAMESPACE)
    said = {"ceremony": drawn["ceremony"], "statement": drawn["statement"], "signature": signature}
    return console.ask("POST", f"/break-glass/{permit}/signed", said)


def _line(one: dict[str, object]) -> str:
    use = one["use"]
    assert isinstance(use, dict)
    review = use["review"]
    if isinstance(review, dict):
        stands = f"reviewed by {review['by']} at {review['at']}"
    else:
        stands = "review overdue" if one["overdue"] else "waits for a review"
    return f"{use['permit']}  {use['boundary']}  by {' and '.join(use['by'])}  {use['at']} until {use['until']}  {stands}"

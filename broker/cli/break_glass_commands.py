"""``penstock break-glass``: approve past an absent holder, see what was so approved, and review it."""

import click

from broker.cli.answer import json_option, plainly, secret_from_stdin, tell
from broker.cli.console_client import Console, console_options


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
    uses = console.ask("GET", "/break-glass")
    tell(uses, [_line(one) for one in uses] or ["The glass was never broken."], as_json=as_json)


@break_glass.command(
    epilog="Example: penstock break-glass review PERMIT --finding 'was needed; holder was in the air' --token-file token"
)
@click.argument("permit")
@click.option("--finding", required=True, help="What you found; kept as evidence.")
@console_options
@json_option
@plainly
def review(console: Console, permit: str, finding: str, *, as_json: bool) -> None:
    """Review the use that opened PERMIT, in which you had no part; asks for your one-time code."""
    code = secret_from_stdin("One-time code")
    uses = console.ask("POST", f"/break-glass/{permit}/review", {"finding": finding, "code": code})
    tell(uses, [_line(one) for one in uses], as_json=as_json)


def _line(one: dict[str, object]) -> str:
    use = one["use"]
    assert isinstance(use, dict)
    review = use["review"]
    if isinstance(review, dict):
        stands = f"reviewed by {review['by']} at {review['at']}"
    else:
        stands = "review overdue" if one["overdue"] else "waits for a review"
    return f"{use['permit']}  {use['boundary']}  by {' and '.join(use['by'])}  {use['at']} until {use['until']}  {stands}"

"""``penstock evidence retention``: what is due, what is held, and signing that evidence may go, by SSH key."""

from pathlib import Path

import click

from broker.cli.answer import fail, json_option, plainly, tell
from broker.cli.console_client import Console, console_options
from broker.cli.signing import signed_by_tool
from domain.errors import ProofError
from domain.keeping import NAMESPACE, KeepingStatement

signing = click.option(
    "--sign", "key", type=click.Path(path_type=Path), required=True, help="Sign it with this SSH key."
)
because = click.option("--reason", required=True, help="Why; it stays in the ledger.")


@click.group()
def retention() -> None:
    """What may go, what is due, what is held; and letting it go, by two persons."""


@retention.command("list", epilog="Example: penstock evidence retention list --token-file token")
@console_options
@json_option
@plainly
def list_due(console: Console, *, as_json: bool) -> None:
    """Print what may become of each session's evidence, the holds, and what waits for a second person."""
    sessions = list(console.every("/retention", "sessions"))
    stands = console.ask("GET", "/retention/standing")
    lines = [
        f"{one['session']}  {one['standing']:7}  {one['term'] or '-'}  {one['sentence'] or one['due_at'] or ''}"
        for one in sessions
    ]
    lines += [f"hold {one['id']}  {one['scope']}  {one['by']}: {one['reason']}" for one in stands["holds"]]
    lines += [
        f"ask {one['ask']}  {one['deed']} {one['subject']}  {one['by']}: {one['reason']}"
        for one in stands["asks"]
    ]
    tell({"sessions": sessions, **stands}, lines or ["No session yet."], as_json=as_json)


@retention.command(
    epilog="Example: penstock evidence retention hold boundary:pumping --reason 'accident of 3 May' --sign KEY"
)
@click.argument("scope")
@because
@signing
@console_options
@json_option
@plainly
def hold(console: Console, scope: str, reason: str, key: Path, *, as_json: bool) -> None:
    """Keep everything under SCOPE: session:…, boundary:…, vendor:…, person:… or asset:…. One person sets a hold."""
    _sign(console, {"deed": "hold", "subject": scope, "reason": reason}, key, as_json=as_json)


@retention.command(epilog="Example: penstock evidence retention lift HOLD --reason 'case closed' --sign KEY")
@click.argument("hold_id", metavar="HOLD")
@because
@signing
@console_options
@json_option
@plainly
def lift(console: Console, hold_id: str, reason: str, key: Path, *, as_json: bool) -> None:
    """Ask for HOLD to be lifted; a second person agrees."""
    _sign(console, {"deed": "lift", "subject": f"hold:{hold_id}", "reason": reason}, key, as_json=as_json)


@retention.command(
    epilog="Example: penstock evidence retention erase SESSION --reason 'term is over' --sign KEY"
)
@click.argument("session")
@click.option("--recording", is_flag=True, help="Remove the recording too, not its key alone.")
@because
@signing
@console_options
@json_option
@plainly
def erase(console: Console, session: str, reason: str, key: Path, *, recording: bool, as_json: bool) -> None:
    """Ask for SESSION's contents to be erased; a second person agrees, and only then they go."""
    deed = "remove" if recording else "erase"
    wish = {"deed": deed, "subject": f"session:{session}", "reason": reason}
    _sign(console, wish, key, as_json=as_json)


@retention.command(
    epilog="Example: penstock evidence retention prune 128000 --reason 'seven years are over' --sign KEY"
)
@click.argument("leaf", type=click.IntRange(min=1))
@because
@signing
@console_options
@json_option
@plainly
def prune(console: Console, leaf: int, reason: str, key: Path, *, as_json: bool) -> None:
    """Ask for the ledger below LEAF to be pruned, in whole bundles of 256; what is still needed of it stays.

    By a term of = "ledger" alone; a second person agrees, and only then it goes. Every later proof holds.
    """
    wish = {"deed": "prune", "subject": f"ledger:{leaf // 256 * 256}", "reason": reason}
    _sign(console, wish, key, as_json=as_json)


@retention.command(epilog="Example: penstock evidence retention agree ASK --sign KEY")
@click.argument("ask")
@signing
@console_options
@json_option
@plainly
def agree(console: Console, ask: str, key: Path, *, as_json: bool) -> None:
    """Sign ASK as the second person: what it asks for is done at once."""
    _sign(console, {"ask": ask}, key, as_json=as_json)


def _sign(console: Console, wish: dict[str, str], key: Path, *, as_json: bool) -> None:
    drawn = console.ask("POST", "/retention/statement", wish)
    try:
        # Read before it is signed: it must be what was asked for, and nothing besides.
        said = KeepingStatement.of_message(str(drawn["statement"]).encode())
    except ProofError as error:
        fail(f"What the console sent is not to be signed: {error.fact}")
    asked = (wish.get("deed", said.deed), wish.get("subject", said.subject), wish.get("ask", ""))
    if (said.deed, said.subject, said.answers) != asked:
        fail("What the console sent is something else than you asked for.", "Tell whoever runs the node.")
    click.echo(f"{said.by} signs: {said.deed} {said.subject}: {said.reason}", err=True)
    stands = console.ask(
        "POST",
        "/retention/signed",
        {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "signature": signed_by_tool(key, said.message(), NAMESPACE),
        },
    )
    name = said.digest().hex()
    waits = any(one["ask"] == name for one in stands["asks"])
    word = (
        f"A second person signs it with `penstock evidence retention agree {name}`."
        if waits
        else f"The hold is {name}."
        if said.deed == "hold"
        else "It is done."
    )
    tell({"signed": name, "waits": waits, **stands}, [word], as_json=as_json)

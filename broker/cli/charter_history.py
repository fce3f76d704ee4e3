"""``penstock charter who-could``: who could decide what on a day, from the ledger and the version of that day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click

from broker import charter_store as store
from broker.charter_chain import APPLIED
from broker.cli.answer import NO, json_option, node_option, plainly, tell
from broker.settings import Layout, read_settings
from domain.canonical import instant_of, instant_text
from domain.errors import ConfigError, PenstockError
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.who_could import who_could as answers
from recorder.ledger.note import VerifierKey
from recorder.ledger.proof import verify_proof
from recorder.ledger.reader import Kept, LogReader


def in_force_at(log: LogReader, at: datetime) -> Kept:
    """The newest applied charter that the ledger was told of by ``at``; PenstockError when there was none."""
    for kept in log.find(event=APPLIED, limit=10_000):
        if instant_of(str(kept.event["at"])) <= at:
            return kept
    raise PenstockError(f"No charter was in force at {instant_text(at)}: the ledger tells of none by then.")


def charter_of_leaf(layout: Layout, kept: Kept) -> Charter:
    """The version that a leaf names, read anew; ConfigError when disk and ledger disagree."""
    number = kept.event.get("version")
    application = store.application(layout, number if isinstance(number, int) else 0)
    if application.digest().hex() != kept.event.get("application"):
        raise ConfigError(
            "The application on disk is not the one that the ledger names.",
            file=str(layout.applied),
            remedy=store.RESTORE,
        )
    return store.version(layout, application.proposal.charter)


def instant_named(text: str, zone: str) -> datetime:
    """``2026-06-01`` (midnight on the plant's clock) or an instant with its offset; ValueError for all else."""
    if len(text) == len("2026-06-01"):
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone)).astimezone(UTC)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset, as in 2026-06-01T08:00:00+02:00")
    return found.astimezone(UTC)


@click.command(
    "who-could", epilog="Example: penstock charter who-could --boundary dmz-pumping --at 2026-06-01 --json"
)
@click.option("--boundary", required=True, help="A conduit's, zone's, site's or the organisation's id.")
@click.option(
    "--at", "at_text", required=True, metavar="DATE", help="A day (its first instant), or an instant."
)
@click.option("--right", type=click.Choice([str(one) for one in DecisionRight]), help="One right only.")
@node_option
@json_option
@plainly
def who_could(boundary: str, at_text: str, right: str | None, layout: Layout, *, as_json: bool) -> None:
    """Say who could decide what across a boundary on a day, by the charter that was in force then.

    With --json the ledger's leaf comes along, with its inclusion proof and signed checkpoint. Exit 1
    when a right was void.
    """
    log = LogReader(layout.ledger)
    origin = read_settings(layout).ledger.origin
    try:
        newest = charter_of_leaf(layout, in_force_at(log, datetime.max.replace(tzinfo=UTC)))
        at = instant_named(at_text, newest.organisation.time_zone)
        kept = in_force_at(log, at)
        charter = charter_of_leaf(layout, kept)
        found = answers(charter, boundary, at, DecisionRight(right) if right else None)
    except ValueError as error:
        raise PenstockError(
            f"{error}.".capitalize(), remedy="See `penstock charter who-could --help`."
        ) from error
    entry, proof = log.leaf(kept.index), log.prove(kept.index)
    key = VerifierKey.of(layout.ledger_vkey.read_text("utf-8"))
    verify_proof(proof, entry, origin, [key])
    tell(
        {
            "boundary": boundary,
            "at": instant_text(at),
            "version": kept.event["version"],
            "digest": kept.event["digest"],
            "applied_at": kept.event["at"],
            "reason": kept.event["reason"],
            "signers": kept.event["signers"],
            "rights": [one.document() for one in found],
            "leaf": {
                "index": kept.index,
                "entry": entry.decode("utf-8"),
                "text": log.text(kept.index).decode("utf-8").rstrip("\n"),
                "proof": proof,
            },
        },
        [
            f"On {at_text}, version {kept.event['version']} of the charter was in force, applied {kept.event['at']}.",
            *(line for one in found for line in one.sentences()),
            f"Proved by leaf {kept.index} of the ledger, under a checkpoint of {log.size} leaves.",
        ],
        as_json=as_json,
    )
    if any(one.holding is None for one in found):
        raise SystemExit(NO)

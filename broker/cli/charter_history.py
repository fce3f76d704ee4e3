"""``penstock charter who-could`` and ``impact``: the charter of a day in the past, and of a day to come."""

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from approvals.filed import Filed
from approvals.proofs import verify
from approvals.register import LONGEST_LIST, Register
from approvals.trust import Trust
from broker.charter import store
from broker.charter.attestations import read_attestations
from broker.charter.chain import APPLIED
from broker.charter.in_force import charter_now
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import NO, fail, json_option, node_option, plainly, tell
from broker.clock import SystemClock
from broker.database.engine import migrate, open_engine
from broker.layout import Layout, charter_files_in
from broker.people.factors import SpentSteps
from broker.settings import read_settings
from domain.canonical import instant_of, instant_text
from domain.errors import ConfigError, PenstockError, ProofError
from domain.permit import USABLE
from domain.proof import ProofKind
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.charter.impact import DAYS, Impact, Weighing
from policies.charter.who_could import who_could as answers
from policies.standing import Standing, VerifiedApproval
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


@click.command(epilog="Example: penstock charter impact ./charter --days 90")
@click.argument("new", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--days", type=click.IntRange(1, 3660), default=DAYS, show_default=True, help="How far to look back."
)
@node_option
@json_option
@plainly
def impact(new: Path, days: int, layout: Layout, *, as_json: bool) -> None:
    """Say which decisions the charter in folder NEW would change: past requests, and today's permits.

    Nothing is changed. Exit 1 when a decision would be another.
    """
    after = read_charter(charter_files_in(new))
    if not store.latest(layout):  # and so no request to judge again, nor perhaps a ledger
        fail(
            "No version of the charter is in force yet.",
            "Put the first one in force with `penstock charter apply`.",
        )
    found = weighed(layout, charter_now(layout), after, days=days, aloud=not as_json)
    tell(found.document(), [*(one.sentence() for one in found.flips), found.line()], as_json=as_json)
    if found.flips:
        raise SystemExit(NO)


def weighed(
    layout: Layout, before: Charter, after: Charter, *, days: int = DAYS, aloud: bool = False
) -> Impact:
    """What the step would have decided otherwise, off this node's ledger and database; with a bar on stderr."""
    log, trust = LogReader(layout.ledger), TrustFiles(layout, with_codes=True)()
    said = read_attestations(layout.attestations, trust, SpentSteps(layout.spent_steps).spent_on)
    before, after = before.attested(said), after.attested(said)
    size = log.size
    events = ((one.index, one.event) for one in log.events(0, size))
    work = Weighing(before, after, events, size, _standings(layout, before), SystemClock().now(), days)
    hidden = not (aloud and sys.stderr.isatty())
    with click.progressbar(length=100, label="Trying it on what was", file=sys.stderr, hidden=hidden) as bar:
        for _ in work:
            bar.update(int(work.share * 100) - bar.pos)
        bar.update(100 - bar.pos)
    return work.whole() if work.impact is None else work.impact


def _standings(layout: Layout, charter: Charter) -> tuple[Standing, ...]:
    """The permits that may open something, with the approvals that verify here and now."""
    trust = TrustFiles(layout, with_codes=True)()
    spent = SpentSteps(layout.spent_steps)
    url = read_settings(layout).database_url(layout)

    async def read() -> tuple[Filed, ...]:
        await migrate(url)
        engine = open_engine(url)
        try:
            return await Register(engine).all(limit=LONGEST_LIST, states=USABLE)
        finally:
            await engine.dispose()

    return tuple(_standing(one, charter, trust, spent) for one in asyncio.run(read()))


def _standing(filed: Filed, charter: Charter, trust: Trust, spent: SpentSteps) -> Standing:
    conduit = charter.conduits.get(filed.permit.conduit)
    found = []
    for one in filed.approvals:
        with suppress(ProofError):
            accepted = conduit.proofs if conduit else frozenset[ProofKind]()
            shown = verify(one, filed.permit, trust, accepted, spent.spent_on)
            found.append(VerifiedApproval(one.right, one.approver, shown.kind, one.at))
    return Standing(filed.permit, filed.state, tuple(found))

"""One check of all the node's evidence: what is not what it was is found, told in the ledger, and kept for the list.

It reads, and changes nothing of what it looks at. A run that is killed goes on after the recordings that it had done;
the rest is looked at anew, for it is soon read.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.trust import Trust
from broker.charter.trust_files import TrustFiles, past_trust
from broker.checking.files import of_copies, of_recording, of_stamps, recordings, strangers
from broker.checking.governing import of_charters, of_keys, of_trusts
from broker.checking.register import Counted, Permits
from broker.checking.told import NOBODY, Told, told_by
from broker.database.engine import migrate, open_engine
from broker.evidence.check_status import UnderWay, read_last, read_under_way, write_last, write_under_way
from broker.evidence.checked import CHANGED, MISSING, Checked, Found
from broker.layout import Layout
from broker.people.factors import SpentSteps
from broker.settings import Settings
from domain.canonical import parse, text_in
from domain.clock import Clock
from domain.errors import EvidenceError, PenstockError
from domain.events import Event, EvidenceChecked, EvidenceFaultFound, EvidenceFaultGone
from recorder.keyring import Keyring
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import Kept, LogReader
from recorder.ledger.tiles import WIDTH
from recorder.ledger.whole import Fault, Whole

GOES_ON_FOR = timedelta(days=1)
"""What an older run had looked at is looked at anew."""

MOST_TOLD = 200
"""So many findings of one run get a leaf of their own; the list and the count have all."""

Pause = Callable[[int], None]


def check(
    layout: Layout, settings: Settings, clock: Clock, keep: Callable[[Event], object], pause: Pause
) -> Checked:
    """See it through. EvidenceError when another is under way, or the ledger can't be told."""
    with _alone(layout):
        return asyncio.run(_check(layout, settings, clock, keep, pause))


async def _check(
    layout: Layout, settings: Settings, clock: Clock, keep: Callable[[Event], object], pause: Pause
) -> Checked:
    now, last = clock.now(), read_last(layout.checked)
    under_way = read_under_way(layout.checked)
    if under_way is None or not timedelta() <= now - under_way.begun < GOES_ON_FOR:
        under_way = UnderWay(now)
        write_under_way(layout.checked, under_way)
    log = LogReader(layout.ledger)
    whole = Whole(layout.ledger, _key(layout), pause)
    faults = await asyncio.to_thread(list, whole.faults())
    found = await asyncio.to_thread(list, of_keys(layout))
    told, permits, done = Told(), Counted(), under_way
    # What a head that does not hold says of the rest is worth nothing.
    headed = whole.head is not None and all(one.place != "checkpoint" for one in faults)
    if headed and whole.head is not None:
        told = await asyncio.to_thread(_told, log, whole.head.size)
        found += await asyncio.to_thread(list, _rest(layout, settings, told))
        async with _permits(layout, settings, log, told, pause) as looking:
            found += [one async for one in looking.faults()]
            permits = looking.counted
        done = await asyncio.to_thread(_recordings, layout, told, under_way, pause)
        found += [*done.found, *strangers(layout.recordings, told)]
    found = [*(_of_ledger(log, one, told) for one in faults), *found]
    size = 0 if whole.head is None else whole.head.size
    checked = Checked(
        begun=done.begun,
        ended=clock.now(),
        size=size,
        root="" if whole.head is None else whole.head.root.hex(),
        counts={
            "recordings": done.recordings,
            "copies": len(told.copies),
            "permits": permits.permits,
            "approvals": permits.approvals,
            "charters": len(told.charters),
            "trusts": len(told.trusts),
        },
        found=tuple(found),
    )
    for event in events_of(checked, last):
        await asyncio.to_thread(keep, event)
    write_last(layout.checked, checked)
    return checked


def events_of(checked: Checked, before: Checked | None) -> Iterator[Event]:
    """What the ledger is told: that it was looked, what was not found before, and what is as it should be again."""
    known = {one.key for one in before.found} if before else set()
    fresh = [one for one in checked.found if one.key not in known]
    for one in fresh[:MOST_TOLD]:
        yield EvidenceFaultFound(at=checked.ended, **one.document())  # type: ignore[arg-type]
    still = {one.key for one in checked.found}
    for place, item, code in sorted(known - still)[:MOST_TOLD]:
        yield EvidenceFaultGone(at=checked.ended, place=place, item=item, code=code)
    yield EvidenceChecked(
        at=checked.ended,
        begun=checked.begun,
        size=checked.size,
        root=checked.root,
        **checked.counts,
        found=len(checked.found),
    )


def _of_ledger(log: LogReader, fault: Fault, told: Told) -> Found:
    """A fault of the ledger; where the entry still names a session, with who had that session's evidence last."""
    by = NOBODY
    if fault.place == "text" and fault.item.isdigit():
        with suppress(PenstockError, IndexError):
            entry = parse(log.leaf(int(fault.item)))
            if isinstance(entry, Mapping):
                by = told.last("recording", text_in(entry, "session"))
    code = MISSING if "missing" in fault.fact else CHANGED
    fact = f"Ledger, {fault.place} {fault.item}: {fault.fact}"
    return Found(fault.place, fault.item, code, fact, by.person, by.leaf)


def _told(log: LogReader, size: int) -> Told:
    return told_by(_readable(log, size))


def _readable(log: LogReader, size: int) -> Iterator[Kept]:
    """The leaves, bundle by bundle. One whose bundle is gone is passed over: it was pruned, or is told already."""
    for start in range(0, size, WIDTH):
        with suppress(EvidenceError):
            yield from log.events(start, min(start + WIDTH, size))


def _rest(layout: Layout, settings: Settings, told: Told) -> Iterator[Found]:
    yield from of_charters(layout, settings.ledger.origin, told)
    yield from of_trusts(layout, told)
    yield from of_copies(layout.stored, told)
    yield from of_stamps(layout.stamps, told)


@asynccontextmanager
async def _permits(
    layout: Layout, settings: Settings, log: LogReader, told: Told, pause: Pause
) -> AsyncIterator[Permits]:
    url = settings.database_url(layout)
    await migrate(url)
    engine: AsyncEngine = open_engine(url)
    now = TrustFiles(layout, with_codes=False)

    @cache
    def trusts(digest: str) -> Trust | None:
        try:
            current = now()
        except PenstockError:
            return past_trust(layout, digest)
        return current if current.digest().hex() == digest else past_trust(layout, digest)

    try:
        spent = SpentSteps(layout.spent_steps).spent_on
        yield Permits(engine, told, lambda: _told(log, log.size), trusts, spent, pause)
    finally:
        await engine.dispose()


def _recordings(layout: Layout, told: Told, under_way: UnderWay, pause: Pause) -> UnderWay:
    keyring = Keyring(layout.recording_key)
    for session in recordings(told):
        if session > under_way.upto:
            found = of_recording(layout.recordings, keyring, told, session, pause)
            under_way = UnderWay(
                under_way.begun, session, under_way.recordings + 1, (*under_way.found, *found)
            )
            write_under_way(layout.checked, under_way)
    return under_way


def _key(layout: Layout) -> VerifierKey | None:
    try:
        return VerifierKey.of(layout.ledger_vkey.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, PenstockError):
        return None  # ``of_keys`` tells


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    layout.checked.mkdir(mode=0o750, exist_ok=True)
    lock = os.open(layout.checked / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise EvidenceError(
            "A check of the evidence is under way already.",
            remedy="Wait for it: /evidence/standing shows its end.",
        ) from error
    finally:
        os.close(lock)

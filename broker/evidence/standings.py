"""The one list of how the evidence stands, looked up in the node's folder by whoever asks: console, API or `penstock doctor`.

A line is one function of ``LOOKS``. It only reads; what it can't read is an alarm, for then nobody knows. Blocks for as long as a
few files take.
"""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from broker.clock import kept_clock
from broker.evidence.check import CHECK, CHECK_TITLE, of_check
from broker.evidence.check_status import read_last
from broker.evidence.clock import CLOCK, CLOCK_TITLE, of_clock
from broker.evidence.clock_status import read_stepped
from broker.evidence.collectors import COLLECTORS, COLLECTORS_TITLE, of_collectors
from broker.evidence.copies import COPIES, COPIES_TITLE, ROOM, ROOM_TITLE, of_copies, of_room
from broker.evidence.ledger_key import KEY, KEY_TITLE, ask_key, of_key
from broker.evidence.room import Rooms
from broker.evidence.stamps import STAMPS, STAMPS_TITLE, of_stamps
from broker.evidence.standing import (
    LEDGER,
    LEDGER_TITLE,
    WITNESSES,
    WITNESSES_TITLE,
    Standing,
    State,
    of_ledger,
    of_witnesses,
)
from broker.evidence.uploader_status import read_status
from broker.gate_process import read_gate_process
from broker.layout import Layout
from broker.settings import Settings
from broker.siem.at_work import collectors_of
from broker.siem.looking import progresses
from broker.stamping.shelf import Shelf
from broker.stamping.stamping import newest_of, pace_of
from broker.witness.asking import SILENT_AFTER, read_policy, read_witnessed
from domain.canonical import instant_of, text_in
from domain.errors import ConfigError, PenstockError
from domain.said import say
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader

Look = Callable[[Layout, Settings, datetime], Standing]

REACH_S = 1.0


def standings(layout: Layout, settings: Settings, now: datetime) -> tuple[Standing, ...]:
    """How everything stands that the evidence of this node rests on, at ``now``."""
    return tuple(_told(what, title, partial(look, layout, settings, now)) for what, title, look in LOOKS)


def _told(what: str, title: str, look: Callable[[], Standing]) -> Standing:
    try:
        return look()
    except PenstockError as error:
        place = f"{error.file}: " if isinstance(error, ConfigError) and error.file else ""
        return Standing(what, title, State.ALARMED, place + error.fact, remedy=error.remedy)
    except OSError as error:
        fact = say("{file} can't be read: {why}.", file=str(error.filename), why=str(error.strerror))
        return Standing(what, title, State.ALARMED, fact)


def _ledger(layout: Layout, _settings: Settings, _now: datetime) -> Standing:
    log = LogReader(layout.ledger)
    key = VerifierKey.of(layout.ledger_vkey.read_text("utf-8"))
    head = open_checkpoint(log.checkpoint.encode(), key.name, [key])
    return of_ledger(head.size, instant_of_leaf(log, head.size - 1), listening=_listens(layout))


def _key(layout: Layout, settings: Settings, _now: datetime) -> Standing:
    if not settings.token.module:
        return of_key(None, token=False)
    return of_key(ask_key(layout.signer_socket), token=True)


def _witnesses(layout: Layout, _settings: Settings, now: datetime) -> Standing:
    policy = read_policy(layout.witness_policy)
    if policy is None or not any(one.url for one in policy.witnesses):
        return Standing(
            WITNESSES, WITNESSES_TITLE, State.OFF, say("No witness is asked: there is no witness.policy.")
        )
    log = LogReader(layout.ledger)
    size, found = log.size, read_witnessed(policy, layout.witnessed)
    begun = 0 if found is None else found.head.size
    waiting = instant_of_leaf(log, begun) if begun < size else None
    if found is None and waiting is not None:
        # Whoever has just been asked is not late.
        asked = datetime.fromtimestamp(layout.witness_policy.stat().st_mtime, UTC)
        waiting = min(now, max(waiting, asked))
    return of_witnesses(found, size, waiting, now, SILENT_AFTER)


def _collectors(layout: Layout, settings: Settings, now: datetime) -> Standing:
    collectors_of(layout, settings)  # what could never work is told as that
    return of_collectors(progresses(layout, settings, now))


def _stamps(layout: Layout, settings: Settings, now: datetime) -> Standing:
    if not settings.time_stamps.url:
        return Standing(
            STAMPS,
            STAMPS_TITLE,
            State.OFF,
            say("No time-stamp authority is asked: time_stamps.url is empty."),
        )
    shelf = Shelf(layout.stamps)
    waiting, newest = shelf.waiting(), newest_of(shelf.newest())
    since = waiting[0].asked if waiting else None
    trouble = text_in(shelf.trouble(), "fact")
    return of_stamps(pace_of(settings.time_stamps), now, newest, len(waiting), since, trouble)


def _clock(layout: Layout, _settings: Settings, _now: datetime) -> Standing:
    found = kept_clock()
    stepped = read_stepped(layout.clock_stepped)
    return of_clock(found.offset, synchronised=found.synchronised, stepped=stepped)


def instant_of_leaf(log: LogReader, index: int) -> datetime | None:
    """When the event at ``index`` was; of the next one whose text is still there, None where there is none."""
    for kept in log.events(index):
        if isinstance(at := kept.event.get("at"), str):
            return instant_of(at)
    return None


def _listens(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(REACH_S)
        try:
            probe.connect(str(layout.signer_socket))
        except OSError:
            return False
    return True


def _copies(layout: Layout, settings: Settings, now: datetime) -> Standing:
    return of_copies(
        read_status(layout.stored),
        Rooms(layout, settings).look(now),
        now,
        wanted=bool(settings.store.endpoint),
        alive=read_gate_process(layout.uploader_pid) is not None,
    )


def _room(layout: Layout, settings: Settings, now: datetime) -> Standing:
    return of_room(Rooms(layout, settings).look(now))


def _check(layout: Layout, settings: Settings, now: datetime) -> Standing:
    return of_check(read_last(layout.checked), now, timedelta(hours=settings.check.every_h))


LOOKS: tuple[tuple[str, str, Look], ...] = (
    (LEDGER, LEDGER_TITLE, _ledger),
    (KEY, KEY_TITLE, _key),
    (CHECK, CHECK_TITLE, _check),
    (WITNESSES, WITNESSES_TITLE, _witnesses),
    (STAMPS, STAMPS_TITLE, _stamps),
    (ROOM, ROOM_TITLE, _room),
    (COPIES, COPIES_TITLE, _copies),
    (COLLECTORS, COLLECTORS_TITLE, _collectors),
    (CLOCK, CLOCK_TITLE, _clock),
)
"""Each line: its stable name, its title, and how it is looked up. Say what the evidence rests on first."""

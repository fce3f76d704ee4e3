import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from broker.governor import Hold, Quiet
from broker.sessions.idle import Idle, Use
from broker.watchdog.interlocks import Interlocks
from domain.access import Grant
from domain.events import SessionEnded, SessionHeld
from recorder.format.frame import Kind
from tests.broker.running import (
    SHELL,
    AskingTap,
    Leaves,
    Tap,
    crossed,
    frames_of,
    marks,
    opened,
    supervisor_in,
)
from tests.clock import FrozenClock

MINUTE = timedelta(minutes=1)
IDLE = Idle(10 * MINUTE, 30 * MINUTE)


def test_use_begins_the_time_anew_and_the_plant_s_own_hold_does_too() -> None:
    use = Use(IDLE, 0.0)
    assert use.look(60.0, locked=False, held=False) == Quiet(MINUTE, 30 * MINUTE, 10 * MINUTE)
    use.used()
    assert use.look(120.0, locked=False, held=False) == Quiet(timedelta(), 30 * MINUTE, 10 * MINUTE)
    assert use.look(240.0, locked=False, held=True) == Quiet(timedelta(), 30 * MINUTE, 10 * MINUTE)


def test_d04_while_it_is_locked_nothing_is_use() -> None:
    """D04: what a device sends meanwhile does not keep a locked session open for ever."""
    use = Use(IDLE, 0.0)
    use.used()
    assert use.look(660.0, locked=True, held=False) == Quiet(11 * MINUTE, 30 * MINUTE, 10 * MINUTE)
    use.begin(700.0)
    assert use.look(760.0, locked=False, held=False) == Quiet(MINUTE, 30 * MINUTE, 10 * MINUTE)


def test_d04_a_lock_is_overdue_at_its_instant_whether_anybody_looked_or_not() -> None:
    """D04: a loop that stood still serves its sockets before its timers."""
    use = Use(IDLE, 0.0)
    assert [use.overdue(at) for at in (599.9, 600.0)] == [False, True]
    use.used()
    assert not use.overdue(600.0)
    assert not Use(Idle(None, 30 * MINUTE), 0.0).overdue(10_000.0)


def test_where_neither_is_set_nobody_is_told_anything() -> None:
    use = Use(Idle(), 0.0)
    assert use.look(1e6, locked=False, held=False) is None
    assert [use.moved(octets) for octets in (0, 5, 5, 6)] == [False, True, False, True]


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


async def test_d05_what_is_typed_or_moved_is_use_and_what_a_terminal_shows_is_not(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D05: the end of a session that nobody uses names its cause, and a transfer that goes one way is use."""
    minute = timedelta(minutes=1)

    def later(span: timedelta, kind: Kind | None, channel: int = 1) -> None:
        clock.advance(span)
        if kind is not None:
            assert session.cross(kind, channel, b"x")
        session.tick()

    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, end_idle_after=30 * minute)
        terminal = Tap()
        session.join(terminal, SHELL)
        later(29 * minute, Kind.HIDDEN)
        later(28 * minute, Kind.TO_VENDOR)
        assert terminal.said == []
        later(minute, Kind.TO_VENDOR)
        assert ["nobody uses this session" in one for one in terminal.said] == [True]
        transfer = session.join(Tap(has_terminal=False), Grant.of("exec"))
        later(minute / 2, Kind.TO_VENDOR, transfer)
        later(29 * minute + minute / 2, None)
        assert not session.over
        later(minute, None)
        assert session.over
    assert leaves.of(SessionEnded)[0].cause == "idle"
    assert terminal.finished[0][2] == 75


async def test_d04_an_unused_session_takes_no_input_until_its_person_is_there_again(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D04: locked at the instant, tick or no tick; what the asset says goes on; a lock lengthens nothing."""
    minute = timedelta(minutes=1)
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, lock_idle_after=10 * minute, end_idle_after=30 * minute)
        deadline = session.deadline
        terminal, transfer = AskingTap(), Tap(has_terminal=False)
        session.join(terminal, SHELL)
        clock.advance(10 * minute - timedelta(seconds=1))
        assert session.cross(Kind.TO_ASSET, 1, b"in time")
        session.tick()
        clock.advance(10 * minute)
        assert not session.cross(Kind.TO_ASSET, 1, b"too late, and before any tick")
        assert session.holds == {Hold.LOCKED}
        assert session.cross(Kind.TO_VENDOR, 1, b"an alarm")
        session.join(transfer, Grant.of("exec"))
        assert (terminal.input, transfer.input) == (["held", "asked"], ["held"])
        assert not session.cross(Kind.TO_ASSET, 2, b"nor by another channel")
        supervisor.enforce(Interlocks())  # weighed anew: its person alone lifts a lock
        assert session.holds == {Hold.LOCKED}
        session.may_go_on(Hold.LOCKED)
        assert terminal.input == ["held", "asked", "answered", "goes on"]
        assert session.cross(Kind.TO_ASSET, 1, b"again")
        session.tick()
        clock.advance(10 * minute)
        session.tick()
        clock.advance(19.5 * minute)
        session.cross(Kind.TO_VENDOR, 2, b"what a device sends is nobody's use of a locked session")
        session.tick()
        assert (session.over, session.deadline) == (False, deadline)
        assert "unlock it" in terminal.said[-1]
        clock.advance(minute / 2)
        session.tick()
        assert session.over
    assert leaves.of(SessionEnded)[0].cause == "idle"
    frames = frames_of(tmp_path, session.id)
    assert crossed(frames, Kind.TO_ASSET) == b"in timeagain"
    assert marks(frames).count("unlocked") == 1


async def test_d04_the_lock_is_kept_as_a_hold(tmp_path: Path, clock: FrozenClock, leaves: Leaves) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, lock_idle_after=timedelta(minutes=1))
        session.join(AskingTap(), SHELL)
        clock.advance(timedelta(minutes=1))
        async with asyncio.timeout(10):
            while not leaves.of(SessionHeld):
                await asyncio.sleep(0.01)
    assert [one.hold for one in leaves.of(SessionHeld)] == ["locked"]

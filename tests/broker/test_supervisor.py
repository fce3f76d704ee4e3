import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from math import log2
from pathlib import Path

import pytest

from broker.admission import new_permit_id
from broker.clock import SETTLE_S
from broker.governor import Cause
from broker.supervisor import new_session_id
from broker.watchdog.interlocks import UNREADABLE, Interlocks, Isolate, apply
from domain.access import Allow, Reason
from domain.errors import DecisionError, EvidenceError, TransitionError
from domain.events import ClockStepped, PassageOpened, SessionEnded, SessionOpened
from domain.ids import PermitId, RuleId, is_token
from domain.permit import Permit
from policies.occupancy import Full, Occupied
from recorder.format.frame import Kind
from tests.broker.running import (
    ANA,
    ASSET,
    SHELL,
    Leaves,
    Line,
    Tap,
    crossed,
    frames_of,
    opened,
    supervisor_in,
)
from tests.clock import FrozenClock
from tests.domain.samples import CLOSES, permit


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


async def test_a_session_is_recorded_and_in_the_ledger_before_it_is_handed_out(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        leaves.answers.clear()
        opening = asyncio.get_running_loop().create_task(opened(supervisor))
        async with asyncio.timeout(20):
            while not list((tmp_path / "recordings").glob("*.part")):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not opening.done()
        leaves.answers.set()
        session = await opening
        (leaf,) = leaves.of(SessionOpened)
        assert (leaf.session, leaf.permit, leaf.deadline) == (session.id, permit().id, CLOSES)
        assert leaf.digest == permit().digest().hex()
        assert (leaf.source, leaf.approvals) == ("192.0.2.7", ("approval",))


async def test_what_crosses_is_recorded_and_the_end_is_told_with_it(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        tap = Tap()
        channel = await supervisor.admit_channel(session, tap, SHELL, "shell")
        assert session.cross(Kind.TO_ASSET, channel, b"ls\n")
        assert session.cross(Kind.TO_VENDOR, channel, b"motor.cfg\n")
        line = Line()
        session.keep(line)
        assert await supervisor.end(f"session:{session.id}", "killed") == (session.id,)
        assert tap.finished[0][0] == "killed"
        assert tap.finished[0][2] == 77
        assert line.aborted == 1
        assert not session.cross(Kind.TO_ASSET, channel, b"rm -rf /\n")
        assert supervisor.sessions() == ()
    (leaf,) = leaves.of(SessionEnded)
    frames = frames_of(tmp_path, session.id)
    assert (leaf.cause, leaf.verified, leaf.remote_job) == ("killed", True, "none")
    assert (leaf.bytes_to_asset, leaf.bytes_to_vendor, leaf.frames) == (3, 10, len(frames))
    assert crossed(frames, Kind.TO_ASSET) == b"ls\n"
    assert leaves.of(PassageOpened)[0].passage == "shell"
    assert not list((tmp_path / "recordings").glob("*.part"))


async def test_no_session_opens_when_its_recording_cannot(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        (tmp_path / "recordings").rename(tmp_path / "gone")
        with pytest.raises(EvidenceError):
            await opened(supervisor)
        assert supervisor.sessions() == ()
        (tmp_path / "gone").rename(tmp_path / "recordings")
    assert leaves.events == []


async def test_no_session_opens_when_the_ledger_is_down_and_its_recording_is_sealed(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        leaves.down = True
        with pytest.raises(EvidenceError, match="ledger is down"):
            await opened(supervisor)
        for _ in range(100):
            if not supervisor.sessions():
                break
            await asyncio.sleep(0.02)
        assert supervisor.sessions() == ()
        leaves.down = False
    (leaf,) = leaves.of(SessionEnded)  # through the journal, once the ledger was back
    assert (leaf.cause, leaf.frames) == ("never_opened", 1)
    assert frames_of(tmp_path, leaf.session)


async def test_a_vendor_who_leaves_while_the_ledger_is_asked_leaves_nothing_open(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        leaves.answers.clear()
        opening = asyncio.get_running_loop().create_task(opened(supervisor))
        await asyncio.sleep(0.05)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        leaves.answers.set()
    assert leaves.of(SessionEnded)[0].cause == "client_gone"
    assert leaves.of(SessionEnded)[0].bytes_to_asset == 0


@pytest.mark.parametrize("fails", [False, True])
async def test_a_vendor_who_leaves_while_the_disk_is_waited_for_leaves_nothing_open(
    fails: bool, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        disk = threading.Event()
        begin = supervisor._recorder.open

        def slow(*given: object) -> object:
            disk.wait(30)
            if fails:
                raise EvidenceError("The disk is full.")
            return begin(*given)

        supervisor._recorder.open = slow
        opening = asyncio.get_running_loop().create_task(opened(supervisor))
        await asyncio.sleep(0.05)
        assert supervisor.faults() == ()  # answered without waiting for the disk
        opening.cancel()
        await asyncio.sleep(0.05)
        disk.set()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert [leaf.cause for leaf in leaves.of(SessionEnded)] == ([] if fails else ["client_gone"])
    assert not list((tmp_path / "recordings").glob("*.part"))


async def test_an_isolation_while_the_ledger_is_asked_refuses_the_session(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        leaves.answers.clear()
        opening = asyncio.get_running_loop().create_task(opened(supervisor))
        await asyncio.sleep(0.05)
        supervisor.enforce(apply(Interlocks(), Isolate("vendor:acme", "kim", "alarm")))
        leaves.answers.set()
        with pytest.raises(TransitionError, match="isolated"):
            await opening
    assert leaves.of(SessionEnded)[0].cause == "isolated"


async def test_nothing_opens_under_an_interlock_that_covers_it(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        supervisor.enforce(UNREADABLE)
        with pytest.raises(TransitionError, match="isolated"):
            await opened(supervisor)
    assert leaves.of(SessionOpened) == []


async def test_a_window_that_is_over_opens_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        with pytest.raises(TransitionError, match="window_end"):
            await opened(supervisor, until=clock.now())


async def test_of_many_who_were_let_in_at_once_only_as_many_open_as_there_is_room_for(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D06: (n+1)th session: refused, in whatever order and however close together they come."""

    def room(_permit: Permit, present: Iterable[Occupied]) -> Full | None:
        return Full("too_many_sessions", "There is no room.", "Wait.") if len(list(present)) >= 3 else None

    async with supervisor_in(tmp_path, clock, leaves, room=room) as supervisor:
        came = await asyncio.gather(*(opened(supervisor) for _ in range(12)), return_exceptions=True)
        refused = [one for one in came if isinstance(one, DecisionError)]
        assert (len(refused), {one.code for one in refused}) == (9, {"too_many_sessions"})
        assert len(supervisor.occupied()) == len(supervisor.sessions()) == 3
        await supervisor.end("all", "killed")
        assert supervisor.occupied() == ()
        await opened(supervisor)


async def test_a_decision_about_another_permit_opens_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D07: what one permit was allowed opens no session of another."""
    allow = Allow((), PermitId("z" * 26), CLOSES)
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        with pytest.raises(TransitionError, match="do not belong together"):
            await supervisor.open(allow, permit(), (), person=ANA, asset=ASSET, source="local")
        someone = replace(ANA, id="bob")
        allow = Allow((), permit().id, CLOSES)
        with pytest.raises(TransitionError, match="do not belong together"):
            await supervisor.open(allow, permit(), (), person=someone, asset=ASSET, source="local")


async def test_a_channel_that_the_ledger_cannot_take_is_not_admitted(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        leaves.down = True
        with pytest.raises(EvidenceError):
            await supervisor.admit_channel(session, Tap(), SHELL, "shell")
        assert session.view().channels == 0
        leaves.down = False
        session.must_end(Cause.REVOKED)
        with pytest.raises(TransitionError, match="over"):
            await supervisor.admit_channel(session, Tap(), SHELL, "shell")


async def test_a_stepped_clock_is_told_and_counts_as_a_fault_until_it_settles(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """F17: a wall clock that jumps is a leaf, and nothing opens until it settles."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        assert supervisor.faults() == ()
        clock.step(timedelta(hours=-1))
        async with asyncio.timeout(5):
            while not leaves.of(ClockStepped):
                await asyncio.sleep(0.02)
        assert leaves.of(ClockStepped)[0].seconds == -3600
        assert supervisor.faults() == ("clock",)
        clock.advance(timedelta(days=1))
        assert supervisor.faults() == ("clock",)
        clock.step(timedelta(hours=1))
        assert supervisor.faults() == ("clock",)
        clock.advance(timedelta(seconds=SETTLE_S))
        assert supervisor.faults() == ()


async def test_abuse_01_a_clock_set_back_is_a_fault_at_the_very_next_question(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        clock.step(timedelta(hours=-1))
        assert supervisor.faults() == ("clock",)  # with no turn of the loop in between


async def test_abuse_01_a_clock_set_back_between_decision_and_opening_opens_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        clock.step(timedelta(hours=-1))  # the decision was made just before
        with pytest.raises(TransitionError, match="before it began"):
            await opened(supervisor)
    assert not leaves.of(SessionOpened)
    assert [one.cause for one in leaves.of(SessionEnded)] == ["never_opened"]


@pytest.mark.parametrize("new_id", [new_session_id, new_permit_id])
def test_ids_of_sessions_and_permits_are_tokens_of_130_bits_and_differ(new_id: Callable[[], str]) -> None:
    """D07: at least 128 random bits, and unique; every place takes every one of the 32 letters."""
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_token(one) for one in ids)
    letters = [set(place) for place in zip(*ids, strict=True)]
    assert len(letters) * log2(min(map(len, letters))) >= 128


async def test_whoever_shows_sessions_is_told_of_every_change(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        seen: list[list[int]] = []
        supervisor.changed.append(lambda: seen.append([view.channels for view in supervisor.sessions()]))
        session = await opened(supervisor)
        channel = session.join(Tap(), SHELL)
        session.leave(channel)
        await supervisor.end("all", "killed")
        assert [0] in seen
        assert [1] in seen
        assert seen[-1] == []
        view = session.view()
        assert view.document()["zone"] == "cell-1"
        assert view.document()["deadline"] == "2026-03-02T12:00:00Z"


async def test_the_leaf_of_an_opening_names_the_exceptions_that_it_rests_on_s36(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """S-36: whoever reads the evidence sees what was tolerated."""
    wanted = permit()
    resting = Reason(RuleId("contract-complete/1"), "excepted", "Tolerated.", "", "ex-1")
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        await supervisor.open(
            Allow((resting,), wanted.id, CLOSES), wanted, (), person=ANA, asset=ASSET, source="192.0.2.7"
        )
    assert leaves.of(SessionOpened)[0].exceptions == ("ex-1",)

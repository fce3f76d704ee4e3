"""A live session whose zone changes its state, or that loses its attendant: held, asked again, released or ended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.governor import Hold
from broker.sessions.hold_course import Answer, No, NotYet, Yes
from broker.sessions.live_session import LiveSession
from broker.supervisor import Supervisor
from broker.watchdog.interlocks import Interlocks, Isolate, Pause, Resume, Revoke, SetSignals, SetState, apply
from broker.watchdog.zone_states import Permitted
from domain.access import AccessRequest
from domain.errors import DecisionError, PeerError
from domain.events import SessionEnded, SessionHeld, SessionOpened, SessionReleased
from domain.ids import ZoneId
from domain.permit import Permit
from domain.plant import OperatingState
from policies.session_bounds import Bounds
from recorder.format.frame import Kind
from tests.broker.running import SHELL, Leaves, Tap, crossed, frames_of, marks, opened, supervisor_in
from tests.clock import FrozenClock
from tests.domain.samples import permit

MAINTENANCE, START_UP, RUNNING = OperatingState.MAINTENANCE, OperatingState.START_UP, OperatingState.RUNNING
WAIT = timedelta(minutes=15)
ZONE = ZoneId("cell-1")


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


@dataclass
class Desk:
    """Whoever is asked again: remembers what, and answers as it is told to."""

    answers: Answer = field(default_factory=NotYet)
    nobody: bool = False
    asked: list[tuple[Permit, OperatingState]] = field(default_factory=list)
    taken_back: list[Permit] = field(default_factory=list)
    wish: Permit = field(default_factory=lambda: permit(id="w" * 26, states=frozenset({START_UP})))

    async def ask(self, of: Permit, state: OperatingState) -> Permit | None:
        self.asked.append((of, state))
        return None if self.nobody else self.wish

    async def answer(self, wish: Permit, came: AccessRequest | None) -> Answer:
        assert wish is self.wish
        return self.answers

    async def take_back(self, wish: Permit) -> None:
        self.taken_back.append(wish)


def bounds(_permit: Permit) -> Bounds:
    return Bounds(frozenset({MAINTENANCE, START_UP, RUNNING}), frozenset({RUNNING}), WAIT)


def gate(folder: Path, clock: FrozenClock, leaves: Leaves, desk: Desk) -> Supervisor:
    supervisor = supervisor_in(folder, clock, leaves, bounds=bounds)
    supervisor.ask_through(desk)
    return supervisor


def state(now: OperatingState, before: Interlocks | None = None) -> Interlocks:
    return apply(before or Interlocks(), SetState(ZONE, now, "kim"))


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


async def working(supervisor: Supervisor) -> tuple[LiveSession, Tap, int]:
    supervisor.enforce(state(MAINTENANCE))
    session = await opened(supervisor, permit(states=frozenset({MAINTENANCE})))
    tap = Tap()
    return session, tap, session.join(tap, SHELL)


async def test_b11_a_state_that_the_permit_does_not_name_stops_the_input_at_once_and_asks_again(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """B11: in the very call that puts the state in force; what the asset says still reaches the vendor."""
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, channel = await working(supervisor)
        supervisor.enforce(state(START_UP))
        assert not session.cross(Kind.TO_ASSET, channel, b"write")
        assert session.cross(Kind.TO_VENDOR, channel, b"alarm")
        assert (tap.input, tap.finished) == (["held"], [])
        assert "What you type waits" in tap.said[-1]
        await until(lambda: desk.asked)
        assert desk.asked == [(session.permit, START_UP)]
        (held,) = leaves.of(SessionHeld)
        assert (held.session, held.hold, held.state) == (session.id, "state", "start-up")
        assert supervisor.sessions()[0].held == ("state",)
    frames = frames_of(tmp_path, session.id)
    assert crossed(frames, Kind.TO_ASSET) == b""
    assert marks(frames) == ["input_held", "withheld"]


async def test_b11_a_yes_to_exactly_this_for_the_new_state_lets_it_go_on(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """B11: the leaf that names the new permit and its approvals comes before the first byte."""
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, channel = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: desk.asked)
        desk.answers = Yes(("approval",))
        supervisor.permit_changed()
        await until(lambda: tap.input == ["held", "goes on"])
        (released,) = leaves.of(SessionReleased)
        assert (released.agreed, released.digest) == (desk.wish.id, desk.wish.digest().hex())
        assert (released.permit, released.approvals) == (session.permit.id, ("approval",))
        assert session.cross(Kind.TO_ASSET, channel, b"write")
        assert desk.taken_back == []
        supervisor.enforce(state(MAINTENANCE))
        supervisor.enforce(state(START_UP))
        assert not session.holds, "it was agreed to already"


async def test_a_new_state_that_is_agreed_to_is_not_let_go_while_the_ledger_can_not_keep_it(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk(answers=Yes(()))
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, channel = await working(supervisor)
        leaves.down = True
        supervisor.enforce(state(START_UP))
        await until(lambda: desk.asked)
        await asyncio.sleep(0.05)
        assert not session.cross(Kind.TO_ASSET, channel, b"write")
        leaves.down = False
        supervisor.permit_changed()
        await until(lambda: tap.input == ["held", "goes on"])


@pytest.mark.parametrize(
    "desk", [Desk(answers=No()), Desk(nobody=True)], ids=["a no", "nobody who could ever say yes"]
)
async def test_b11_a_no_ends_it(desk: Desk, tmp_path: Path, clock: FrozenClock, leaves: Leaves) -> None:
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        _session, tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: tap.finished)
        assert tap.finished[0][0] == "state_change"
        assert leaves.of(SessionReleased) == []


async def test_b11_without_an_answer_it_ends_after_a_bounded_time_and_the_wish_is_taken_back(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, _tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: desk.asked)
        clock.advance(WAIT - timedelta(seconds=1))
        session.tick()
        assert not session.over
        clock.advance(timedelta(seconds=1))
        session.tick()
        assert session.over
        await until(lambda: desk.taken_back)
        await until(lambda: leaves.of(SessionEnded))
        assert leaves.of(SessionEnded)[0].cause == "state_change"


async def test_a_state_that_comes_back_lets_it_go_on_and_takes_the_wish_back(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        _, tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: desk.asked)
        supervisor.enforce(state(MAINTENANCE))
        await until(lambda: tap.input == ["held", "goes on"])
        assert leaves.of(SessionReleased)[0].agreed == ""
        await until(lambda: desk.taken_back)


@pytest.mark.parametrize(
    "after", [OperatingState.EMERGENCY, OperatingState.ISOLATED, OperatingState.SHUTDOWN]
)
async def test_where_the_state_refuses_outright_the_session_ends_in_that_very_call(
    after: OperatingState, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """B11, J04: nobody is asked what nobody may answer."""
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        _, tap, _ = await working(supervisor)
        supervisor.enforce(state(after))
        assert tap.finished[0][0] == "state_change"
        assert (desk.asked, tap.input) == ([], [])


async def test_a_held_session_is_cut_as_fast_as_any(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        _, tap, _ = await working(supervisor)
        held = state(START_UP)
        supervisor.enforce(held)
        supervisor.enforce(apply(held, Isolate("all", "kim", "")))
        assert tap.finished[0][0] == "isolated"


async def test_the_new_permit_that_is_revoked_holds_it_again(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk(answers=Yes(()))
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: tap.input == ["held", "goes on"])
        supervisor.enforce(apply(state(START_UP), Revoke(desk.wish.id, "petra", "")))
        assert session.holds == {Hold.STATE}


async def test_asking_that_fails_ends_the_session_and_no_other(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    class Broken(Desk):
        async def ask(self, of: Permit, state: OperatingState) -> Permit | None:
            raise DecisionError("The database is gone.", code="unavailable")

    async with gate(tmp_path, clock, leaves, Broken()) as supervisor:
        _, tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: tap.finished)


async def test_an_answer_that_can_not_be_seen_now_is_looked_for_again(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    class Deaf(Desk):
        times = 0

        async def answer(self, wish: Permit, came: AccessRequest | None) -> Answer:
            self.times += 1
            if self.times == 1:
                raise PeerError("The database does not answer.")
            return Yes(())

    desk = Deaf()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        _, tap, _ = await working(supervisor)
        supervisor.enforce(state(START_UP))
        await until(lambda: desk.times)
        supervisor.permit_changed()
        await until(lambda: tap.input == ["held", "goes on"])


async def test_d11_without_an_attendant_the_input_is_held_from_the_start_and_goes_on_once_there_is_one(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D11: attended only; the loss of the attendant holds the input in the very call that tells of it."""
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        supervisor.enforce(state(RUNNING))
        session = await opened(supervisor, permit(states=frozenset({RUNNING})))
        tap = Tap()
        channel = session.join(tap, SHELL)
        assert not session.cross(Kind.TO_ASSET, channel, b"write")
        assert tap.input == ["held"]
        assert "Nobody of the plant is watching" in tap.said[0]
        await until(lambda: leaves.of(SessionHeld))
        assert isinstance(leaves.events[0], SessionOpened), "it opened before it was held"
        supervisor.attend(frozenset({f"session:{session.id}"}))
        await until(lambda: tap.input == ["held", "goes on"])
        assert session.cross(Kind.TO_ASSET, channel, b"write")
        supervisor.attend(frozenset())
        assert tap.input[-1] == "held"
        assert not session.cross(Kind.TO_ASSET, channel, b"write")
        assert desk.asked == []
        supervisor.attend(frozenset({"zone:cell-1"}))
        await until(lambda: tap.input[-1] == "goes on")
        assert [one.hold for one in leaves.of(SessionHeld)] == ["unattended"] * 2
        assert len(leaves.of(SessionReleased)) == 2


async def test_an_attendant_who_leaves_before_it_is_kept_that_they_came_releases_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with gate(tmp_path, clock, leaves, Desk()) as supervisor:
        supervisor.enforce(state(RUNNING))
        session = await opened(supervisor, permit(states=frozenset({RUNNING})))
        leaves.answers.clear()
        supervisor.attend(frozenset({"zone:cell-1"}))
        await asyncio.sleep(0.02)
        supervisor.attend(frozenset())
        leaves.answers.set()
        await asyncio.sleep(0.02)
        assert session.holds == {Hold.UNATTENDED}


async def test_s41_a_signal_of_the_plant_that_is_lost_holds_the_sessions_that_it_permitted(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """S-41: what the plant says of itself suspends a session, and lets it go on."""
    key = Permitted("Key switch", frozenset({MAINTENANCE}), START_UP, on=True)
    permitted = apply(state(MAINTENANCE), SetSignals({ZONE: key}))
    async with gate(tmp_path, clock, leaves, Desk()) as supervisor:
        _, tap, _ = await working(supervisor)
        supervisor.enforce(permitted)
        assert tap.input == []
        supervisor.enforce(apply(permitted, SetSignals({ZONE: replace(key, on=False)})))
        assert tap.input == ["held"]
        supervisor.enforce(permitted)
        await until(lambda: tap.input == ["held", "goes on"])


async def test_a_pause_and_a_state_hold_each_for_itself_and_both_must_go(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, _ = await working(supervisor)
        paused = apply(state(START_UP), Pause(session.id, "petra", "wrong valve"))
        supervisor.enforce(paused)
        await until(lambda: len(leaves.of(SessionHeld)) == 2)
        supervisor.enforce(apply(paused, Resume(session.id, "petra", "")))
        await until(lambda: leaves.of(SessionReleased))
        assert (session.holds, tap.input) == ({Hold.STATE}, ["held", "held"])
        desk.answers = Yes(())
        supervisor.permit_changed()
        await until(lambda: tap.input[-1] == "goes on")


async def test_a_pause_waits_for_no_answer_and_the_window_runs_on(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    desk = Desk()
    async with gate(tmp_path, clock, leaves, desk) as supervisor:
        session, tap, _ = await working(supervisor)
        supervisor.enforce(apply(state(MAINTENANCE), Pause(session.id, "petra", "")))
        clock.advance(WAIT + timedelta(seconds=1))
        session.tick()
        assert (session.over, desk.asked) == (False, [])
        clock.advance(session.left())
        session.tick()
        await until(lambda: tap.finished)
        assert tap.finished[0][0] == "window_end"

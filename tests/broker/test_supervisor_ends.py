import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from broker.governor import Cause
from broker.ledger import LedgerClient
from broker.sessions import course
from broker.sessions.course import Hooks
from broker.sessions.rounds import SESSIONS_AT_ONCE
from broker.supervisor import Supervisor
from broker.watchdog.interlocks import Interlocks, Isolate, Revoke, SetState, apply
from broker.watchdog.journal import Journal
from domain.errors import EvidenceError, TransitionError
from domain.events import SessionEnded, SessionHeartbeat
from domain.ids import PermitId, ZoneId
from domain.plant import OperatingState
from recorder.format.frame import Kind
from tests.broker.running import (
    SHELL,
    Leaves,
    Line,
    Tap,
    frames_of,
    marks,
    opened,
    recorder_in,
    supervisor_in,
)
from tests.broker.signers import SignerAt
from tests.clock import FrozenClock
from tests.domain.samples import permit


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


@pytest.mark.parametrize(
    ("scope", "meant"),
    [
        ("all", True),
        ("site:demo-works", True),
        ("zone:cell-1", True),
        ("vendor:acme", True),
        ("asset:eng-ws-1", True),
        ("person:ana", True),
        (f"permit:{permit().id}", True),
        ("zone:cell-2", False),
        ("vendor:other", False),
        (f"session:{'z' * 26}", False),
    ],
)
async def test_ending_a_scope_ends_what_is_in_it(
    scope: str, meant: bool, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        assert bool(await supervisor.end(scope, "killed")) is meant
        assert session.over is meant
        assert bool(supervisor.sessions()) is not meant


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        pytest.param(Isolate("zone:cell-1", "kim", ""), "isolated", id="isolation of its zone"),
        pytest.param(Revoke(permit().id, "kim", ""), "revoked", id="revocation of its permit"),
        pytest.param(
            SetState(ZoneId("cell-1"), OperatingState.RUNNING, "kim"), "state_change", id="another state"
        ),
    ],
)
async def test_an_interlock_closes_both_sides_before_it_is_acknowledged(
    command: Isolate | Revoke | SetState, cause: str, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        tap = Tap()
        session.join(tap, SHELL)
        supervisor.enforce(apply(Interlocks(), command))
        assert [one[0] for one in tap.finished] == [cause]  # in that very call


async def test_a_state_in_which_the_permit_holds_ends_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        state = SetState(ZoneId("cell-1"), OperatingState.MAINTENANCE, "kim")
        supervisor.enforce(apply(Interlocks(), state))
        assert not session.over


async def test_a_window_ends_on_time_without_any_traffic(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01: by itself: nobody types and nobody asks."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, until=clock.now() + timedelta(minutes=30))
        tap = Tap()
        session.join(tap, SHELL)
        clock.advance(timedelta(minutes=30))
        async with asyncio.timeout(5):
            await session.ended.wait()
        assert tap.finished[0][0] == "window_end"
    assert leaves.of(SessionEnded)[0].cause == "window_end"


async def test_more_sessions_than_are_looked_at_at_once_end_on_time(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01: however many there are, and though some of them end while the others are looked at."""
    many = 2 * SESSIONS_AT_ONCE + 1
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        sessions = [await opened(supervisor, until=clock.now() + timedelta(minutes=30)) for _ in range(many)]
        for session in sessions:
            session.join(Tap(), SHELL)
        clock.advance(timedelta(minutes=30))
        supervisor.cut(f"session:{sessions[-1].id}", Cause.KILLED)
        async with asyncio.timeout(10):
            for session in sessions:
                await session.ended.wait()
        assert supervisor.live() == ()
    assert Counter(leaf.cause for leaf in leaves.of(SessionEnded)) == {"window_end": many - 1, "killed": 1}


async def test_the_vendor_is_warned_on_the_terminal_and_the_warning_is_recorded(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D02: a warning before the end, which the evidence has too."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        tap = Tap()
        session.join(tap, SHELL)
        clock.advance(timedelta(hours=3, minutes=50))
        async with asyncio.timeout(5):
            while not tap.said:
                await asyncio.sleep(0.05)
        assert tap.said == [
            (
                "penstock: this session ends in 10 minutes, at 13:00:00 CET. "
                "What to do: finish, or ask for a new permit."
            )
        ]
    assert marks(frames_of(tmp_path, session.id)) == ["warned"]


async def test_a_terminal_that_cannot_be_warned_does_not_stop_time_for_the_others(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    class Deaf(Tap):
        def say(self, text: str) -> None:
            raise BrokenPipeError(text)

    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        deaf, other = await opened(supervisor), await opened(supervisor)
        deaf.join(Deaf(), SHELL)
        other.join(Tap(), SHELL)
        clock.advance(timedelta(hours=3, minutes=55))
        await asyncio.sleep(0.5)
        assert not deaf.over
        clock.advance(timedelta(minutes=5))
        async with asyncio.timeout(5):
            await deaf.ended.wait()
            await other.ended.wait()
    assert {leaf.cause for leaf in leaves.of(SessionEnded)} == {"window_end"}


async def test_abuse_05_the_end_says_that_a_program_without_a_terminal_may_live_on(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D10: a child process at the asset that nobody can vouch for is named."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        for has_terminal in (False, True):
            session = await opened(supervisor)
            session.join(Tap(has_terminal=has_terminal), SHELL)
            await supervisor.end("all", "killed")
    assert [leaf.remote_job for leaf in leaves.of(SessionEnded)] == ["may live on", "none"]


async def test_a_side_that_is_not_seen_closed_is_told_as_unverified(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D10: a half-open side leaves the end `unverified`."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        stuck = Line(obeys=False)
        session.keep(stuck)
        await supervisor.end("all", "killed")
        assert stuck.aborted
    assert leaves.of(SessionEnded)[0].verified is False


async def test_one_passage_that_fails_to_close_does_not_keep_the_others_open(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    class Broken(Tap):
        def finish(self, cause: str, sentence: str, exit_status: int) -> None:
            super().finish(cause, sentence, exit_status)
            raise RuntimeError("already gone")

    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        broken, sound = Broken(), Tap()
        session.join(broken, SHELL)
        session.join(sound, SHELL)
        await supervisor.end("all", "killed")
        assert sound.finished


async def test_heartbeats_state_how_far_the_recording_survives(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr("broker.supervisor.BEATS_EVERY_S", 0.05)
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        channel = session.join(Tap(), SHELL)
        assert session.cross(Kind.TO_ASSET, channel, b"x")
        async with asyncio.timeout(5):
            while not [leaf for leaf in leaves.of(SessionHeartbeat) if leaf.frames == 1]:
                await asyncio.sleep(0.02)
        assert leaves.of(SessionHeartbeat)[-1].head == session.recording.head.hex()
        leaves.down = True
        await asyncio.sleep(0.2)
        assert not session.over  # a ledger that is down lets what runs go on to its deadline
        leaves.down = False


async def test_a_session_whose_last_channel_left_is_finished_after_a_while(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D05: who leaves has ended it."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        session.leave(session.join(Tap(), SHELL))
        clock.advance(timedelta(seconds=1))
        await asyncio.sleep(0.3)
        assert not session.over
        channel = session.join(Tap(), SHELL)  # came back in time
        clock.advance(timedelta(seconds=60))
        await asyncio.sleep(0.3)
        assert not session.over
        session.leave(channel)
        clock.advance(timedelta(seconds=2))
        async with asyncio.timeout(5):
            await session.ended.wait()
    assert leaves.of(SessionEnded)[0].cause == "finished"


async def test_a_session_nobody_uses_is_finished(tmp_path: Path, clock: FrozenClock, leaves: Leaves) -> None:
    """D05: a session without a channel does not stay."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        clock.advance(timedelta(seconds=30))
        async with asyncio.timeout(5):
            await session.ended.wait()
    assert leaves.of(SessionEnded)[0].cause == "finished"


async def test_an_end_that_the_ledger_cannot_take_is_told_when_it_is_back(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        leaves.down = True
        await supervisor.end("all", "revoked")
        assert leaves.of(SessionEnded) == []
        assert frames_of(tmp_path, session.id)  # sealed all the same
    leaves.down = False
    async with supervisor_in(tmp_path, clock, leaves):  # the next start of the gate
        async with asyncio.timeout(5):
            while not leaves.of(SessionEnded):
                await asyncio.sleep(0.02)
    assert [leaf.cause for leaf in leaves.of(SessionEnded)] == ["revoked"]


async def test_a_real_signer_that_dies_holds_no_end_up_and_hears_of_it_when_it_is_back(
    tmp_path: Path, clock: FrozenClock
) -> None:
    signer = SignerAt(tmp_path)
    signer.start()
    try:
        async with LedgerClient(signer.socket, patience_s=0.5) as ledger:
            journal = Journal(tmp_path / "leaves.journal")
            async with Supervisor(recorder_in(tmp_path, clock), ledger, clock, journal) as supervisor:
                session = await opened(supervisor)
                signer.kill()
                with pytest.raises(EvidenceError):
                    await opened(supervisor)
                assert not session.over
                await supervisor.end(f"session:{session.id}", "killed")
                assert frames_of(tmp_path, session.id)
                signer.start()
                async with asyncio.timeout(30):
                    while journal.waiting() or supervisor.sessions():
                        await asyncio.sleep(0.1)
    finally:
        signer.kill()
    reader = signer.reader
    told = [reader.event(index) for index in range(reader.size)]
    ends = {event["session"]: event["cause"] for event in told if event["event"] == "SessionEnded"}
    assert ends.pop(session.id) == "killed"
    assert list(ends.values()) == ["never_opened"]


async def test_a_gate_that_drains_opens_nothing_more_and_seals_what_it_had(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        sessions = [await opened(supervisor) for _ in range(20)]
        await supervisor.close()
        with pytest.raises(TransitionError, match="shutting down"):
            await opened(supervisor)
    assert {leaf.cause for leaf in leaves.of(SessionEnded)} == {"shutdown"}
    assert all(frames_of(tmp_path, session.id) for session in sessions)


async def test_a_cancelled_gate_still_seals_every_recording(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    running = asyncio.Event()

    async def gate() -> None:
        async with supervisor_in(tmp_path, clock, leaves) as supervisor:
            await opened(supervisor)
            running.set()
            await asyncio.Event().wait()

    task = asyncio.get_running_loop().create_task(gate())
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [leaf.cause for leaf in leaves.of(SessionEnded)] == ["shutdown"]
    assert frames_of(tmp_path, leaves.of(SessionEnded)[0].session)


async def test_the_hooks_hear_of_beginning_and_end_and_their_failure_ends_nothing(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    heard: list[str] = []

    async def begun(one: PermitId) -> None:
        heard.append(f"opened {one}")
        raise RuntimeError("the database is down")

    async def over(one: PermitId) -> None:
        heard.append(f"ended {one}")

    async with supervisor_in(tmp_path, clock, leaves, Hooks(begun, over)) as supervisor:
        session = await opened(supervisor)
        await asyncio.sleep(0.05)
        assert not session.over
    assert heard == [f"opened {permit().id}", f"ended {permit().id}"]

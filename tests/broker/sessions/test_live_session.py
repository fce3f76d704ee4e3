import asyncio
import os
import signal
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.governor import Cause
from domain.errors import EvidenceError, TransitionError
from domain.events import SessionEnded, SessionOpened
from domain.window import TimeWindow
from recorder.format.frame import Kind
from tests.broker.plant_side import Target, closed_by_peer, leaves_in, small_gate, until
from tests.broker.running import (
    SHELL,
    Leaves,
    Line,
    Tap,
    crossed,
    frames_of,
    marks,
    opened,
    supervisor_in,
)
from tests.clock import FrozenClock
from tests.domain.samples import CLOSES, permit


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


async def test_abuse_01_a_wall_clock_set_back_does_not_lengthen_a_session(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01: the clock is set back; by the machine's own it ends to the second."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        channel = session.join(Tap(), SHELL)
        clock.step(timedelta(days=-1))
        clock.advance(timedelta(hours=4) - timedelta(seconds=1))
        assert session.cross(Kind.TO_ASSET, channel, b"in time")
        clock.advance(timedelta(seconds=1))  # 4 h by the machine's own clock, a day early by the wall's
        assert not session.cross(Kind.TO_ASSET, channel, b"too late")
        assert not session.cross(Kind.TO_VENDOR, channel, b"too late")
    assert crossed(frames_of(tmp_path, session.id), Kind.TO_ASSET) == b"in time"
    assert leaves.of(SessionEnded)[0].cause == "window_end"


@pytest.mark.parametrize("hours", [1, 24 * 365])
async def test_abuse_01_a_wall_clock_set_forward_ends_a_session_at_once(
    hours: int, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01: whichever clock says first that it is over."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, until=clock.now() + timedelta(hours=1))
        clock.step(timedelta(hours=hours))
        assert not session.cross(Kind.TO_ASSET, 1, b"x")


async def test_the_last_instant_is_inside_and_the_end_is_not(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        clock.advance(timedelta(hours=4) - timedelta(microseconds=1000))
        assert session.cross(Kind.TO_ASSET, 1, b"x")
        clock.advance(timedelta(microseconds=1000))
        assert not session.cross(Kind.TO_ASSET, 1, b"x")


QUARTER = timedelta(minutes=15)
CONTRACT_ENDS = CLOSES + timedelta(minutes=10)


async def test_a_step_moves_the_end_on_both_clocks_and_the_vendor_is_told_d03(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: expiry waits for the step, by the wall clock and by the machine's own, and no longer."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(hours=1))
        tap = Tap()
        channel = session.join(tap, SHELL)
        clock.advance(CLOSES - clock.now() - timedelta(minutes=1))
        assert session.hold(timedelta(minutes=5), QUARTER) == clock.now() + timedelta(minutes=5)
        assert "must not be interrupted" in tap.said[-1]
        clock.advance(timedelta(minutes=5) - timedelta(milliseconds=1))
        session.tick()
        assert session.cross(Kind.TO_ASSET, channel, b"firmware")
        clock.advance(timedelta(milliseconds=1))
        assert not session.cross(Kind.TO_ASSET, channel, b"too late")
    assert crossed(frames_of(tmp_path, session.id), Kind.TO_ASSET) == b"firmware"
    assert "expiry_held" in marks(frames_of(tmp_path, session.id))
    assert leaves.of(SessionEnded)[0].cause == "window_end"


@pytest.mark.parametrize("steps_s", [-86400, 3600])
async def test_a_wall_clock_that_moves_during_a_step_gives_it_no_second_more_d03(
    steps_s: int, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: whichever clock says first that the step's time is over ends it."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(days=1))
        clock.advance(CLOSES - clock.now() - timedelta(minutes=1))
        session.hold(timedelta(minutes=5), QUARTER)
        clock.step(timedelta(seconds=steps_s))
        clock.advance(timedelta(minutes=5))
        assert not session.cross(Kind.TO_ASSET, 1, b"x")


async def test_a_step_that_is_done_gives_the_end_back_at_once_d03(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: the hold is for the step; done after the window's end, the session ends there and then."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(hours=1))
        session.join(Tap(), SHELL)
        clock.advance(CLOSES - clock.now() - timedelta(minutes=1))
        session.hold(timedelta(minutes=5), QUARTER)
        clock.advance(timedelta(minutes=2))
        session.release()
        assert session.over
    assert leaves.of(SessionEnded)[0].cause == "window_end"


async def test_no_step_holds_a_session_beyond_its_contract_d03(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: only the window's end waits; a contract or an admission that ends does not."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CONTRACT_ENDS)
        session.join(Tap(), SHELL)
        clock.advance(CLOSES - clock.now() - timedelta(minutes=1))
        assert session.hold(QUARTER, QUARTER) == CONTRACT_ENDS
        clock.advance(CONTRACT_ENDS - clock.now())
        assert not session.cross(Kind.TO_ASSET, 1, b"x")


async def test_a_step_in_the_middle_of_a_window_moves_nothing_d03(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: a hold is no extension."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(hours=1))
        session.join(Tap(), SHELL)
        assert session.hold(timedelta(minutes=5), QUARTER) == CLOSES


@pytest.mark.parametrize("cause", [one for one in Cause if one is not Cause.WINDOW_END])
async def test_whatever_else_ends_a_session_does_not_wait_for_a_step_d03(
    cause: Cause, tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: a kill, a revocation, an isolation and a recorder that fails are immediate."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(hours=1))
        channel = session.join(Tap(), SHELL)
        session.hold(timedelta(minutes=5), QUARTER)
        supervisor.cut(f"session:{session.id}", cause)
        assert not session.cross(Kind.TO_ASSET, channel, b"x")
    assert leaves.of(SessionEnded)[0].cause == cause


async def test_a_step_declared_after_the_end_holds_nothing_d03(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D03: what time has ended no step brings back."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, latest=CLOSES + timedelta(hours=1))
        clock.advance(CLOSES - clock.now())
        with pytest.raises(TransitionError, match="over"):
            session.hold(timedelta(minutes=5), QUARTER)
        assert session.over


async def test_abuse_02_a_write_that_takes_until_after_the_end_is_recorded_but_not_forwarded(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        write = session.recording.write

        def slow(kind: Kind, channel: int, payload: bytes) -> None:
            write(kind, channel, payload)
            clock.advance(timedelta(hours=4))

        session.recording.write = slow
        assert not session.cross(Kind.TO_ASSET, 1, b"held up by the disk")
        session.recording.write = write
    frames = frames_of(tmp_path, session.id)
    assert crossed(frames, Kind.TO_ASSET) == b"held up by the disk"
    assert marks(frames) == ["withheld"]


async def test_abuse_02_no_byte_crosses_after_a_loop_that_stood_still_over_the_end(
    tmp_path: Path, leaves: Leaves
) -> None:
    """D01: time that passes while nothing runs counts."""
    clock = SystemClock()
    start = clock.now().replace(microsecond=0)
    loop = asyncio.get_running_loop()
    vendor, gate_side = socket.socketpair()
    forwarded_at: list[float] = []
    dropped: list[bytes] = []

    class Side(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            if session.cross(Kind.TO_ASSET, channel, data):
                forwarded_at.append(clock.boottime_s())
            else:
                dropped.append(data)

    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(
            supervisor,
            permit(window=TimeWindow(start, start + timedelta(hours=1))),
            until=clock.now() + timedelta(seconds=0.5),
        )
        deadline_s = clock.boottime_s() + session.left().total_seconds()
        channel = session.join(Tap(), SHELL)
        typing = threading.Event()

        def type_on() -> None:
            while not typing.wait(0.005):
                vendor.send(b"0123456789")

        typist = threading.Thread(target=type_on)
        typist.start()
        transport, _ = await loop.connect_accepted_socket(Side, gate_side)
        await asyncio.sleep(0.1)
        time.sleep(2)  # the event loop stands still, and the window ends meanwhile
        async with asyncio.timeout(10):
            await session.ended.wait()
        typing.set()
        typist.join()
        transport.abort()
        vendor.close()
    assert forwarded_at
    assert dropped
    assert max(forwarded_at) < deadline_s
    assert len(crossed(frames_of(tmp_path, session.id), Kind.TO_ASSET)) >= 10 * len(forwarded_at)


def test_abuse_02_no_byte_crosses_after_a_gate_that_was_stopped_over_the_end(tmp_path: Path) -> None:
    """D01: a gate that slept over the deadline ends the session when it wakes, before anything else."""
    target = Target()
    with (
        small_gate(tmp_path, target, 1.5) as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        typing = threading.Event()

        def type_on() -> None:
            try:
                while not typing.wait(0.01):
                    vendor.send(b"0123456789")
            except OSError:
                pass

        typist = threading.Thread(target=type_on)
        typist.start()
        until(lambda: target.received, "the gate forwards")
        os.kill(gate.pid, signal.SIGSTOP)
        time.sleep(2.5)  # long enough for the window to end, and for all that was forwarded to arrive
        before = target.received
        os.kill(gate.pid, signal.SIGCONT)
        until(lambda: target.gone, "the asset's side is closed")
        typing.set()
        typist.join()
        assert closed_by_peer(vendor)
        until(lambda: leaves_in(tmp_path)[-1]["event"] == "SessionEnded", "the end is told")
    target.close()
    assert target.received == before
    assert leaves_in(tmp_path)[-1]["cause"] == "window_end"


async def test_abuse_03_twenty_late_channels_all_end_with_the_window(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01, D07: they end together, and nothing joins a session that is over."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        clock.advance(timedelta(hours=4) - timedelta(seconds=1))
        taps = [Tap() for _ in range(20)]
        channels = [await supervisor.admit_channel(session, tap, SHELL, "late") for tap in taps]
        assert all(session.cross(Kind.TO_ASSET, channel, b"x") for channel in channels)
        clock.advance(timedelta(seconds=1))
        with pytest.raises(TransitionError, match="over"):
            session.join(Tap(), SHELL)
        assert not any(session.cross(Kind.TO_ASSET, channel, b"y") for channel in channels)
        async with asyncio.timeout(5):
            await session.ended.wait()
        assert all(tap.finished for tap in taps)
    assert crossed(frames_of(tmp_path, session.id), Kind.TO_ASSET) == b"x" * 20


async def test_abuse_03_coming_back_gives_only_what_is_left_of_the_window(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D01: whoever comes back has the same deadline."""
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        first = await opened(supervisor)
        clock.advance(timedelta(hours=3))
        await supervisor.end(f"session:{first.id}", "client_gone")
        second = await opened(supervisor)
        assert second.left() == timedelta(hours=1)
    assert {leaf.deadline for leaf in leaves.of(SessionOpened)} == {CLOSES}


async def test_abuse_32_a_full_disk_stops_both_directions_before_the_unrecorded_byte(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        tap = Tap()
        channel = session.join(tap, SHELL)
        assert session.cross(Kind.TO_ASSET, channel, b"recorded")

        def full(*_: object) -> None:
            raise EvidenceError("No space left on device.")

        session.recording._volume.append, append = full, session.recording._volume.append
        assert not session.cross(Kind.TO_ASSET, channel, b"unrecorded")
        session.recording._volume.append = append
        assert not session.cross(Kind.TO_VENDOR, channel, b"unrecorded")
        async with asyncio.timeout(5):
            await session.ended.wait()
        assert tap.finished[0][0] == "recorder_failed"
    (leaf,) = leaves.of(SessionEnded)
    assert (leaf.cause, leaf.bytes_to_asset, leaf.bytes_to_vendor) == ("recorder_failed", 8, 0)
    assert crossed(frames_of(tmp_path, session.id), Kind.TO_ASSET) == b"recorded"


async def test_abuse_32_a_recording_that_cannot_grow_ends_a_real_gates_session_without_an_unrecorded_byte(
    tmp_path: Path,
) -> None:
    target = Target()
    with (
        small_gate(tmp_path, target, 600, largest=200_000) as (_, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        vendor.settimeout(30)
        try:
            for _ in range(2_000):
                vendor.sendall(os.urandom(1_000))
                time.sleep(0.0002)
        except ConnectionError:
            pass
        assert closed_by_peer(vendor)
        until(lambda: target.gone, "the asset's side is closed")
        until(lambda: leaves_in(tmp_path)[-1]["event"] == "SessionEnded", "the end is told")
    target.close()
    leaf = leaves_in(tmp_path)[-1]
    assert (leaf["cause"], leaf["verified"]) == ("recorder_failed", True)
    # Where not even the seal found room, the next start of the gate finds it.
    async with supervisor_in(tmp_path, FrozenClock(), Leaves()):
        pass
    recorded = crossed(frames_of(tmp_path, str(leaf["session"])), Kind.TO_ASSET)
    assert 0 < len(recorded) < 200_000
    assert recorded.startswith(target.received)


async def test_abuse_32_a_failed_background_sync_ends_the_session(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)

        def broken() -> None:
            raise EvidenceError("Input/output error.")

        session.recording._volume.sync = broken
        session.note(Kind.MARK, 0, b"{}")
        async with asyncio.timeout(10):
            await session.ended.wait()
    assert leaves.of(SessionEnded)[0].cause == "recorder_failed"


async def test_must_end_closes_in_a_later_turn_of_the_loop_so_that_no_callback_is_re_entered(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        tap = Tap()
        session.join(tap, SHELL)
        session.must_end(Cause.CLIENT_GONE)
        assert session.over
        assert not tap.finished
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert tap.finished == [("client_gone", "penstock: Your client went away.", 0)]


async def test_a_connection_kept_after_the_cut_is_aborted_at_once(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        supervisor.cut("all", Cause.KILLED)
        line = Line()
        session.keep(line)
        assert line.aborted == 1


async def test_passages_that_leave_while_they_are_finished_are_all_finished_and_seen_closed(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    """D10: the end is verified when every side was seen closed, and not before."""

    class Leaving(Tap):
        number = 0

        def finish(self, cause: str, sentence: str, exit_status: int) -> None:
            super().finish(cause, sentence, exit_status)
            session.leave(self.number, job_ended=False)

    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        taps = [Leaving() for _ in range(3)] + [Leaving(obeys=False)]
        for tap in taps:
            tap.number = session.join(tap, SHELL)
        supervisor.cut("all", Cause.KILLED)
        assert all(tap.finished for tap in taps)
        assert not session.closed()
    assert leaves.of(SessionEnded)[0].verified is False  # the last one never closed, though it had left


async def test_a_job_that_outlived_its_client_is_not_forgotten(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        session.leave(session.join(Tap(has_terminal=False), SHELL), job_ended=False)
    assert leaves.of(SessionEnded)[0].remote_job == "may live on"


async def test_what_is_noted_after_the_seal_is_dropped_quietly(
    tmp_path: Path, clock: FrozenClock, leaves: Leaves
) -> None:
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        await supervisor.end("all", "killed")
        session.note(Kind.RESIZE, 1, b"{}")
        session.leave(99)
    assert [frame.kind for frame in frames_of(tmp_path, session.id)] == [Kind.END]


async def test_its_last_activity_is_when_bytes_last_crossed(tmp_path: Path, clock: FrozenClock) -> None:
    async with supervisor_in(tmp_path, clock, Leaves()) as supervisor:
        session = await opened(supervisor)
        channel = session.join(Tap(), SHELL)
        clock.advance(timedelta(minutes=1))
        session.tick()
        assert session.view().active_at == session.opened_at
        session.cross(Kind.TO_VENDOR, channel, b"alarm")
        session.tick()
        assert session.view().active_at == clock.now()

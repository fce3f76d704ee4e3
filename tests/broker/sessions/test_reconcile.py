import contextlib
import hashlib
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.sessions.course import Witness
from broker.sessions.reconcile import reconcile, unended
from broker.watchdog.journal import Journal
from domain.canonical import Json
from domain.events import SessionEnded, SessionInterrupted, SessionOpened, document
from recorder.format.frame import Kind
from tests.broker.plant_side import Target, leaves_in, small_gate, until
from tests.broker.running import Leaves, crossed, frames_of, opened, recorder_in, supervisor_in
from tests.clock import FrozenClock


async def test_abuse_33_after_kill_9_every_open_session_is_sealed_and_told(tmp_path: Path) -> None:
    """D01: no session outlives its gate; after a restart there is none to be over time."""
    target = Target()
    typed = b"0123456789" * 50
    with small_gate(tmp_path, target, 600) as (gate, port), contextlib.ExitStack() as vendors:
        for _ in range(5):
            vendors.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(typed)
        until(lambda: len(target.received) == 5 * len(typed), "all was forwarded")
        gate.kill()
        gate.wait()
    target.close()
    opened = {leaf["session"] for leaf in leaves_in(tmp_path) if leaf["event"] == "SessionOpened"}
    assert len(opened) == 5
    assert len(list((tmp_path / "recordings").glob("*.part"))) == 5
    leaves = Leaves()
    async with supervisor_in(tmp_path, FrozenClock(), leaves):  # the gate starts again
        assert not list((tmp_path / "recordings").glob("*.part"))
    told = {leaf.session: leaf for leaf in leaves.of(SessionInterrupted)}
    assert set(told) == opened
    for session, leaf in told.items():
        frames = frames_of(tmp_path, session)
        assert crossed(frames, Kind.TO_ASSET) == typed  # forwarded, hence recorded
        assert leaf.frames == len(frames)
        assert "frames verify" in leaf.sentence


@pytest.mark.parametrize("_round", range(3))
async def test_abuse_33_whenever_the_gate_is_killed_nothing_reached_the_asset_that_is_not_recorded(
    _round: int, tmp_path: Path
) -> None:
    target = Target()
    with (
        small_gate(tmp_path, target, 600) as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        stop = secrets.randbelow(400_000) + 1  # any moment within a stream under way
        with contextlib.suppress(ConnectionError):
            while len(target.received) < stop:
                vendor.sendall(secrets.token_bytes(3_000))
        gate.kill()
        gate.wait()
        until(lambda: target.gone, "the kernel closed the asset's side")
    target.close()
    leaves = Leaves()
    async with supervisor_in(tmp_path, FrozenClock(), leaves):
        pass
    (leaf,) = leaves.of(SessionInterrupted)
    assert crossed(frames_of(tmp_path, leaf.session), Kind.TO_ASSET).startswith(target.received)


async def test_nothing_is_found_after_an_orderly_end(tmp_path: Path, clock: FrozenClock) -> None:
    leaves = Leaves()
    witness = Witness(leaves, Journal(tmp_path / "j"), clock)
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock) == ()


async def test_what_cannot_be_salvaged_is_left_for_the_next_start(tmp_path: Path, clock: FrozenClock) -> None:
    leaves = Leaves()
    witness = Witness(leaves, Journal(tmp_path / "j"), clock)
    recorder = recorder_in(tmp_path, clock)
    living = recorder.open("s" * 26, {"permit": "p" * 26, "digest": "00" * 32})
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock) == ()  # it is still written
    assert leaves.events == []
    living._volume.close()
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock) == (living.session,)


async def test_a_ledger_that_is_down_hears_of_it_later(tmp_path: Path, clock: FrozenClock) -> None:
    leaves = Leaves()
    leaves.down = True
    witness = Witness(leaves, Journal(tmp_path / "j"), clock)
    recorder_in(tmp_path, clock).open("s" * 26, {"permit": "p" * 26, "digest": "00" * 32})._volume.close()
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock) == ("s" * 26,)
    leaves.down = False
    await witness.drain()
    assert [leaf.session for leaf in leaves.of(SessionInterrupted)] == ["s" * 26]


def told(leaves: Leaves) -> list[dict[str, Json]]:
    return [document(event) for event in leaves.events]


async def test_a_session_that_was_sealed_but_whose_end_was_never_told_is_found_in_the_ledger(
    tmp_path: Path, clock: FrozenClock
) -> None:
    leaves = Leaves()
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session, other = await opened(supervisor), await opened(supervisor)
    frames = len(frames_of(tmp_path, session.id))
    sealed = hashlib.sha256((tmp_path / "recordings" / f"{session.id}.pnr").read_bytes()).hexdigest()
    leaves.events = [event for event in leaves.events if event not in leaves.of(SessionEnded)[:1]]
    lost = session.id if leaves.of(SessionEnded)[0].session == other.id else other.id
    witness = Witness(leaves, Journal(tmp_path / "j"), clock)
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock, told(leaves)) == (lost,)
    (leaf,) = leaves.of(SessionInterrupted)
    assert leaf.frames == frames
    assert "its end had not been told" in leaf.sentence
    assert lost != session.id or leaf.recording_sha256 == sealed
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock, told(leaves)) == ()


async def test_a_recording_that_is_gone_is_told_as_gone(tmp_path: Path, clock: FrozenClock) -> None:
    leaves = Leaves()
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
    leaves.events = leaves.of(SessionOpened)
    (tmp_path / "recordings" / f"{session.id}.pnr").unlink()
    witness = Witness(leaves, Journal(tmp_path / "j"), clock)
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock, told(leaves)) == (session.id,)
    assert "can't be read" in leaves.of(SessionInterrupted)[0].sentence


async def test_an_end_that_still_waits_in_the_journal_is_not_told_as_an_interruption(
    tmp_path: Path, clock: FrozenClock
) -> None:
    leaves = Leaves()
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        leaves.down = True
        await supervisor.end(f"session:{session.id}", "killed")
    witness = Witness(leaves, Journal(tmp_path / "leaves.journal"), clock)
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock, told(leaves)) == ()
    leaves.down = False
    assert await reconcile(recorder_in(tmp_path, clock), witness, clock, lazily(leaves)) == ()
    assert leaves.of(SessionInterrupted) == []


async def test_a_session_that_only_its_heartbeats_tell_of_is_found_too_and_a_late_one_opens_none_again() -> (
    None
):
    def leaf(event: str, session: str) -> dict[str, Json]:
        return {"event": event, "session": session}

    recent = [leaf("SessionHeartbeat", "a"), leaf("SessionOpened", "b"), leaf("SessionEnded", "b")]
    assert unended([*recent, leaf("SessionHeartbeat", "b")]) == {"a"}


def lazily(leaves: Leaves) -> Iterator[dict[str, Json]]:
    """As a reader of the ledger's folder gives them: what is there when it is read."""
    yield from told(leaves)


def test_t53_a_gate_told_to_end_exits_0_with_its_recordings_sealed(tmp_path: Path) -> None:
    target = Target()
    with (
        small_gate(tmp_path, target, 600) as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        vendor.sendall(b"hello")
        until(lambda: target.received, "the gate forwards")
        gate.terminate()
        assert gate.wait() == 0
    target.close()
    leaf = leaves_in(tmp_path)[-1]
    assert (leaf["event"], leaf["cause"]) == ("SessionEnded", "shutdown")
    assert crossed(frames_of(tmp_path, str(leaf["session"])), Kind.TO_ASSET) == b"hello"

"""A locked session over a real connection, with a real sshd as the asset."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from broker.door.unlocking import ASKED
from broker.governor import Hold, Quiet
from recorder.format.frame import Kind
from tests.broker.running import crossed
from tests.openssh import Client
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"
UNUSED = Quiet(timedelta(minutes=10), timedelta(hours=1), timedelta(minutes=10))


@asynccontextmanager
async def typing(gate: PeerGate, client: Client) -> AsyncIterator[tuple[Any, Any]]:
    """Ana's terminal at the asset, where nothing is echoed, and its session."""
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        shell = await conn.create_process("stty -echo; echo begun; exec cat", term_type="xterm")
        await shell.stdout.readuntil("begun")
        (view,) = gate.supervisor.sessions()
        yield shell, gate.supervisor.session(view.session)


async def lobby(gate: PeerGate, client: Client, words: str, code: str | None = None) -> tuple[int, str]:
    async with await enter(gate, "ana", [reading(client)], code or gate.code("ana")) as conn:
        done = await conn.run(words)
        return int(done.exit_status or 0), str(done.stdout) + str(done.stderr)


async def test_d04_a_code_on_the_locked_terminal_lets_it_go_on_and_nothing_of_it_reaches_the_asset(
    gate: PeerGate, asset: Sshd
) -> None:
    """D04, A12: what is typed at a locked session reaches neither asset nor recording; a right code unlocks it, with a leaf."""
    client = gate.person("ana")
    async with typing(gate, client) as (shell, live):
        shell.stdin.write("before\n")
        await shell.stdout.readuntil("before")
        live.receive(UNUSED)
        await shell.stderr.readuntil(ASKED)
        shell.stdin.write("rm -rf /\r")
        await shell.stderr.readuntil(ASKED)
        shell.stdin.write("000000\r")
        await shell.stderr.readuntil(ASKED)
        assert Hold.LOCKED in live.holds
        live.must_hold(Hold.PAUSED, None)
        shell.stdin.write(f"{(code := gate.code('ana'))}\r")
        (unlocked,) = await gate.seen("SessionUnlocked")
        assert live.holds == {Hold.PAUSED}
        shell.stdin.write("while paused\n")
        live.may_go_on(Hold.PAUSED)
        await shell.stdout.readuntil("while paused")
    (frames,) = await gate.recorded()
    assert crossed(frames, Kind.TO_VENDOR).replace(b"\r", b"") == b"begun\nbefore\nwhile paused\n"
    assert not [one for one in frames if b"rm -rf" in one.payload or code.encode() in one.payload]
    assert (unlocked.door, unlocked.factor, unlocked.session) == ("terminal", "code", live.id)
    assert [one.code for one in await gate.seen("ProofRefused")] == ["wrong_code"]


async def test_d04_three_wrong_codes_at_a_locked_terminal_end_it(gate: PeerGate, asset: Sshd) -> None:
    """D04: whoever sits down at a terminal that was left open has three guesses."""
    client = gate.person("ana")
    async with typing(gate, client) as (shell, live):
        live.receive(UNUSED)
        for _ in range(3):
            await shell.stderr.readuntil(ASKED)
            shell.stdin.write("000000\r")
        assert (await shell.wait()).exit_status == 77
    (ended,) = await gate.seen("SessionEnded")
    assert ended.cause == "unproved"


async def test_d04_what_has_no_terminal_is_unlocked_by_signing_in_anew(gate: PeerGate, asset: Sshd) -> None:
    """D04: not by who was signed in before the lock, nor by anybody else."""
    ana, ben = gate.person("ana"), gate.person("ben")
    gate.permit("ana", "eng-ws-1")
    async with (
        await enter(gate, "ana", [reading(ana)], gate.code("ana")) as early,
        await enter(gate, WHERE, [reading(ana)], gate.code("ana")) as conn,
    ):
        running = await conn.create_process("echo begun; exec cat", encoding=None)
        await running.stdout.readuntil(b"begun")
        (view,) = gate.supervisor.sessions()
        live = gate.supervisor.session(view.session)
        status, said = await lobby(gate, ana, f"unlock {view.session}")
        assert (status, "refused [not_locked]" in said) == (77, True)
        live.receive(UNUSED)
        running.stdin.write(b"held, and not lost")
        done = await early.run(f"unlock {view.session}")
        assert (done.exit_status, "refused [sign_in_again]" in str(done.stderr)) == (77, True)
        async with await enter(gate, "ben", [reading(ben)], gate.code("ben")) as other:
            done = await other.run(f"unlock {view.session}")
            assert "refused [no_session]" in str(done.stderr)
            assert "No session of yours" in str((await other.run("sessions")).stdout)
        assert "locked: nobody used it" in (await lobby(gate, ana, "sessions"))[1]
        assert view.bytes_to_asset == live.view().bytes_to_asset
        status, said = await lobby(gate, ana, f"unlock {view.session}")
        assert (status, said) == (0, f"Session {view.session} goes on.\n")
        async with asyncio.timeout(10):
            assert await running.stdout.readexactly(19) == b"\nheld, and not lost"
    assert [one.door for one in await gate.seen("SessionUnlocked")] == ["lobby"]
    assert [one.code for one in await gate.seen("ProofRefused")] == ["sign_in_again"]


async def test_d04_a_code_that_can_not_be_kept_unlocks_nothing(gate: PeerGate, asset: Sshd) -> None:
    """SECURITY: evidence before effect, for a proof as for anything else."""
    client = gate.person("ana")
    async with typing(gate, client) as (shell, live):
        live.receive(UNUSED)
        await shell.stderr.readuntil(ASKED)
        gate.leaves.down = True
        shell.stdin.write(f"{gate.code('ana')}\r")
        await shell.stderr.readuntil("can't be written down now")
        assert Hold.LOCKED in live.holds
        gate.leaves.down = False

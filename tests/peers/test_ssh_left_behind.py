"""What runs on at the asset after the cut, and what the evidence says of it (SECURITY.md section 3, case 5)."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.governor import Cause
from tests.openssh import Client, Result
from tests.peers.direct import Pair
from tests.peers.gate import PeerGate

FIRST_SECONDS = 86_000


def running(seconds: int) -> list[int]:
    """The processes that sleep for exactly so long; each test has a number of its own."""
    wanted = f"sleep\0{seconds}\0".encode()
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if one.read_bytes() == wanted:
                found.append(int(one.parent.name))
        except OSError:  # it ended while we looked
            continue
    return found


async def until(seconds: int, *, there: bool) -> None:
    async with asyncio.timeout(20):
        while bool(running(seconds)) is not there:
            await asyncio.sleep(0.02)


@pytest.fixture
def job() -> Iterator[int]:
    """A length of sleep that nobody else uses; whoever still sleeps that long afterwards is ended."""
    seconds = FIRST_SECONDS + os.getpid()
    yield seconds
    for pid in running(seconds):
        os.kill(pid, signal.SIGKILL)


async def cut_while(gate: PeerGate, client: Client, job: int, command: str, *options: str) -> Result:
    run = asyncio.ensure_future(client.ssh("ana+eng-ws-1", command, options=options))
    await until(job, there=True)
    gate.supervisor.cut("all", Cause.KILLED)
    return await run


async def test_abuse_5_a_job_on_a_terminal_is_gone_after_the_cut(
    gate: PeerGate, pair: Pair, job: int
) -> None:
    """D10: the process at the asset is gone, as the end says."""
    result = await cut_while(gate, pair.gate, job, f"sleep {job}; echo never", "-tt")
    await until(job, there=False)
    (ended,) = await gate.seen("SessionEnded")
    assert (result.status, ended.verified, ended.remote_job) == (77, True, "none")
    assert "penstock: The plant ended this session." in result.out.decode() + result.complaint


async def test_abuse_5_a_command_without_a_terminal_is_cut_and_never_vouched_for(
    gate: PeerGate, pair: Pair, job: int
) -> None:
    # KILL goes ahead of the cut; an sshd that serves root, or itself without privileges, won't pass it on.
    result = await cut_while(gate, pair.gate, job, f"sleep {job}; echo never", "-T")
    (ended,) = await gate.seen("SessionEnded")
    assert (result.status, result.out) == (77, b"")
    assert (ended.verified, ended.remote_job) == (True, "may live on")


async def test_abuse_5_a_job_that_left_its_session_lives_on_and_the_evidence_says_so(
    gate: PeerGate, pair: Pair, job: int
) -> None:
    """D10: a child process is left: the end does not say that nothing lives on."""
    await cut_while(gate, pair.gate, job, f"setsid sleep {job} </dev/null >/dev/null 2>&1 & sleep 20", "-T")
    (ended,) = await gate.seen("SessionEnded")
    assert (ended.verified, ended.remote_job) == (True, "may live on")
    assert running(job)

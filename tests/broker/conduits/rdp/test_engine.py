"""The process of one passage: gone with the gate, and its programs with it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

from broker.conduits.rdp import engine, left, programs
from broker.conduits.rdp.order import MOST_BYTES, Order, Step, Told
from tests.programs import needs
from tests.rdp_server import PASSWORD, USER, asks_for_nla, processes
from tests.vnc_server import vnc_server


@contextmanager
def started(
    port: int, certificate: str
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket, list[socket.socket]]]:
    """An engine with its order, as the gate starts one: the process, the gate's end, and what else the gate holds."""
    ours, theirs = socket.socketpair()
    control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asset = socket.create_connection(("127.0.0.1", port))
    process = subprocess.Popen([sys.executable, "-m", "broker.conduits.rdp.engine"], stdin=its.fileno())
    wire = Order(USER, PASSWORD, certificate, 320, 240).wire()
    socket.send_fds(control, [wire], [theirs.fileno(), asset.fileno()])
    theirs.close()
    its.close()
    try:
        yield process, control, [ours, asset]
    finally:
        for one in (control, ours, asset):
            one.close()
        process.kill()
        process.wait()


def homes() -> set[Path]:
    return set(Path(gettempdir()).glob(f"{left.NAMED}*"))


async def gone(running: dict[int, str]) -> None:
    async with asyncio.timeout(20):
        while any(map(processes, running)):
            await asyncio.sleep(0.02)


async def test_whoever_is_killed_of_the_gate_and_the_engine_both_programs_are_gone(tmp_path: Path) -> None:
    """Kill -9 of the gate is, for an engine, that its socket is at its end; of the engine it is what its kernel does."""
    async with vnc_server(tmp_path / "x") as desk, asks_for_nla(tmp_path / "n", desk) as asset:
        before = homes()
        for killed in ("gate", "engine"):
            certificate = asset.web.certificates[0].rpartition(":")[2]
            with started(asset.port, certificate) as (process, control, held):
                told = Told.of(await asyncio.to_thread(control.recv, MOST_BYTES))
                assert told.step is Step.UP, told
                running = processes(process.pid)
                assert {one.split("\0")[0] for one in running.values()} >= set(programs.PACKAGES)
                if killed == "gate":
                    for one in (control, *held):
                        one.close()
                else:
                    os.kill(process.pid, signal.SIGKILL)
                await asyncio.to_thread(process.wait)
                await gone(running)
        assert homes() - before, "one that was killed leaves its folder"
        left.clear()
        assert homes() <= before


@needs("Xtigervnc", "xfreerdp")
def test_what_is_missing_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.missing() == ()
    monkeypatch.setattr(programs, "PATH", "/nowhere")
    assert engine.missing() == ("Xtigervnc", "xfreerdp")


def test_what_is_no_order_is_not_obeyed() -> None:
    control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with control, its:
        process = subprocess.Popen([sys.executable, "-m", "broker.conduits.rdp.engine"], stdin=its.fileno())
        control.send(b"start something")
        assert process.wait() == 2

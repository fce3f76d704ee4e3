"""Old kit on 127.0.0.1: Debian's telnetd with a log-in program of the test's own, and serial lines behind socat and ser2net.

Each stands for an asset and is ended by its own pid.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from broker.demo.ports import free_port
from tests.programs import program

PATIENCE_S = 20
PASSWORD = "tops3cret"

DEVICE = r"""
import os, signal, sys, termios, time

def echo(on):
    modes = termios.tcgetattr(0)
    modes[3] = modes[3] | termios.ECHO if on else modes[3] & ~termios.ECHO
    termios.tcsetattr(0, termios.TCSADRAIN, modes)

def kept(text):
    with open(sys.argv[1], "a") as log:
        log.write(text + "\n")

def ask(prompt, hidden=False):
    os.write(1, prompt.encode())
    echo(not hidden)
    line = sys.stdin.buffer.readline()
    echo(True)
    if not line:
        raise SystemExit(0)
    return line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")

asks = sys.argv[2] == "asks"
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\r\n"))
kept("started")
if asks:
    os.write(1, b"Pump house\r\n\r\n")
    while True:
        name = ask("old-plc login: ")
        word = ask("Password: ", hidden=True)
        os.write(1, b"\r\n")
        if (name, word) == ("maint", "tops3cret"):
            break
        os.write(1, b"Login incorrect\r\n")
    kept("signed in")
while True:
    said = ask("> ")
    kept(said)
    match said.split():
        case ["size"]:
            size = os.get_terminal_size(0)
            print(f"size {size.columns}x{size.lines}", flush=True)
        case ["term"]:
            print("term " + os.environ.get("TERM", "none"), flush=True)
        case ["secret"]:
            ask("Enter PIN: ", hidden=True)
            print("\r\ntaken", flush=True)
        case ["wait"]:
            print("waiting", flush=True)
            time.sleep(30)
        case ["exit"]:
            print("bye", flush=True)
            break
        case _:
            print("said " + said, flush=True)
"""
"""A device with a few commands; what it was told goes to a file of its own, so that a test sees what really arrived."""


@dataclass(slots=True)
class OldKit:
    """One running device and where it is reached."""

    port: int
    told: Path
    connections: int = 0
    serial_port: Path | None = None
    """What a terminal server by RFC 2217 sets."""

    def heard(self) -> list[str]:
        """Every line that was typed at it."""
        return self.told.read_text().splitlines() if self.told.exists() else []

    async def hears(self, words: str) -> None:
        """Return once it was told ``words``."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in self.heard():
                await asyncio.sleep(0.02)


def _device(folder: Path, *, asks: bool) -> tuple[Path, list[str]]:
    folder.mkdir(parents=True, exist_ok=True)
    script, told = folder / "device.py", folder / "told"
    script.write_text(DEVICE)
    return told, [sys.executable, str(script), str(told), "asks" if asks else "open"]


@asynccontextmanager
async def telnetd(folder: Path, *, asks: bool = True) -> AsyncIterator[OldKit]:
    """inetutils-telnetd, one a connection, as inetd would run it."""
    told, line = _device(folder, asks=asks)
    start = folder / "log-in"
    start.write_text("#!/bin/sh\nexec " + " ".join(line) + "\n")
    start.chmod(0o755)
    daemon = program("telnetd")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    kit = OldKit(listener.getsockname()[1], told)
    children: list[asyncio.subprocess.Process] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        while True:
            accepted, _ = await loop.sock_accept(listener)
            accepted.setblocking(True)
            kit.connections += 1
            with accepted:
                children.append(
                    await asyncio.create_subprocess_exec(
                        daemon, "--no-hostinfo", f"--exec-login={start}", stdin=accepted, stdout=accepted,
                        stderr=asyncio.subprocess.DEVNULL,
                    )
                )  # fmt: skip

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve())
        try:
            yield kit
        finally:
            serving.cancel()
            listener.close()
            for child in children:
                with suppress(ProcessLookupError):
                    child.send_signal(signal.SIGKILL)
                await child.wait()


@asynccontextmanager
async def serial_line(folder: Path, *, asks: bool = False, rfc2217: bool = False) -> AsyncIterator[OldKit]:
    """A device at one end of a serial line; at the other a terminal server: socat for raw bytes, ser2net for RFC 2217."""
    told, line = _device(folder, asks=asks)
    kit = OldKit(free_port(), told)
    if not rfc2217:
        command = " ".join(line)
        async with _running(
            program("socat"),
            f"TCP-LISTEN:{kit.port},bind=127.0.0.1,reuseaddr",
            f"EXEC:{command},pty,setsid,ctty,sane",
        ) as process:
            await _until_it_says(process, "listening on")
            yield kit
        return
    ours = folder / "tty-server"
    async with _running(
        program("socat"), f"PTY,link={ours},raw,echo=0", f"EXEC:{' '.join(line)},pty,setsid,ctty,sane"
    ):
        async with asyncio.timeout(PATIENCE_S):
            while not ours.exists():
                await asyncio.sleep(0.02)
        settings = folder / "ser2net.yaml"
        settings.write_text(
            "%YAML 1.1\n---\n"
            "connection: &plc\n"
            f"  accepter: telnet(rfc2217),tcp,127.0.0.1,{kit.port}\n"
            f"  connector: serialdev,{ours.resolve()},1200n81,local\n"
        )
        async with _running(program("ser2net"), "-n", "-d", "-c", str(settings), "-u"):
            await _listening(kit.port)
            kit.serial_port = ours.resolve()
            yield kit


@asynccontextmanager
async def _running(*line: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        line[0], *(("-d", "-d") if line[0].endswith("socat") else ()), *line[1:],
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _until_it_says(process: asyncio.subprocess.Process, words: str) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        while line := await process.stderr.readline():
            if words in line.decode():
                return
    raise AssertionError(f"it ended without saying {words!r}")


async def _listening(port: int) -> None:
    """Return once something listens there, without connecting to it: a line has one place."""
    wanted = f"0100007F:{port:04X}"
    async with asyncio.timeout(PATIENCE_S):
        while not any(
            wanted == parts[1] and parts[3] == "0A"
            for parts in (one.split() for one in Path("/proc/net/tcp").read_text().splitlines()[1:])
        ):
            await asyncio.sleep(0.02)

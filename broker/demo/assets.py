"""The demonstration plant's machines: an engineering station, a controller, an operator's page.

All on loopback. The station is a real OpenSSH ``sshd`` where the machine has one, and else a
small SSH server that runs the same shell; the controller is a real pymodbus server.
"""

import asyncio
import contextlib
import os
import pty
import pwd
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from broker.charter.founding import new_ssh_key
from broker.demo.ports import free_port

STATION_USER = "engineer"
WELCOME = """\
Engineering station of the demonstration plant. Nothing here is real.
"""

SSHD_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/sshd.pid
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp -d {folder}/home
SetEnv HOME={folder}/home
PermitUserRC no
"""


_Program = tuple[asyncio.subprocess.Process, tuple[asyncio.StreamReader, ...], Callable[[bytes], None]]
"""What runs, where it speaks (output, and errors where they are apart), and how to speak to it."""


@dataclass(frozen=True, slots=True)
class Station:
    """Where the engineering station listens, who may log in, and what it is."""

    port: int
    user: str
    host_key: str
    private_key: bytes
    kind: str
    """``OpenSSH sshd`` or ``simulated``."""


@asynccontextmanager
async def engineering_station(folder: Path) -> AsyncIterator[Station]:
    """An SSH server with a shell and files, up while entered."""
    folder.mkdir(mode=0o700, parents=True)  # noqa: ASYNC240 (one folder, at start)
    host_key = new_ssh_key(folder / "host_key")
    login_key = new_ssh_key(folder / "login_key")
    (folder / "authorized_keys").write_text(login_key + "\n")
    sshd = shutil.which("sshd", path=os.defpath + ":/usr/sbin:/sbin")
    private_key = (folder / "login_key").read_bytes()
    if sshd is not None and _may_run_sshd():
        async with _openssh(sshd, folder) as (port, user):
            yield Station(port, user, host_key, private_key, "OpenSSH sshd")
    else:
        async with _simulated(folder) as port:
            yield Station(port, STATION_USER, host_key, private_key, "simulated")


@asynccontextmanager
async def controller() -> AsyncIterator[int]:
    """A Modbus/TCP server: unit 1, 200 holding registers. Its port on 127.0.0.1, up while entered."""
    registers = [SimData(0, values=[17] * 200, datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(SimDevice(1, simdata=registers), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        listening: asyncio.Server = server.transport  # type: ignore[assignment]  # it is, once it serves
        yield int(listening.sockets[0].getsockname()[1])
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped


@asynccontextmanager
async def operator_page() -> AsyncIterator[int]:
    """An operator station's web page. Its port on 127.0.0.1, up while entered."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            page = b"<!doctype html><title>Turbine 1</title><h1>Turbine 1: 3000 rpm</h1>"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            writer.write(head % len(page) + page)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    with contextlib.closing(server):  # whoever is connected is not waited for
        yield int(server.sockets[0].getsockname()[1])


def _may_run_sshd() -> bool:
    # As root, sshd drops to a folder of its own and will not start without it.
    separation = Path("/run/sshd")
    if os.geteuid() != 0:
        return True
    try:
        separation.mkdir(mode=0o755, exist_ok=True)
    except OSError:
        return False
    return True


@asynccontextmanager
async def _openssh(sshd: str, folder: Path) -> AsyncIterator[tuple[int, str]]:

    port = free_port()
    home = folder / "home"
    home.mkdir()
    for profile in (".bashrc", ".profile"):
        (home / profile).write_text('cd "$HOME"\nPS1="eng-ws-1$ "\n')
    config = folder / "sshd_config"
    config.write_text(SSHD_CONFIG.format(port=port, folder=folder))
    with (folder / "sshd.log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sshd, "-D", "-e", "-f", str(config), stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        await _answers(port)
        yield port, pwd.getpwuid(os.geteuid()).pw_name
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


@asynccontextmanager
async def _simulated(folder: Path) -> AsyncIterator[int]:
    home = folder / "home"
    home.mkdir()
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[str(folder / "host_key")],
        authorized_client_keys=str(folder / "authorized_keys"),
        process_factory=lambda process: _shell(process, home),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(home)),
        allow_scp=True,
        encoding=None,
        line_editor=False,
    )
    with contextlib.closing(server):
        yield int(server.sockets[0].getsockname()[1])


async def _shell(process: "asyncssh.SSHServerProcess[bytes]", home: Path) -> None:
    """Run what was asked in a shell of this machine, under a terminal when one was asked for."""
    command = process.command
    argv = ["/bin/sh", "-c", command] if command else ["/bin/sh", "-i"]
    environment = {
        "HOME": str(home),
        "PATH": os.defpath,
        "PS1": "eng-ws-1$ ",
        "TERM": process.term_type or "dumb",
    }
    with contextlib.ExitStack() as stack:
        if process.term_type is None:
            child, reads, write = await _piped(argv, home, environment)
        else:
            child, reads, write = await _under_terminal(argv, home, environment, stack)
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(_feed(process, write))
            # All that it said goes out before its end does: what is closed first is lost.
            for read, out in zip(reads, (process.stdout, process.stderr), strict=False):
                group.create_task(_pump(read, out))
            status = await child.wait()
            feeding.cancel()
    process.exit(_status(status))


async def _piped(argv: list[str], home: Path, environment: Mapping[str, str]) -> _Program:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd=home, env=environment, start_new_session=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    given = child.stdin

    def write(data: bytes) -> None:
        if data:
            given.write(data)
        else:
            given.close()

    return child, (child.stdout, child.stderr), write


async def _under_terminal(
    argv: list[str], home: Path, environment: Mapping[str, str], stack: contextlib.ExitStack
) -> _Program:
    ours, theirs = pty.openpty()
    stack.callback(os.close, ours)
    child = await asyncio.create_subprocess_exec(
        *argv, stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, env=environment, start_new_session=True
    )
    os.close(theirs)
    read = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(read), os.fdopen(os.dup(ours), "rb", 0)
    )

    def write(data: bytes) -> None:
        os.write(ours, data or b"\x04")  # a terminal's end of input is a character

    return child, (read,), write


async def _feed(process: "asyncssh.SSHServerProcess[bytes]", write: Callable[[bytes], None]) -> None:
    """Pass on what is typed, and that nothing more will be."""
    with contextlib.suppress(OSError, asyncssh.BreakReceived, asyncssh.SignalReceived):
        while True:
            try:
                data = await process.stdin.read(65536)
            except asyncssh.TerminalSizeChanged:
                continue  # the demonstration's shell keeps its first size
            write(data)
            if not data:
                return


async def _pump(read: asyncio.StreamReader, out: "asyncssh.SSHWriter[bytes]") -> None:
    """Pass on what a program says, until it has said all. A terminal ends with EIO."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await read.read(65536):
            out.write(data)
            await out.drain()


def _status(returned: int) -> int:
    return returned if returned >= 0 else 128 - returned


async def _answers(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return

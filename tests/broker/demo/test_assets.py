"""The demonstration's machines: they answer as the real ones would, on this machine alone, and end when left."""

import asyncio
from pathlib import Path

import asyncssh
import pytest
from pymodbus.client import AsyncModbusTcpClient

import broker.demo.assets as module
from broker.demo.assets import Station, controller, engineering_station, operator_page
from tests.programs import needs


async def shell(station: Station, command: str, *, terminal: bool = False) -> asyncssh.SSHCompletedProcess:
    """What a command comes to at the station, under its own pinned key."""
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{station.port} {station.host_key}\n")
    async with asyncssh.connect(
        "127.0.0.1",
        station.port,
        username=station.user,
        client_keys=[asyncssh.import_private_key(station.private_key)],
        known_hosts=known,
        config=None,
        agent_path=None,
    ) as connection:
        return await connection.run(command, term_type="xterm" if terminal else None)


@pytest.mark.parametrize(
    "kind", [pytest.param("OpenSSH sshd", marks=needs("sshd", "sftp-server")), "simulated"]
)
async def test_the_engineering_station_has_a_shell_and_files_of_its_own(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "simulated":  # as on a machine without an sshd
        monkeypatch.setattr(module, "_may_run_sshd", lambda: False)
    async with engineering_station(tmp_path / "eng-ws-1") as station:
        assert station.kind == kind
        done = await shell(station, "echo out; echo err >&2; exit 3")
        assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 3)
        home = await shell(station, "cd && pwd")
        assert str(home.stdout).strip() == str(tmp_path / "eng-ws-1" / "home")
        under_terminal = await shell(station, "tty && exit 4", terminal=True)
        assert under_terminal.exit_status == 4
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", station.port)


async def test_nobody_else_s_key_opens_the_station(tmp_path: Path) -> None:
    async with engineering_station(tmp_path / "eng-ws-1") as station:
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh")
        other = Station(station.port, station.user, station.host_key, stranger, station.kind)
        with pytest.raises(asyncssh.PermissionDenied):
            await shell(other, "id")


async def test_the_controller_answers_modbus_and_remembers() -> None:
    async with controller() as port:
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        assert await client.connect()
        await client.write_register(40, 350, device_id=1)
        read = await client.read_holding_registers(40, count=1, device_id=1)
        client.close()
        assert read.registers == [350]


async def test_the_operator_s_page_is_a_page() -> None:
    async with operator_page() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: hmi-1\r\n\r\n")
        page = await reader.read()
        writer.close()
    assert page.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Turbine 1" in page

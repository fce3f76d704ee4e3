"""An engine as the gate sees it: what is not right is refused before anything starts, and what ends is gone."""

import asyncio
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from broker.conduits.far_end import FarEnd
from broker.conduits.rdp.desktop import Desktops
from broker.conduits.target import UnreachableError
from domain.errors import DecisionError
from domain.plant import Endpoint, Protocol
from domain.web import CERTIFICATE, Web
from tests.for_each import for_each
from tests.rdp_server import PASSWORD, USER, xrdp
from tests.vnc_server import vnc_server

PINNED = Web(certificates=(CERTIFICATE + "ab" * 32,))
END = FarEnd(username=USER, password=PASSWORD)


def endpoint(port: int = 3389, web: Web | None = PINNED) -> Endpoint:
    return Endpoint(Protocol.RDP, ip_address("127.0.0.1"), port, web=web)


@for_each(
    ("there", "end", "code"),
    [
        (endpoint(web=None), END, "rdp_not_pinned"),
        (endpoint(web=Web(host="desk.plant.example")), END, "rdp_not_pinned"),
        (endpoint(), FarEnd(), "rdp_no_password"),
        (endpoint(), FarEnd(password=PASSWORD), "rdp_no_password"),
        (endpoint(), FarEnd(username=USER, password="two\nlines"), "rdp_no_password"),
        (endpoint(), FarEnd(username=USER, password="x" * 256), "rdp_no_password"),
    ],
)
def test_without_a_pin_or_a_credential_there_is_nothing_to_start(
    there: Endpoint, end: FarEnd, code: str
) -> None:
    """The client would take any certificate, or be told what it can't read."""
    with pytest.raises(DecisionError) as refused:
        Desktops()(there, end)
    assert refused.value.code == code


async def test_no_more_engines_than_the_machine_carries_and_none_where_nothing_answers_rdp() -> None:
    with pytest.raises(DecisionError) as full:
        await Desktops(most=0)(endpoint(), END).start()
    assert full.value.code == "rdp_too_many"
    desktops = Desktops(most=1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    for _ in range(2):  # the one that failed has given its place back
        with pytest.raises(UnreachableError):
            await desktops(endpoint(port), END).start()
    server = await asyncio.start_server(says_rfb, "127.0.0.1", 0)
    async with server:
        with pytest.raises(UnreachableError, match="no RDP server"):
            await desktops(endpoint(server.sockets[0].getsockname()[1]), END).start()


async def test_an_end_in_the_middle_leaves_nothing_and_one_that_hangs_is_killed(tmp_path: Path) -> None:
    """A session that ends while its engine starts, and an engine that does not hear."""
    deaf = (
        sys.executable,
        "-c",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()",
    )
    desktops = Desktops(command=deaf)
    async with vnc_server(tmp_path / "x") as desk, xrdp(tmp_path / "r", desk) as asset:
        one = desktops(endpoint(asset.port, asset.web), END)
        async with asyncio.TaskGroup() as group:
            starting = group.create_task(failed(one.start()))
            async with asyncio.timeout(20):
                while not desktops.pids():
                    await asyncio.sleep(0.02)
            one.end()
        assert starting.result() == "session_over"
        assert one.gone()
        assert desktops.pids() == ()


def says_rfb(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"RFB 003.008\n")
    writer.close()


async def failed(start: object) -> str:
    with pytest.raises(DecisionError) as refused:
        await start  # type: ignore[misc]
    return refused.value.code

import asyncio
from ipaddress import ip_address

import asyncssh
import pytest

from broker.console.browsing.bridge import (
    GONE,
    PIECE_BYTES,
    WINDOW_BYTES,
    carry,
    first,
    open_session,
    refused,
)
from broker.console.browsing.keys import Identity, new_key
from broker.console.browsing.talk import Ended
from broker.doorway import Doorway
from domain.access import Grant, PassageKind
from domain.errors import PeerError
from domain.ids import AssetId, PermitId
from domain.plant import Endpoint, Protocol
from tests.broker.console.browsing.conftest import ana_at
from tests.peers.gate import PeerGate

PORT = 5900
FORWARD = frozenset({Grant(PassageKind.FORWARD, PORT)})
ASSET = AssetId("eng-ws-1")


class Browser:
    """A browser's end of a WebSocket, in memory: what it is sent, and what it sends."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.reads = asyncio.Event()
        self.reads.set()
        self._sends: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, data: bytes | None) -> None:
        self._sends.put_nowait(data)

    async def came(self) -> bytes | None:
        return await self._sends.get()

    async def send(self, data: bytes) -> None:
        await self.reads.wait()
        self.got += data

    async def until(self, size: int) -> None:
        async with asyncio.timeout(20):
            while len(self.got) < size:
                await asyncio.sleep(0.01)


def stranger_s(permit: str) -> Identity:
    """A certificate of an authority that is not the gate's."""
    key, authority = new_key(), asyncssh.generate_private_key("ssh-ed25519")
    made = authority.generate_user_certificate(
        asyncssh.import_public_key(key.public), permit, principals=[f"permit-{permit}"]
    )
    return Identity(key, made.export_certificate("openssh").decode())


def doorway(gate: PeerGate) -> Doorway:
    _, *key = gate.known_hosts.read_text().split()
    return Doorway(gate.host, gate.port, " ".join(key[:2]))


async def test_a_door_with_another_host_key_is_sent_nothing(gate: PeerGate) -> None:
    """What answers there may be anything: the key that is compared came over the gate's own socket."""
    other = Doorway(gate.host, gate.port, new_key().public)
    with pytest.raises(PeerError, match="Something else answers"):
        async with open_session(other, PermitId("p" * 26), stranger_s("p" * 26)):
            raise AssertionError
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignInFailed"]


async def test_a_certificate_of_another_authority_opens_nothing(gate: PeerGate) -> None:
    with pytest.raises(PeerError, match="did not take this browser's certificate"):
        async with open_session(doorway(gate), PermitId("p" * 26), stranger_s("p" * 26)):
            raise AssertionError
    assert await gate.seen("SignInFailed")


async def test_without_a_gate_it_says_that_its_door_does_not_answer() -> None:
    nowhere = Doorway("127.0.0.1", 1, new_key().public)
    with pytest.raises(PeerError, match="The gate's door does not answer"):
        async with open_session(nowhere, PermitId("p" * 26), stranger_s("p" * 26)):
            raise AssertionError


async def test_bytes_go_both_ways_unaltered_and_each_side_s_end_ends_the_other(gate: PeerGate) -> None:
    served: list[asyncio.StreamWriter] = []
    ended = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()
        ended.set()

    payload = bytes(range(256)) * 2048
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gate.place("eng-ws-1", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
        grants = frozenset({Grant(PassageKind.FORWARD, port)})
        async with ana_at(gate, grants=grants) as ssh:
            browser = Browser()
            for at in range(0, len(payload), 50_000):
                browser.say(payload[at : at + 50_000])
            async with asyncio.TaskGroup() as group:
                carrying = group.create_task(carry(browser, ssh, ASSET, port))
                await browser.until(len(payload))
                browser.say(None)
            assert bytes(browser.got) == payload
            assert carrying.result() == GONE
            async with asyncio.timeout(10):
                await ended.wait()
            again = Browser()
            async with asyncio.TaskGroup() as group:
                carrying = group.create_task(carry(again, ssh, ASSET, port))
                again.say(b"here")
                await again.until(4)
                served[-1].close()
            assert carrying.result().code == "asset_closed"


async def test_a_browser_that_reads_nothing_stops_the_asset_and_costs_no_more_than_the_windows(
    gate: PeerGate,
) -> None:
    took = 0
    stuck = asyncio.Event()

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal took
        piece = bytes(65536)
        while took < 64_000_000:
            writer.write(piece)
            try:
                async with asyncio.timeout(1):
                    await writer.drain()
            except (TimeoutError, ConnectionError):
                break
            took += len(piece)
        stuck.set()
        writer.transport.abort()

    async with await asyncio.start_server(flood, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gate.place("eng-ws-1", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
        async with ana_at(gate, grants=frozenset({Grant(PassageKind.FORWARD, port)})) as ssh:
            browser = Browser()
            browser.reads.clear()
            async with asyncio.TaskGroup() as group:
                carrying = group.create_task(carry(browser, ssh, ASSET, port))
                async with asyncio.timeout(20):
                    await stuck.wait()
                browser.say(None)
            assert carrying.result() == GONE
    assert took < 32_000_000, "the asset was stopped, by the windows and sockets in between"


async def test_what_the_gate_does_not_open_is_told_in_its_own_words(gate: PeerGate) -> None:
    gate.place("eng-ws-1", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), PORT))
    async with ana_at(gate, grants=FORWARD) as ssh:
        gate.plant.filed.clear()
        ended = await carry(Browser(), ssh, ASSET, PORT)
    assert ended.code == "no_permit"
    assert ended.words.startswith("penstock: refused [no_permit]: ")
    refusal = (await gate.seen("PassageRefused"))[0]
    assert (refusal.passage, refusal.code) == (f"forward:{PORT}", "no_permit")


async def test_of_several_that_end_at_once_the_one_that_is_named_first_says_how() -> None:
    closed: list[str] = []

    async def ends(code: str) -> Ended:
        return Ended(code)

    async def goes_on() -> Ended:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("over")
        raise AssertionError

    assert (await first(ends("a"), goes_on(), ends("b"))).code == "a"
    assert closed == ["over"]


def test_a_refusal_in_no_known_form_is_told_all_the_same() -> None:
    assert refused("no such thing") == Ended(
        "refused", "The gate did not open this.", words="penstock: no such thing"
    )
    assert PIECE_BYTES < WINDOW_BYTES

"""What ``HttpWay`` does where its device, or the gate, does not: the good cases are in ``test_origins.py``, over the real gate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
import pytest

from broker.console.panels.open_panels import NotOpenedError
from broker.console.panels.way import HttpWay
from domain.errors import PeerError
from domain.ids import AssetId

REFUSED = "penstock: refused [window_over]: The window is over. What to do: ask for a new permit."
HOST = [(b"host", b"asset")]


class Device(asyncssh.SSHServer):
    """An SSH server that answers forwards by a script: for each connection, what it says to each request."""

    def __init__(self, script: list[list[bytes]]) -> None:
        self.script = script
        self.asked: list[bytes] = []

    def begin_auth(self, username: str) -> bool:
        return False

    def connection_requested(self, *_: object) -> object:
        if not self.script:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, REFUSED)
        answers = self.script.pop(0)

        async def serve(reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
            for answer in answers:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head.partition(b" HTTP")[0])
                writer.write(answer)
            writer.close()

        return serve


@asynccontextmanager
async def way(*script: list[bytes]) -> AsyncIterator[tuple[HttpWay, Device]]:
    device = Device(list(script))
    key = asyncssh.generate_private_key("ssh-ed25519")
    async with (
        await asyncssh.listen(
            "127.0.0.1", 0, server_factory=lambda: device, server_host_keys=[key], encoding=None
        ) as server,
        await asyncssh.connect(
            "127.0.0.1",
            server.get_port(),
            known_hosts=None,
            config=None,
            username="x",
            client_keys=None,
            agent_path=None,
        ) as ssh,
    ):
        one = HttpWay(ssh, AssetId("plc-07"), 80)
        yield one, device
        await one.close()


def said(body: bytes, length: int | None = None) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body) if length is None else length,
        body,
    )


async def text(one: HttpWay, method: str, target: bytes, body: AsyncIterator[bytes] | None = None) -> bytes:
    fields = [*HOST, (b"content-length", b"1")] if body is not None else HOST
    answer = await one.ask(method, target, fields, body)
    try:
        return b"".join([piece async for piece in answer.body])
    finally:
        await answer.close()


async def once() -> AsyncIterator[bytes]:
    yield b"x"


async def test_a_connection_serves_one_request_after_another_and_a_safe_one_is_asked_again_where_it_ended() -> (
    None
):
    async with way([said(b"a"), said(b"b")], [said(b"c")]) as (one, device):
        assert [await text(one, "GET", b"/1"), await text(one, "GET", b"/2?x=%20")] == [b"a", b"b"]
        assert await text(one, "GET", b"/3") == b"c"
    assert device.asked == [b"GET /1", b"GET /2?x=%20", b"GET /3"]


async def test_what_changes_something_is_asked_once() -> None:
    async with way([], [said(b"never asked for")]) as (one, device):
        with pytest.raises(PeerError, match="without an answer"):
            await text(one, "POST", b"/set", once())
        assert device.asked == []


async def test_what_the_gate_does_not_open_says_why_and_what_is_broken_off_is_told_so() -> None:
    async with way([said(b"half", 100)]) as (one, _):
        with pytest.raises(PeerError, match="broke its answer off"):
            await text(one, "GET", b"/")
        with pytest.raises(NotOpenedError) as error:
            await text(one, "GET", b"/")
        assert error.value.ended.code == "window_over"
        assert error.value.ended.words == REFUSED


async def test_six_connections_at_most_are_open_at_once() -> None:
    held = [[said(b"x")] for _ in range(20)]
    async with way(*held) as (one, device):
        async with asyncio.timeout(20):
            assert (
                await asyncio.gather(*(text(one, "GET", b"/%d" % number) for number in range(20)))
                == [b"x"] * 20
            )
        assert len(device.asked) == 20

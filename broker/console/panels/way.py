"""HTTP from a page's origin to its device: httpcore over forwards of the gate's own door. Imported with the first page.

Each connection is a ``direct-tcpip`` channel, decided, recorded and read as one behind ``ssh -L``; this side knows no other
way out. Nothing is held here: bodies go on as fast as the slower side takes them.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import asyncssh
import httpcore2

from broker.console.browsing.bridge import PIECE_BYTES, WINDOW_BYTES, refused
from broker.console.panels.heads import NEAR_END
from broker.console.panels.open_panels import Answer, NotOpenedError
from domain.errors import PeerError
from domain.ids import AssetId
from domain.said import say

MOST_CONNECTIONS = 6
"""As many as a browser opens to one host."""

IDLE_S = 60.0
WAIT_S = 60.0
"""How long a request may wait for one of the connections."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOST = (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError)


class HttpWay:
    """The way of one page, over its tab's connection to the gate."""

    def __init__(self, ssh: asyncssh.SSHClientConnection, asset: AssetId, port: int) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=_Forwards(ssh, asset, port),
        )

    async def ask(
        self,
        method: str,
        target: bytes,
        fields: Sequence[tuple[bytes, bytes]],
        body: AsyncIterator[bytes] | None,
    ) -> Answer:
        """As ``open_panels.Way`` says. What is safe is asked once more where an idle connection had just ended."""
        again = body is None and method in SAFE
        while True:
            request = httpcore2.Request(
                method,
                httpcore2.URL(scheme=b"http", host=NEAR_END, port=80, target=target),
                headers=list(fields),
                content=body,
                extensions={"timeout": {"pool": WAIT_S}},
            )
            try:
                response = await self._pool.handle_async_request(request)
            except _LOST as error:
                if not again:
                    raise _nothing_sound() from error
                again = False
            except (httpcore2.LocalProtocolError, httpcore2.PoolTimeout) as error:
                raise _nothing_sound() from error
            else:
                return Answer(response.status, response.headers, _read(response), response.aclose)

    async def close(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


async def _read(response: httpcore2.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_stream():
            yield piece
    except _LOST as error:
        raise PeerError("The device broke its answer off.") from error


def _nothing_sound() -> PeerError:
    return PeerError(
        say("The device ended the connection without an answer."),
        remedy=say("Try again; then ask the plant whether it works."),
    )


class _Forwards(httpcore2.AsyncNetworkBackend):
    def __init__(self, ssh: asyncssh.SSHClientConnection, asset: AssetId, port: int) -> None:
        self._ssh, self._asset, self._port = ssh, asset, port

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - there is one place to go
        port: int,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        try:
            reader, writer = await self._ssh.open_connection(
                self._asset, self._port, encoding=None, window=WINDOW_BYTES, max_pktsize=PIECE_BYTES
            )
        except asyncssh.ChannelOpenError as error:
            raise NotOpenedError(refused(error.reason)) from error
        except (asyncssh.Error, OSError) as error:
            raise _nothing_sound() from error
        return _Forward(reader, writer)


class _Forward(httpcore2.AsyncNetworkStream):
    """One connection. httpcore asks whether it ended meanwhile before it uses it again."""

    def __init__(self, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's signature
        try:
            return await self._reader.read(max_bytes)
        except (asyncssh.Error, OSError) as error:
            raise httpcore2.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as above
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except (asyncssh.Error, OSError) as error:
            raise httpcore2.WriteError from error

    async def aclose(self) -> None:
        self._writer.channel.abort()

    def get_extra_info(self, info: str) -> Any:
        return (self._reader.at_eof() or self._writer.is_closing()) if info == "is_readable" else None

"""Real servers on 127.0.0.1 that notices are sent to."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HERE = "127.0.0.1"
USERNAME, PASSWORD = "penstock", "a password that nobody may see"


@dataclass
class Place:
    """A server that listens; what it took, in order."""

    port: int = 0
    taken: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, data: bytes) -> None:
        self.taken.append(data)
        self.arrived.set()


@asynccontextmanager
async def listening(
    made: Callable[[], asyncio.BaseProtocol], place: Place, tls: ssl.SSLContext | None
) -> AsyncIterator[Place]:
    opened: list[asyncio.Transport] = []

    def noted() -> asyncio.BaseProtocol:
        protocol = made()
        begin = protocol.connection_made

        def begun(transport: asyncio.Transport) -> None:
            opened.append(transport)
            begin(transport)

        protocol.connection_made = begun  # type: ignore[method-assign, assignment]
        return protocol

    server = await asyncio.get_running_loop().create_server(noted, HERE, 0, ssl=tls)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for transport in opened:
            if not transport.is_closing():
                transport.abort()
        for _ in range(5):  # transports close in callbacks of their own
            await asyncio.sleep(0)


class MailBox:
    """What aiosmtpd hands the mail to; it takes nothing for nobody@."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address.startswith("full@"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self._place.take(envelope.content)
        return "250 taken"


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext, *, at_once: bool = False) -> AsyncIterator[Place]:
    """A mail server that wants TLS and a password."""
    place = Place()

    def let_in(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        good = (given.login, given.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def made() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "a password without TLS": it does not see the TLS around it
            return smtp()

    def smtp() -> SMTP:
        return SMTP(
            MailBox(place),
            hostname="plant.example",
            tls_context=None if at_once else tls,
            require_starttls=not at_once,
            auth_require_tls=not at_once,
            auth_required=True,
            authenticator=let_in,
            loop=asyncio.get_running_loop(),
        )

    async with listening(made, place, tls if at_once else None):
        yield place


@asynccontextmanager
async def http_server(
    tls: ssl.SSLContext | None, answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
) -> AsyncIterator[Place]:
    """A sink for one POST a connection."""
    place = Place()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, _, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            place.headers.append({":request": head.split("\r\n")[0], **headers})
            place.take(body)
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()

    async with listening(lambda: _streams(serve), place, tls):
        yield place


@asynccontextmanager
async def line_server(tls: ssl.SSLContext) -> AsyncIterator[Place]:
    """A syslog collector: takes what comes until the sender closes."""
    place = Place()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place.take(await reader.read())
        writer.close()

    async with listening(lambda: _streams(serve), place, tls):
        yield place


@asynccontextmanager
async def datagram_server() -> AsyncIterator[Place]:
    """A syslog collector that takes datagrams."""
    place = Place()

    class Taking(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            place.take(data)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Taking, local_addr=(HERE, 0))
    place.port = transport.get_extra_info("sockname")[1]
    try:
        yield place
    finally:
        transport.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[Place]:
    """Accepts and never says a word."""

    class Silent(asyncio.Protocol):
        pass

    async with listening(Silent, place := Place(), None):
        yield place


def _streams(serve: Callable[..., object]) -> asyncio.StreamReaderProtocol:
    return asyncio.StreamReaderProtocol(asyncio.StreamReader(), serve)  # type: ignore[arg-type]

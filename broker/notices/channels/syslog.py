"""Notices as lines of syslog (RFC 5424): over TLS (RFC 5425), or one datagram each (RFC 5426)."""

import asyncio
import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from broker.notices.channels.channel import DeliveryError, told_apart, trusting
from broker.notices.message import Message
from broker.settings import SyslogSettings
from domain.canonical import instant_text

FACILITY = 13  # RFC 5424 section 6.2.1: log audit
ALERT, NOTICE = 1, 5  # RFC 5424 section 6.2.1: action must be taken immediately; normal but significant
GOODBYE_S = 2.0
MOST_BYTES = 2048  # RFC 5426 section 3.2: what every receiver should take


@dataclass(frozen=True, slots=True)
class Syslog:
    """A collector. It takes lines and says nothing, so that a line counts as sent and not as confirmed."""

    settings: SyslogSettings
    host: str
    """This node's name in each line."""
    timeout_s: float

    name = "syslog"
    confirms = False
    personal = False

    async def send(self, message: Message) -> None:
        """Hand one line over."""
        line = written(message, self.host)
        where = f"The syslog collector {self.settings.host}:{self.settings.port}"
        with told_apart(where):
            async with asyncio.timeout(self.timeout_s):
                if self.settings.transport == "udp":
                    await self._datagram(line)
                else:
                    bounds = self.settings
                    await hand_over(
                        [line], bounds.host, bounds.port, ca_file=bounds.ca_file, timeout_s=self.timeout_s
                    )

    async def _datagram(self, line: bytes) -> None:
        loop = asyncio.get_running_loop()
        refused: asyncio.Future[None] = loop.create_future()

        class Told(asyncio.DatagramProtocol):
            def error_received(self, exc: Exception) -> None:
                if not refused.done():
                    refused.set_exception(exc)

        transport, _ = await loop.create_datagram_endpoint(
            Told, remote_addr=(self.settings.host, self.settings.port)
        )
        transport.sendto(line)
        transport.close()
        if refused.done():
            await refused


async def hand_over(lines: Sequence[bytes], host: str, port: int, *, ca_file: str, timeout_s: float) -> None:
    """Send ``lines`` over one connection, and see it end in order: all that a collector of syslog ever confirms.

    Blocks for as long as the collector won't read; whoever calls sets the time-out.
    """
    context = await asyncio.to_thread(trusting, ca_file)
    reader, writer = await asyncio.open_connection(
        host,
        port,
        ssl=context,
        server_hostname=host,
        ssl_shutdown_timeout=min(GOODBYE_S, timeout_s),
    )
    try:
        for line in lines:
            writer.write(f"{len(line)} ".encode() + line)  # RFC 5425 section 4.3: octet counting
            await writer.drain()
        writer.close()
        with suppress(ConnectionResetError, TimeoutError):  # a collector that leaves without a goodbye
            await writer.wait_closed()
    finally:
        writer.close()
    if reader.exception() is not None:
        raise DeliveryError("The syslog collector broke the connection off.", code="refused")


def written(message: Message, host: str) -> bytes:
    """One line of RFC 5424, ASCII throughout; its text is a JSON object that ends where the line does."""
    priority = FACILITY * 8 + (ALERT if message.urgent else NOTICE)
    head = f"<{priority}>1 {instant_text(message.at)} {word(host)} penstock - {message.kind.value} - "
    told: dict[str, object] = {
        "id": message.id,
        "to": message.to,
        "subject": message.subject,
        "link": message.link,
        "urgent": message.urgent,
    }
    whole = head + json.dumps(told | {"sentences": message.sentences}, ensure_ascii=True)
    if len(whole) > MOST_BYTES or not message.sentences:
        whole = head + json.dumps(told, ensure_ascii=True)
    return whole.encode("ascii", "replace")


def this_host() -> str:
    """This machine's name."""
    return socket.gethostname()


def word(host: str) -> str:
    """``host`` as RFC 5424 takes a name."""
    return "".join(one for one in host if "!" <= one <= "~")[:255] or "-"

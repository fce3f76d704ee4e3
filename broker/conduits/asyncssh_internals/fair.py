"""A connection that takes no more from one side than the other side takes off its hands."""

import asyncio
import socket

from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import SSHPacketLogger

from broker.conduits.asyncssh_internals.bounds import REPLIES_BYTES
from broker.conduits.asyncssh_internals.lean import Lean
from broker.conduits.asyncssh_internals.paced import Paced
from broker.conduits.company import SHARED_BYTES


class Fair(Lean):
    """A connection that stops taking from its channels while its peer does not read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if hasattr(transport, "max_size"):
            transport.max_size = SHARED_BYTES
        super().connection_made(transport)
        self.hurry()

    def hurry(self) -> None:
        """Acknowledge at once during hand-shakes; a delayed ACK meets Nagle for 40 ms each way."""
        sock = self._transport.get_extra_info("socket") if self._transport else None
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        super().data_received(data, datatype)
        if not self._auth_complete:
            self.hurry()
        self.settle()

    def settle(self) -> None:
        """Stop listening to a peer that leaves the answers to its own requests unread."""
        transport = self._transport
        if transport is not None and transport.get_write_buffer_size() > REPLIES_BYTES:
            transport.pause_reading()

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()
        self._relieve()

    def send_newkeys(self, k: bytes, h: bytes) -> None:
        super().send_newkeys(k, h)
        self._relieve()

    def _relieve(self) -> None:
        for channel in tuple(self._channels.values()):
            if isinstance(channel, Paced):
                channel.relieve()

    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        # asyncssh sends an empty packet before each, against an attack on CBC (RFC 4251 section 9.3.1).
        # We speak no CBC, and it doubles the system calls of every keystroke.
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)

    def unsent_bytes(self) -> int:
        """What waits in the transport for the peer to read."""
        return self._transport.get_write_buffer_size() if self._transport else 0

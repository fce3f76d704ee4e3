# ruff: noqa: ARG002 - this package exists to use what is private in asyncssh, with its signatures
"""An SSH connection inside a channel of another: ``ssh -J``, ended here. The channel is its transport."""

import asyncio
from typing import Any

import asyncssh
from asyncssh.connection import SSHServerConnection

from broker.conduits.asyncssh_internals.vendor_connection import VendorConnection


class InnerConnection(VendorConnection):
    """A connection whose outer one has proved already who is there."""

    async def send_userauth_success(self) -> None:
        # Nothing is asked: not even a factor would tell more than the connection around this one has.
        await SSHServerConnection.send_userauth_success(self)

    def straighten(self) -> bool:
        # The payload relay of the connection around it is reading into the one place there is, at this moment.
        return False

    def hurry(self) -> None:
        pass


class ChannelTransport(asyncio.Transport):
    """A channel, as the transport of a connection inside it."""

    def __init__(self, channel: Any) -> None:
        super().__init__()
        self._channel = channel
        self._reading = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As of the channel; there is no socket of its own."""
        return default if name == "socket" else self._channel.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._channel.is_closing():
            self._channel.write(bytes(data))

    def get_write_buffer_size(self) -> int:
        return int(self._channel.get_write_buffer_size())

    def is_closing(self) -> bool:
        return bool(self._channel.is_closing())

    def close(self) -> None:
        self._channel.close()

    def abort(self) -> None:
        self._channel.abort()

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False
        self._channel.pause_reading()

    def resume_reading(self) -> None:
        self._reading = True
        self._channel.resume_reading()


class Inside(asyncssh.SSHTCPSession[bytes]):
    """Carries the bytes of a channel to the connection inside it. asyncssh calls this."""

    def __init__(self, inner: InnerConnection) -> None:
        self._inner = inner

    def connection_made(self, chan: Any) -> None:
        self._inner.connection_made(ChannelTransport(chan))

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> bool:
        self._inner.eof_received()
        return False

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

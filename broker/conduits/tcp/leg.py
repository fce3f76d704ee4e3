"""The gate's own TCP connection to an asset, without the detours of asyncio's transports.

Reads into one place for all, sends at once what the system takes, and keeps the rest. Each direction ends on its
own. Whoever it belongs to is called from the event loop, never from within one of its own calls, except ``slow``.
"""

import asyncio
import socket
from typing import Protocol

from broker.conduits.company import ALONE_BYTES, company

HIGH_BYTES = 64 * 1024
"""Unsent bytes above which the other side is to wait, until none are left."""

_inbox = memoryview(bytearray(ALONE_BYTES))
"""Where the one loop of this process reads to. Nothing stays in it between two readings."""


class Side(Protocol):
    """Whoever a leg belongs to."""

    party: object
    """What the company of one loop knows it by."""

    def asset_sent(self, data: memoryview) -> None:
        """Bytes arrived. They must not be kept: the next reading overwrites them."""
        ...

    def asset_ended(self) -> None:
        """The asset will send no more."""
        ...

    def asset_slow(self) -> None:
        """The asset does not read: write no more for now."""
        ...

    def asset_ready(self) -> None:
        """The asset reads again."""
        ...

    def asset_gone(self) -> None:
        """The connection is closed. Called once, and last."""
        ...


class Leg:
    """One connection. Owns ``sock``, which is connected and does not block; reads nothing until told to."""

    def __init__(self, sock: socket.socket, side: Side) -> None:
        self._sock = sock
        self._side = side
        self._loop = asyncio.get_running_loop()
        self._fd = sock.fileno()
        self._unsent = bytearray()
        self._slow = False
        self._reading = False
        self._asset_ended = False
        self._eof = False
        self._closing = False
        self._gone = False

    def resume_reading(self) -> None:
        """Read, and go on reading."""
        if not self._reading and not self._asset_ended and not self._closing:
            self._reading = True
            self._loop.add_reader(self._fd, self._read)

    def pause_reading(self) -> None:
        """Leave what arrives to the system, which makes the asset wait."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def is_reading(self) -> bool:
        """Whether bytes may arrive."""
        return self._reading

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._closing

    def write(self, data: bytes | memoryview) -> None:
        """Send ``data``, now as far as possible, the rest as soon as the asset reads."""
        if self._closing or self._eof:
            return
        sent = 0
        if not self._unsent:
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                self.abort()
                return
            if sent == len(data):
                return
            self._loop.add_writer(self._fd, self._flush)
        self._unsent += data[sent:]
        if len(self._unsent) > HIGH_BYTES and not self._slow:
            self._slow = True
            self._side.asset_slow()

    def write_eof(self) -> None:
        """Say that nothing more follows, once all is sent."""
        if not self._eof and not self._closing:
            self._eof = True
            if not self._unsent:
                self._shut()

    def close(self) -> None:
        """Close once all is sent."""
        if not self._closing:
            self.pause_reading()
            self._closing = True
            if not self._unsent:
                self._end()

    def abort(self) -> None:
        """Close now; what was not sent is dropped."""
        self.pause_reading()
        self._closing = True
        if self._unsent:
            self._unsent.clear()
            self._loop.remove_writer(self._fd)
        self._end()

    def _read(self) -> None:
        try:
            count = self._sock.recv_into(_inbox, company.may_read(self._side.party, self._loop.time()))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.abort()
            return
        if count:
            company.read(self._side.party, count, self._loop.time())
            self._side.asset_sent(_inbox[:count])
        else:
            self.pause_reading()
            self._asset_ended = True
            self._side.asset_ended()

    def _flush(self) -> None:
        try:
            del self._unsent[: self._sock.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.abort()
            return
        if self._unsent:
            return
        self._loop.remove_writer(self._fd)
        if self._eof:
            self._shut()
        if self._closing:
            self._end()
        elif self._slow:
            self._slow = False
            self._side.asset_ready()

    def _shut(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.abort()

    def _end(self) -> None:
        if not self._gone:
            self._gone = True
            self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._sock.close()
        self._side.asset_gone()

"""A channel whose bytes go straight to whoever passes them on, and straight from there into packets.

Half of the payload relay; ``lean`` is the other half. State is asyncssh's own (windows, buffers, what is open),
so that every packet may go either way: whatever is not plain data in plain circumstances is left to asyncssh.
"""

from collections.abc import Callable
from typing import Any

from asyncssh.channel import SSHChannel

from broker.conduits.asyncssh_internals.quiet import Quiet
from broker.conduits.company import ALONE_BYTES


class Straight(Quiet, SSHChannel[bytes]):
    """A channel that may be given a sink. Without one it is asyncssh's, unchanged."""

    _conn: Any  # a Lean
    sink: Callable[[bytes | memoryview], None] | None = None
    party: object = None
    """What the company of one loop knows this channel and the one at the other leg by."""

    def pass_to(self, sink: Callable[[bytes | memoryview], None], party: object) -> None:
        """From now on ``sink`` gets the data, no session in between; does nothing where asyncssh is another.

        What it gets is often a view of a place that the next reading writes anew: it must not be kept.
        """
        if self._conn is not None and self._conn.straighten():
            self.sink, self.party = sink, party

    # -- in --------------------------------------------------------------------------------------

    def takes(self, count: int) -> bool:
        """Whether so much plain data is in order now; it then counts against the window. Else asyncssh has to judge it."""
        if (
            self.sink is None
            or self._recv_state != "open"
            or not 0 < count <= self._recv_window
            or self._send_state in {"close_pending", "closed"}
        ):
            return False
        self._recv_window -= count
        return True

    def arrived(self, data: memoryview) -> None:
        """Pass on data for which ``takes`` said yes, or keep a copy while reading is paused."""
        if self._recv_paused:
            self._recv_buf.append((bytes(data), None))
        else:
            self._deliver_data(data, None)

    def _deliver_data(self, data: bytes | memoryview, datatype: int | None) -> None:
        if self.sink is None or datatype is not None:
            super()._deliver_data(bytes(data), datatype)
            return
        self.sink(data)
        self._credit()

    def _credit(self) -> None:
        # Only what the other leg took is given back, and only once it is worth a packet.
        window = self._init_recv_window
        if not self._recv_paused and self._recv_window < window // 2 and self._recv_state == "open":
            if self._send_chan is not None:
                self._conn.send_window(self._send_chan, window - self._recv_window)
            self._recv_window = window

    def _flush_recv_buf(self, exc: Exception | None = None) -> None:
        if self.sink is not None and not self._recv_paused:
            self._recv_buf = _joined(self._recv_buf)
        super()._flush_recv_buf(exc)
        if self.sink is not None:
            self._credit()

    # -- out -------------------------------------------------------------------------------------

    def window_grew(self, count: int) -> bool:
        """Take note that the peer can hold so much more; False when that is not in order."""
        if self.sink is None or self._recv_state not in {"open", "eof_pending", "eof"}:
            return False
        self._send_window += count
        if self._send_buf:
            self._flush_send_buf()
        return True

    def write(self, data: bytes | memoryview, datatype: int | None = None) -> None:
        if (
            self.sink is None
            or datatype is not None
            or self._send_state != "open"
            or self._send_buf
            or len(data) > self._send_window
            or not self._conn.ready
        ):
            super().write(bytes(data), datatype)
            return
        self._send_window -= len(data)
        self._conn.send_data(self._send_chan, memoryview(data), self._send_pktsize)
        if not self._conn.ready:
            self._pause_resume_writing()

    def _flush_send_buf(self) -> None:
        conn = self._conn
        while self.sink is not None and self._send_buf and self._send_window and conn.ready:
            data, datatype = self._send_buf[0]
            if datatype is not None:
                break
            count = min(len(data), self._send_window, ALONE_BYTES)
            with memoryview(data) as view:
                self._send_window -= count
                self._send_buf_len -= count
                conn.send_data(self._send_chan, view[:count], self._send_pktsize)
            if count == len(data):
                del self._send_buf[0]
            else:
                del data[:count]
        if self._send_buf and not conn.ready:
            self._pause_resume_writing()
        else:
            super()._flush_send_buf()

    def _pause_resume_writing(self) -> None:
        if self.sink is None or self._session is None:
            super()._pause_resume_writing()
        elif not self._send_paused:
            if not self._conn.ready or self._send_buf_len > self._send_high_water:
                self._send_paused = True
                self._session.pause_writing()
        elif self._conn.ready and self._send_buf_len <= self._send_low_water:
            self._send_paused = False
            self._session.resume_writing()


def _joined(buffer: list[tuple[bytes, int | None]]) -> list[tuple[bytes, int | None]]:
    """The same data in fewer pieces, each no longer than one reading of a connection."""
    if len(buffer) < 2:
        return buffer
    joined: list[tuple[bytes, int | None]] = []
    parts: list[bytes] = []
    kind, length = buffer[0][1], 0
    for data, datatype in buffer:
        if parts and (datatype != kind or length + len(data) > ALONE_BYTES):
            joined.append((b"".join(parts), kind))
            parts, length = [], 0
        parts.append(data)
        kind, length = datatype, length + len(data)
    joined.append((b"".join(parts), kind))
    return joined

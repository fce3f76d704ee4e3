"""What the screen of a live session shows, for one watcher: read from its recording, as that grows.

A screen can't be begun in its middle: what is drawn depends on what was drawn, and compressed rectangles on those
before them. So a watcher is given the stream from the channel's beginning, as fast as they draw it, and then as it is
recorded. As with a terminal the gate is not asked and does not know.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from broker.conduits.vnc.recorded import (
    BEGINS,
    BYTES_OF_A_SCREEN,
    CLOSED,
    HEAD,
    LIVE,
    SERVER,
    Pieces,
    opens_a_screen,
    piece,
)
from broker.layout import Layout
from broker.sessions.live_view import recorded
from domain.ids import SessionId
from recorder.following import Follower
from recorder.format.frame import Head, Kind

_TOLD = frozenset({Kind.MARK, Kind.CHANNEL_CLOSED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be sent next. ``more``: there is more already; ``ended``: nothing more will come."""

    sent: bytes
    more: bool
    ended: bool


class LiveScreen:
    """One watcher's eyes on one session's screen. Not for the event loop: it reads a disk. EvidenceError when it can't."""

    def __init__(self, layout: Layout, session: SessionId) -> None:
        self._file, self._key = recorded(layout, session)
        try:
            self._told = self._follower()
        except BaseException:
            self._file.close()
            raise
        self._open: set[int] = set()
        self._channel = 0
        self._closed_said = self._live_said = True
        self._bytes: Follower | None = None
        self._pieces = Pieces(0)

    def look(self) -> Seen:
        """What comes next of the newest screen that was open; of another one once that is closed. EvidenceError if damaged."""
        told = self._told.take(lambda head: head.kind in _TOLD)
        for frame in told.frames:
            if opens_a_screen(frame):
                self._open.add(frame.channel)
            elif frame.kind is Kind.CHANNEL_CLOSED:
                self._open.discard(frame.channel)
        if not told.caught_up:  # which screens are open still is not known yet
            return Seen(b"", more=True, ended=False)
        sent, more = self._shown()
        if not more and self._channel not in self._open:
            sent += self._next()
            more = self._channel in self._open
        return Seen(sent, more, told.ended and not more)

    def close(self) -> None:
        """Look no more."""
        self._file.close()

    def _shown(self) -> tuple[bytes, bool]:
        if self._bytes is None:
            return b"", False
        taken = self._bytes.take(partial(_of, self._channel))
        sent = b"".join(_joined(one for frame in taken.frames for one in self._pieces.of(frame)))
        if taken.caught_up and not self._live_said:
            self._live_said = True
            sent += piece(LIVE)
        return sent, not taken.caught_up

    def _next(self) -> bytes:
        """The one screen that is shown was closed, or there was none: the newest that is open, from its beginning."""
        said = b"" if self._closed_said else piece(CLOSED)
        self._closed_said = True
        if not self._open:
            return said
        self._channel = max(self._open)
        self._pieces, self._bytes = Pieces(self._channel), self._follower()
        self._closed_said = self._live_said = False
        return said + piece(BEGINS)

    def _follower(self) -> Follower:
        self._file.seek(0)
        return Follower(self._file, self._key)


def _of(channel: int, head: Head) -> bool:
    return head.channel == channel and head.kind in BYTES_OF_A_SCREEN


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, with what the server said at one go in one piece: each is a message of its own to who draws it."""
    waiting = bytearray()
    for one in pieces:
        if HEAD.unpack_from(one)[1] == SERVER:
            waiting += memoryview(one)[HEAD.size :]
            continue
        if waiting:
            yield piece(SERVER, bytes(waiting))
            waiting.clear()
        yield one
    if waiting:
        yield piece(SERVER, bytes(waiting))


def screens_of(layout: Layout) -> Callable[[SessionId], LiveScreen]:
    """Opens a view of the screen of a live session of this node; EvidenceError where there is no recording of it."""
    return partial(LiveScreen, layout)

"""Follow a recording while it is written: what was recorded, and nothing that was not.

Whoever follows reads the file and touches nobody who writes it. One who falls behind, or comes late, is given
the newest output and told how much was left out; or, where the newest means nothing without the old, all of it at the
pace at which they take it. There is always a bound on what is held for them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.errors import EvidenceError
from recorder.format.cipher import Opener
from recorder.format.frame import HEAD, LINK_BYTES, Frame, Head, Kind
from recorder.format.header import PREAMBLE, SEAL_MAGIC, Header, header_length

LARGEST_LOOK_BYTES = 256 * 1024
"""How much output one look gives at most: some hundred screens."""

MOST_FRAMES = 4096
SHOWN = frozenset({Kind.TO_VENDOR, Kind.TO_VENDOR_ERR})
TOLD = frozenset({Kind.CHANNEL_OPENED, Kind.RESIZE, Kind.MARK, Kind.EXIT, Kind.CHANNEL_CLOSED, Kind.END})
"""Besides what the asset says. What was typed is in none of these: what is not echoed is not shown."""


class Growing(Protocol):
    """A file that somebody else appends to."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes from where it stands."""
        ...

    def seek(self, offset: int, /) -> int:
        """Stand there."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What came since the look before. ``skipped_bytes`` of output, older than all of it, were left out."""

    frames: tuple[Frame, ...]
    skipped_bytes: int
    ended: bool
    """Nothing more will come."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What comes next, oldest first, with nothing left out."""

    frames: tuple[Frame, ...]
    caught_up: bool
    """There is no more by now."""
    ended: bool
    """Nothing more will come."""


class Follower:
    """One reader of one growing recording. ``key`` is the recording's own; EvidenceError when it is not.

    Each frame is authenticated under that key with its number and its head. The chain is not: what is left out
    is not even read. Whoever wants proof verifies the recording when it is sealed.
    """

    def __init__(self, source: Growing, key: bytes, largest_bytes: int = LARGEST_LOOK_BYTES) -> None:
        preamble = source.read(PREAMBLE.size)
        length = header_length(preamble)
        self.header = Header.of(source.read(length))
        self._source = source
        self._opener = Opener(key, self.header.key_commitment)
        self._largest_bytes = largest_bytes
        self._offset = PREAMBLE.size + length
        self._next = 0
        self._ended = False

    def look(self) -> Looked:
        """What is whole by now and was not before; a frame of which a part is missing waits. EvidenceError if broken."""
        kept: deque[tuple[int, Head]] = deque()
        room, skipped = self._largest_bytes, 0
        while (head := self._head()) is not None:
            if head.kind in SHOWN | TOLD:
                kept.append((self._offset + HEAD.size, head))
                room -= head.plain_bytes if head.kind in SHOWN else 0
            while kept and (room < 0 or len(kept) > MOST_FRAMES):
                room, skipped, oldest = self._without_the_oldest(kept, room, skipped)
                if not oldest:
                    break
            self._step(head)
        return Looked(tuple(self._frame(at, head) for at, head in kept), skipped, self._ended)

    def take(self, wanted: Callable[[Head], bool], largest_bytes: int = LARGEST_LOOK_BYTES) -> Taken:
        """The frames that are ``wanted`` of what is whole by now, up to ``largest_bytes`` of them and the one that is beyond.

        For what can't be understood without what was before. EvidenceError if broken. Don't mix it with ``look``.
        """
        frames: list[Frame] = []
        room = largest_bytes
        while room > 0 and (head := self._head()) is not None:
            if wanted(head):
                frames.append(self._frame(self._offset + HEAD.size, head))
                room -= head.plain_bytes
            self._step(head)
        return Taken(tuple(frames), room > 0, self._ended)

    def _step(self, head: Head) -> None:
        self._offset += HEAD.size + head.stored_bytes + LINK_BYTES
        self._next += 1
        self._ended |= head.kind is Kind.END

    def _without_the_oldest(
        self, kept: deque[tuple[int, Head]], room: int, skipped: int
    ) -> tuple[int, int, bool]:
        """Leave out the oldest output; what tells of channels and sizes stays, for the picture depends on it."""
        for place, (_at, head) in enumerate(kept):
            if head.kind in SHOWN and place < len(kept) - 1:
                del kept[place]
                return room + head.plain_bytes, skipped + head.plain_bytes, True
        if len(kept) > MOST_FRAMES:
            kept.popleft()
            return room, skipped, True
        return room, skipped, False

    def _head(self) -> Head | None:
        """The next frame's, if the whole frame is there."""
        if self._ended:
            return None
        self._source.seek(self._offset)
        start = self._source.read(HEAD.size)
        if len(start) < HEAD.size or start.startswith(SEAL_MAGIC):
            return None
        head = Head.decode(start)
        if head.sequence != self._next:
            raise EvidenceError(f"Frame {head.sequence} stands where frame {self._next} belongs.")
        self._source.seek(self._offset + HEAD.size + head.stored_bytes + LINK_BYTES - 1)
        return head if self._source.read(1) else None

    def _frame(self, at: int, head: Head) -> Frame:
        self._source.seek(at)
        body = self._source.read(head.stored_bytes)
        return Frame(head.kind, head.channel, head.elapsed_us, self._opener.open(head, body))

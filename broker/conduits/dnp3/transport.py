"""DNP3's transport function: frames' segments into fragments, and a fragment into frames. Pure.

IEEE 1815-2012, clause 8: a byte before each segment says whether it is the first, whether it is the last, and its
number modulo 64. Any number may be the first's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from broker.conduits.dnp3.link import FROM_MASTER, PRIMARY, UNCONFIRMED, Frame

FINAL, FIRST, NUMBER = 0x80, 0x40, 0x3F
MOST_FRAGMENT = 2048
"""Bytes; clause 8.1 has no fragment longer unless both ends are configured so."""

SEGMENT = 249


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one application sent to the other, and the frames that carried it, as they came."""

    source: int
    destination: int
    data: bytes
    frames: tuple[Frame, ...] = ()

    @property
    def broadcast(self) -> bool:
        """Whether every outstation that hears it takes it for its own."""
        return bool(self.frames) and self.frames[0].broadcast

    def wire(self) -> bytes:
        """The very frames that carried it."""
        return b"".join(frame.wire() for frame in self.frames)


class Reassembly:
    """One direction of a connection. Holds one unfinished fragment at most."""

    def __init__(self) -> None:
        self._held: tuple[Frame, ...] = ()
        self._data = b""
        self.fault = ""
        """Why the segments fit no more; empty while they do."""

    @property
    def unfinished(self) -> bool:
        """Whether a fragment has begun and not ended."""
        return bool(self._held)

    def take(self, frame: Frame) -> Fragment | None:
        """The fragment that ``frame``, which carries a segment, ends; None while it does not, or fits nothing."""
        head, segment = frame.data[0], frame.data[1:]
        self.fault = self.fault or self._unfit(frame, head)
        if self.fault:
            return None
        self._held = (*self._held, frame)
        self._data += segment
        if len(self._data) > MOST_FRAGMENT:
            self.fault = f"A fragment is longer than {MOST_FRAGMENT} bytes."
        if self.fault or not head & FINAL:
            return None
        whole = Fragment(frame.source, frame.destination, self._data, self._held)
        self._held, self._data = (), b""
        return whole

    def _unfit(self, frame: Frame, head: int) -> str:
        if len(frame.data) == 1:
            return "A segment carries nothing."
        if not self._held:
            return "" if head & FIRST else "A fragment's first segment is missing."
        last = self._held[-1]
        if (frame.source, frame.destination) != (last.source, last.destination):
            return "Between the segments of one fragment comes one of another."
        if head & FIRST or head & NUMBER != (last.data[0] + 1) & NUMBER:
            return "The segments of a fragment are not in order."
        return ""


def frames(fragment: Fragment, first: int = 0, *, from_master: bool) -> Iterator[Frame]:
    """``fragment`` in as many frames as it takes; ``first`` is the number of the first segment."""
    control = UNCONFIRMED | PRIMARY | (FROM_MASTER if from_master else 0)
    for at in range(0, len(fragment.data), SEGMENT):
        segment = fragment.data[at : at + SEGMENT]
        head = (first + at // SEGMENT) & NUMBER
        head |= FIRST if at == 0 else 0
        head |= FINAL if at + SEGMENT >= len(fragment.data) else 0
        yield Frame(control, fragment.destination, fragment.source, bytes((head,)) + segment)

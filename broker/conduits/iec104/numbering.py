"""Send and receive numbers on both sides of a filter that answers some frames itself. Pure.

IEC 60870-5-104, clause 5.2. Each side counts what it sent and acknowledges what it received. What the gate answers in
the station's place the station never saw, and what the vendor's tool is told by it the station never sent: from then on
the two sides count differently. Neither may notice. So the gate keeps, for each frame that it passed on and that waits
to be acknowledged, how far the other side has been heard once it is.
"""

from collections import deque
from dataclasses import dataclass, field

from broker.conduits.iec104.frames import NUMBERS

MOST_OPEN = 4096
"""Frames that wait to be acknowledged by one side. Stations and tools agree on 12 (k, clause 9.6)."""


@dataclass(slots=True)
class Side:
    """The gate's numbers towards one side."""

    heard: int = 0
    """How many frames came from it."""
    sent: int = 0
    """How many went to it."""
    acknowledged: int = 0
    """Up to which number it acknowledged what went to it."""
    carried: int = 0
    """How far the other side has been heard, of what this one acknowledged."""
    _open: deque[int] = field(default_factory=deque)
    """For each frame that it has not acknowledged: how far the other side had been heard when it went."""

    def hear(self, number: int) -> bool:
        """A frame of format I came with this send number; False when it is not the next."""
        if number != self.heard:
            return False
        self.heard = (self.heard + 1) % NUMBERS
        return True

    def acknowledge(self, number: int) -> bool:
        """It acknowledges up to ``number``; False when that is nothing it was ever sent, or was taken back."""
        count = (number - self.acknowledged) % NUMBERS
        if count > len(self._open):
            return False
        for _ in range(count):
            self.carried = self._open.popleft()
        self.acknowledged = number
        return True

    def send(self, other: "Side", *, passed: bool) -> int:
        """The number of the next frame to it; ``passed``: it is the frame that was just heard from ``other``."""
        if not self._open:  # all before it is acknowledged, and stays so
            self.carried = (other.heard - passed) % NUMBERS
        self._open.append(other.heard)
        number, self.sent = self.sent, (self.sent + 1) % NUMBERS
        return number

    @property
    def full(self) -> bool:
        """It acknowledges nothing, however much it is sent."""
        return len(self._open) >= MOST_OPEN

    def owes(self, other: "Side") -> int:
        """What may be acknowledged to ``other`` in this side's name: what it acknowledged, or all when nothing waits."""
        return other.heard if not self._open else self.carried

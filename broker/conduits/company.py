"""How much may be read at once: much while nobody waits, little while somebody types. Pure.

One loop serves every session. A letter waits until the reading before it is dealt with, at both legs; a bulk
transfer that is alone gains from reading more at a time, for each reading has a price of its own.
"""

from dataclasses import dataclass

ALONE_BYTES = 256 * 1024
SHARED_BYTES = 32 * 1024
LIGHT_BYTES = 4096
"""Less than this is somebody at work, not a transfer."""

LATELY_S = 0.25


@dataclass(slots=True)
class Company:
    """All connections of one loop. Seconds are the loop's own."""

    _light_until_s: float = 0.0

    def may_read(self, now_s: float) -> int:
        """How many bytes one connection may read before others have their turn."""
        return SHARED_BYTES if now_s < self._light_until_s else ALONE_BYTES

    def read(self, count: int, now_s: float) -> None:
        """So much data of a session was read."""
        if count < LIGHT_BYTES:
            self._light_until_s = now_s + LATELY_S


company = Company()
"""The one of this process, which has one loop."""

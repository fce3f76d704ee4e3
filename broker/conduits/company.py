"""How much may be read at once: much while nobody waits, little while somebody types. Pure.

One loop serves every session. A letter waits until the reading before it is dealt with, at both legs; a bulk
transfer that is alone gains from reading more at a time, for each reading has a price of its own. What little goes
the other way beside a transfer is its own: the word that a file has arrived is nobody who waits.
"""

from dataclasses import dataclass

ALONE_BYTES = 512 * 1024
"""A wake-up finds every cache cold, which costs as much as all that Python does for what it then reads."""

SHARED_BYTES = 32 * 1024
LIGHT_BYTES = 4096
"""Less than this is somebody at work, not a transfer."""

LATELY_S = 0.25


@dataclass(slots=True)
class Company:
    """All connections of one loop. Seconds are the loop's own; a party is a passage, known by any object."""

    _light: object = None
    """Who was seen at work last."""
    _light_until_s: float = 0.0
    _others_until_s: float = 0.0
    """The same of everybody else."""

    def may_read(self, party: object, now_s: float) -> int:
        """How many bytes ``party``, at either of its legs, may read before others have their turn."""
        until_s = self._others_until_s if party is self._light else self._light_until_s
        return SHARED_BYTES if now_s < until_s else ALONE_BYTES

    def read(self, party: object, count: int, now_s: float) -> None:
        """So much data of ``party`` was read."""
        if count >= LIGHT_BYTES:
            return
        if party is not self._light:
            self._light, self._others_until_s = party, self._light_until_s
        self._light_until_s = now_s + LATELY_S


company = Company()
"""The one of this process, which has one loop."""

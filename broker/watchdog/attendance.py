"""Who of the plant watches what, as a value: said again every second, and gone when it is not.

The watchdog keeps it in memory alone. After a restart nobody watches until they say so again, which
is the safe side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SAID_EVERY_S = 1.0
LOST_AFTER_S = 2.0
"""How long a watcher counts after their last word. With the looks between, input stops within three seconds."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Each scope, who watches it, and until when by one steady clock, in seconds."""

    until_s: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))

    def said(self, scope: str, by: str, at_s: float) -> "Attendance":
        """After ``by`` said that they watch ``scope``."""
        return Attendance(MappingProxyType({**self.until_s, (scope, by): at_s + LOST_AFTER_S}))

    def left(self, scope: str, by: str) -> "Attendance":
        """After ``by`` said that they no longer do."""
        return Attendance(
            MappingProxyType({key: until for key, until in self.until_s.items() if key != (scope, by)})
        )

    def at(self, at_s: float) -> "Attendance":
        """Without whoever has not been heard for too long; half-open: gone at the limit."""
        return Attendance(
            MappingProxyType({key: until for key, until in self.until_s.items() if at_s < until})
        )

    @property
    def watchers(self) -> frozenset[tuple[str, str]]:
        """Each scope with each who watches it."""
        return frozenset(self.until_s)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is watched by anybody, sorted."""
        return tuple(sorted({scope for scope, _ in self.until_s}))

"""A signal of the plant as a permissive: what may hold only while the plant itself says so.

A signal never opens: it lets a state stand that a person set. Off, silent, stale, or saying anything
but a clear yes is the same thing, and then the zone is in the state ``otherwise`` where a person set
one of ``permits``. A person's other state (an emergency, an isolation) stands whatever a signal says.
Pure: samples with their age in, yes or no out.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from domain.ids import ZoneId
from domain.plant import OperatingState


class SignalKind(StrEnum):
    """How a signal is read."""

    MODBUS_COIL = "modbus-coil"
    OPC_UA_NODE = "opc-ua-node"


@dataclass(frozen=True, slots=True)
class PlantSignal:
    """One signal of one zone. Times are seconds."""

    zone: ZoneId
    name: str
    kind: SignalKind
    address: IPv4Address | IPv6Address
    port: int
    point: str
    """The coil's number, or the node's id."""
    unit: int
    """The Modbus unit; no meaning for OPC UA."""
    permits: frozenset[OperatingState]
    otherwise: OperatingState
    every_s: float
    stale_after_s: float
    steady_for_s: float
    """How long it must say yes without a break before it counts; a no counts at once."""


@dataclass(frozen=True, slots=True)
class Permissive:
    """What one signal has said so far. ``on_since_s`` and ``heard_s`` are seconds of one steady clock."""

    on_since_s: float | None = None
    heard_s: float | None = None

    def sampled(self, value: object, at_s: float, stale_after_s: float) -> "Permissive":
        """After one reading; anything but exactly True, and a reading after too long a silence, begins anew."""
        if value is not True:
            return Permissive(None, at_s)
        silent = self.heard_s is None or at_s - self.heard_s > stale_after_s or at_s < self.heard_s
        since = at_s if self.on_since_s is None or silent else self.on_since_s
        return replace(self, on_since_s=since, heard_s=at_s)

    def lost(self) -> "Permissive":
        """After a reading that failed: no, however fresh the last yes is."""
        return Permissive(None, self.heard_s)

    def permits(self, at_s: float, *, steady_for_s: float, stale_after_s: float) -> bool:
        """Whether it says yes at ``at_s``: fresh, and steadily for long enough. Half-open: stale at the limit."""
        if self.on_since_s is None or self.heard_s is None:
            return False
        fresh = 0 <= at_s - self.heard_s < stale_after_s
        return fresh and at_s - self.on_since_s >= steady_for_s


def in_force(
    told: OperatingState | None, permits: Collection[OperatingState], otherwise: OperatingState, *, on: bool
) -> OperatingState | None:
    """The state of a zone where a person set ``told`` and the signal is ``on`` or not.

    None stays None: a state that nobody set is not known, and a signal does not make it so.
    """
    return otherwise if told in permits and not on else told

"""The filter for a protocol that nobody has written a filter for: every byte passes as it is, but no tunnel. Pure.

Other filters have the same two methods and judge what they see. A conduit with this one is granted
by port alone, and the evidence holds its bytes undecoded. A tunnel inside would leave nothing in the evidence but noise:
it is cut where it begins, unless the charter allows it by name.
"""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from broker.conduits.tcp.inner import Inner
from domain.output import Cut, Output, ToAsset, ToVendor
from domain.plant import Tunnel

UNRECORDABLE = "unrecordable_inner_tunnel"


class Filter(Protocol):
    """What stands between the two sides of a TCP conduit. Keeps state; never asks the time or raises."""

    def from_vendor(self, data: bytes) -> Iterable[Output]:
        """What to do about bytes that the vendor's client sent."""
        ...

    def from_asset(self, data: bytes) -> Iterable[Output]:
        """What to do about bytes that the asset sent."""
        ...


@runtime_checkable
class HearsTheEnd(Filter, Protocol):
    """A filter of a protocol in which the end of a connection says something: that an answer is whole."""

    def asset_ended(self) -> Iterable[Output]:
        """The asset will send no more. Called once."""
        ...


@runtime_checkable
class Sealing(Filter, Protocol):
    """A filter whose two lines are encrypted, each for itself: what it lets through is recorded, and goes out sealed."""

    def for_asset(self, data: bytes) -> bytes:
        """What goes over the asset's line in place of ``data``."""
        ...

    def for_vendor(self, data: bytes) -> bytes:
        """What goes over the vendor's line in place of ``data``."""
        ...


class Opaque:
    """Passes everything on, in both directions, in order, until a tunnel begins in it that the charter does not allow."""

    def __init__(self, allowed: frozenset[Tunnel] = frozenset()) -> None:
        self.allowed = allowed
        self._inner = Inner(allowed)
        self._over = False

    def from_vendor(self, data: bytes) -> Iterable[Output]:
        """The bytes, for the asset."""
        return self.refused(data, vendor=True) or (ToAsset(data),)

    def from_asset(self, data: bytes) -> Iterable[Output]:
        """The bytes, for the vendor."""
        return self.refused(data, vendor=False) or (ToVendor(data),)

    def refused(self, data: bytes | memoryview, *, vendor: bool) -> tuple[Output, ...]:
        """The end, where a tunnel begins in ``data`` or began before; nothing where ``data`` may pass as it is."""
        if self._over:
            return (Cut(UNRECORDABLE, "The conduit is over."),)
        tunnel = self._inner.found(data, vendor=vendor)
        if tunnel is None:
            return ()
        self._over = True
        return (Cut(UNRECORDABLE, f"What began in it ({tunnel}) is a tunnel that could not be recorded."),)

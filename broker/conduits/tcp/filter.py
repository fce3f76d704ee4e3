"""The filter for a protocol that nobody has written a filter for: every byte passes as it is. Pure.

Other filters have the same two methods and judge what they see. A conduit with this one is granted
by port alone, and the evidence holds its bytes undecoded.
"""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from domain.output import Output, ToAsset, ToVendor


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
    """Passes everything on, in both directions, in order."""

    def from_vendor(self, data: bytes) -> Iterable[Output]:
        """The bytes, for the asset."""
        return (ToAsset(data),)

    def from_asset(self, data: bytes) -> Iterable[Output]:
        """The bytes, for the vendor."""
        return (ToVendor(data),)

"""What a conduit's filter may answer to the bytes it was given. The relay obeys, in this order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToAsset:
    """Pass these bytes on to the asset."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ToVendor:
    """Pass these bytes on to the vendor's client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the vendor in the asset's place; nothing reaches the asset."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """End the conduit, for this reason code."""

    reason: str


Output = ToAsset | ToVendor | Answer | Cut

"""What a conduit's filter may answer to the bytes it was given. The relay obeys, in this order."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToAsset:
    """Pass these bytes on to the asset."""

    data: bytes
    recorded: bytes | None = field(default=None)
    """What the recording holds in their place, where they have a secret of the plant's in them, or may have one."""
    secret: str = ""
    """What that is, for a mark in the recording: ``the password from the vault``. Empty where it goes without saying."""


@dataclass(frozen=True, slots=True)
class ToVendor:
    """Pass these bytes on to the vendor's client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vendor sent is refused, and does not reach the asset: answer in its place, so that no tool hangs.

    ``data`` is empty where the protocol has no answer to it, and none is waited for.
    """

    code: str
    sentence: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Withhold:
    """What was sent can't be judged, or is refused like what was answered before it, and does not pass. The conduit goes on."""

    code: str
    count: int
    """How many bytes."""


@dataclass(frozen=True, slots=True)
class Cut:
    """End the conduit."""

    code: str
    sentence: str


Output = ToAsset | ToVendor | Answer | Withhold | Cut

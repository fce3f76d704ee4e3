"""How far one RFB connection has come: what both of its directions need to know of each other. Pure."""

import struct
from dataclasses import dataclass, field

from broker.conduits.vnc.stream import NoRfbError

LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How one pixel is written (RFC 6143 section 7.4), as far as lengths depend on it."""

    size: int
    """Bytes: 1, 2 or 4."""
    tight: int
    """Bytes of one as the encoding Tight has it: three where red, green and blue have a byte each."""
    wire: bytes = b""
    """All 16 bytes of it."""


def pixel_format(wire: bytes) -> PixelFormat:
    """The format in 16 bytes; NoRfbError when there is no such format."""
    bits, depth, _big, true_colour, red, green, blue = struct.unpack(">BBBBHHH", wire[:10])
    if bits not in {8, 16, 32} or depth > bits:
        raise NoRfbError(f"There are no pixels of {bits} bits, {depth} of which count.")
    three = bits == 32 and depth == 24 and bool(true_colour) and (red, green, blue) == (255, 255, 255)
    return PixelFormat(bits // 8, 3 if three else bits // 8, wire)


@dataclass(slots=True)
class Talk:
    """One connection. Versions are the minor ones of RFB 3: 3, 7 or 8; 0 is none said yet."""

    vendor_version: int = 0
    asset_version: int = 0
    offered: bool = False
    """The asset has let the gate in, and the vendor's viewer was offered to come in without a password."""
    begun: bool = False
    """The viewer wants to begin."""
    ready: bool = False
    """The asset said what its screen is."""
    width: int = 0
    height: int = 0
    name: str = ""
    pixel: PixelFormat = field(default_factory=lambda: PixelFormat(4, 3))
    asked: PixelFormat | None = None
    """What the viewer asked for, from the next update on."""
    continuous: bool = False
    """Updates come unasked: a format that is asked for now counts once the server says that they ended."""

    def update_begins(self) -> None:
        """The asset begins an update."""
        if self.asked is not None and not self.continuous:
            self.pixel, self.asked = self.asked, None

    def updates_ended(self) -> None:
        """The asset sends no more updates unasked."""
        self.continuous = False

    def within(self, x: int, y: int, width: int, height: int) -> None:
        """NoRfbError where a rectangle reaches beyond the screen."""
        if x + width > self.width or y + height > self.height:
            raise NoRfbError(
                f"A rectangle of {width} by {height} at {x}, {y} reaches beyond a screen of {self.width} by {self.height}."
            )

"""What a vendor's client or a command exits with, which scripts rely on. The numbers are those of sysexits.h."""

from typing import Final

WRONG_USAGE: Final = 64
"""At the door; a command line that click refuses exits with click's own 2."""

UNREACHABLE: Final = 69
"""The asset, or a node, can't be reached now."""

COME_BACK: Final = 75
"""Not now: the same line may work later."""

REFUSED: Final = 77
"""The plant said no."""

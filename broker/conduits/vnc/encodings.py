"""In which encodings a server may draw: those whose length the gate can tell, so that it sees where each message ends. Pure.

A viewer names all that it understands (SetEncodings); the gate leaves those out that do not stand here, and so the
server uses none of them. RFC 6143 section 7.7, and the list that the RFB community keeps (rfbproto.rst) beyond it.
"""

import struct
from collections.abc import Iterable
from enum import IntEnum


class Encoding(IntEnum):
    """What a rectangle may be."""

    RAW = 0
    COPY_RECT = 1
    RRE = 2
    HEXTILE = 5
    ZLIB = 6
    TIGHT = 7
    ZRLE = 16
    DESKTOP_SIZE = -223
    LAST_RECT = -224
    POINTER_POSITION = -232
    CURSOR = -239
    X_CURSOR = -240
    QEMU_KEYS = -258
    LED_STATE = -261
    DESKTOP_NAME = -307
    EXTENDED_DESKTOP_SIZE = -308


MESSAGES = frozenset({-309, -312, -313})
"""Named to say that a viewer knows further messages: xvp, fence, continuous updates. No rectangle is ever of these."""

HINTS = (range(-32, -22), range(-256, -246), range(-512, -411), range(-768, -762))
"""How much to compress, and how finely to draw: they change no length."""

MOST = 512
"""That a viewer may name; the ones that exist are fewer."""

DRAWN = frozenset({0, 1, 2, 5, 6, 7, 16})


def known(encoding: int) -> bool:
    """Whether a viewer may have it."""
    return encoding in _RECTANGLES or encoding in MESSAGES or any(encoding in hints for hints in HINTS)


def kept(named: Iterable[int]) -> bytes:
    """The message SetEncodings with those of ``named`` that are known, in the viewer's order.

    Hextile comes behind all others that draw: its length is told tile by tile, and a server takes the first that it has.
    """
    passing = [one for one in named if known(one)]
    last = Encoding.HEXTILE in passing and len(DRAWN.intersection(passing)) > 1
    if last:
        passing = [one for one in passing if one != Encoding.HEXTILE] + [int(Encoding.HEXTILE)]
    return struct.pack(f">BxH{len(passing)}i", 2, len(passing), *passing)


_RECTANGLES = frozenset(map(int, Encoding))

"""VNC for the shared tests of every filter: a server that asks for a password, and a viewer that may only look."""

import struct

VERSION = b"RFB 003.008\n"
CHALLENGE = bytes(range(16))
FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
INIT = struct.pack(">HH", 64, 48) + FORMAT + (5).to_bytes(4) + b"panel"
LOOK = struct.pack(">BBHHHH", 3, 1, 0, 0, 64, 48)
KEY_A = struct.pack(">BBxxI", 4, 1, 0x61)
CLICK = struct.pack(">BBHH", 5, 1, 10, 20)


def encodings(*named: int) -> bytes:
    return struct.pack(f">BxH{len(named)}i", 2, len(named), *named)


def rectangle(x: int, y: int, width: int, height: int, encoding: int, body: bytes = b"") -> bytes:
    return struct.pack(">HHHHi", x, y, width, height, encoding) + body


def update(*rectangles: bytes, count: int | None = None) -> bytes:
    return struct.pack(">BxH", 0, len(rectangles) if count is None else count) + b"".join(rectangles)


TALK = (
    (False, VERSION),
    (True, VERSION),
    (False, b"\1\2"),
    (False, CHALLENGE),
    (False, bytes(4)),
    (True, b"\1"),
    (True, b"\0"),
    (False, INIT),
    (True, struct.pack(">Bxxx", 0) + FORMAT + encodings(16, 7, 5, 0, 50, -239, -223, 0xC0A1E5CE - 2**32)),
    (True, LOOK + KEY_A + CLICK + LOOK),
    (
        False,
        update(
            rectangle(0, 0, 4, 2, 0, bytes(32)),
            rectangle(8, 8, 4, 4, 1, bytes(4)),
            rectangle(0, 0, 16, 16, 2, (1).to_bytes(4) + bytes(4 + 12)),
            rectangle(0, 0, 18, 3, 5, b"\x06" + bytes(8) + b"\x1a" + bytes(4) + b"\1" + bytes(6)),
            rectangle(0, 0, 8, 8, 16, (3).to_bytes(4) + b"zip"),
            rectangle(0, 0, 8, 8, 7, b"\x80abc"),
        ),
    ),
    (
        False,
        update(
            rectangle(0, 0, 16, 16, 7, b"\x40\1\1" + bytes(6) + b"\4zipp"),
            rectangle(0, 0, 3, 1, -239, bytes(12 + 1)),
            rectangle(0, 0, 80, 60, -223),
            rectangle(0, 0, 0, 0, -224),
            count=65_535,
        )
        + b"\2"
        + struct.pack(">BxHH", 1, 3, 1)
        + bytes(6),
    ),
    (False, struct.pack(">BxxxI", 3, 6) + b"secret" + b"\2"),
    (True, struct.pack(">BxxxI", 6, 4) + b"text" + LOOK),
    (True, b"\x07\0\0\0"),
)
"""From the version to a file transfer."""

HANDSHAKE = 8

TALK_WITHOUT = (*TALK[:2], (False, b"\1\1"), *TALK[4:])
"""The same to a server that asks for no password."""
HANDSHAKE_WITHOUT = HANDSHAKE - 1


def greets(said: bytes) -> bool:
    """Whether this is of the gate's own hand-shakes: a version, a choice, a result, the answer to a challenge."""
    return said[:4] == b"RFB " or said in {bytes(4), b"\1", b"\2"} or len(said) == len(CHALLENGE)


_LOOKING = {0: 20, 3: 10, 150: 10}


def may_reach(data: bytes) -> bool:
    """Whether these are whole messages that only look, or the viewer's first word."""
    if data == b"\1":
        return True
    while data:
        if data[0] == 2:
            length = 4 + 4 * int.from_bytes(data[2:4])
        elif data[0] == 248 and len(data) > 8:
            length = 9 + data[8]
        else:
            length = _LOOKING.get(data[0], len(data) + 1)
        if length > len(data):
            return False
        data = data[length:]
    return True

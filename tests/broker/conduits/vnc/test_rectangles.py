import struct
from collections.abc import Iterator

import pytest

from broker.conduits.vnc.rectangles import HEAD, body
from broker.conduits.vnc.stream import Script, Stream
from broker.conduits.vnc.talk import PixelFormat, Talk
from domain.output import Cut, ToVendor

BEHIND = b"and what follows"


def _one(encoding: int, box: tuple[int, int, int, int], talk: Talk) -> Script:
    yield HEAD
    yield from body(encoding, box, talk)
    while True:
        yield 10**6


def taken(encoding: int, wire: bytes, width: int = 20, height: int = 17, pixel: int = 4) -> tuple[int, Talk]:
    """How many bytes behind its head a rectangle takes, and what is known then."""
    talk = Talk(width=64, height=48, pixel=PixelFormat(pixel, 3 if pixel == 4 else pixel))
    stream = Stream(_one(encoding, (0, 0, width, height), talk), ToVendor, "")
    outputs = list(stream.feed(bytes(HEAD) + wire + BEHIND))
    assert not any(isinstance(one, Cut) for one in outputs), outputs
    return sum(len(one.data) for one in outputs if isinstance(one, ToVendor)) - HEAD, talk


def _cases() -> Iterator[tuple[str, int, bytes]]:
    area = 20 * 17
    yield "raw", 0, bytes(area * 4)
    yield "copy", 1, bytes(4)
    yield "rre", 2, (3).to_bytes(4) + bytes(4 + 3 * 12)
    raw, plain, all_ = (
        b"\x01" + bytes(256 * 4),
        b"\0",
        b"\x1f"[:0] + b"\x1e" + bytes(8) + b"\2" + bytes(2 * 6),
    )
    yield (
        "hextile: raw, background, everything, one colour for its parts",
        5,
        (raw + b"\2" + bytes(4) + all_ + b"\x0c" + bytes(4) + b"\2" + bytes(4)),
    )
    yield "hextile: as before", 5, plain * 4
    yield "zlib", 6, (5).to_bytes(4) + bytes(5)
    yield "zrle", 16, (5).to_bytes(4) + bytes(5)
    yield "tight: filled", 7, b"\x80abc"
    yield "tight: jpeg", 7, b"\x90\x81\x01" + bytes(129)
    yield "tight: copied", 7, b"\x00\x05" + bytes(5)
    yield "tight: two colours", 7, b"\x50\1\1" + bytes(6) + b"\x05" + bytes(5)
    yield (
        "tight: many colours, a length of three bytes",
        7,
        b"\x60\1\4" + bytes(15) + b"\x80\x80\x01" + bytes(16384),
    )
    yield "tight: gradient", 7, b"\x40\2\x05" + bytes(5)
    yield "cursor", -239, bytes(area * 4 + 3 * 17)
    yield "x cursor", -240, bytes(6 + 2 * 3 * 17)
    yield "desktop size", -223, b""
    yield "extended desktop size", -308, b"\2\0\0\0" + bytes(32)
    yield "desktop name", -307, (4).to_bytes(4) + b"hmi1"
    yield "qemu keys", -258, b""
    yield "led state", -261, b"\1"
    yield "last", -224, b""
    yield "pointer", -232, b""


@pytest.mark.parametrize(("encoding", "wire"), [pytest.param(e, w, id=name) for name, e, w in _cases()])
def test_a_rectangle_ends_where_it_ends(encoding: int, wire: bytes) -> None:
    assert taken(encoding, wire)[0] == len(wire)


def test_a_few_bytes_are_not_packed() -> None:
    assert taken(7, b"\0" + bytes(9), 3, 1)[0] == 10
    assert taken(7, b"\x40\1\1" + bytes(6) + b"\1", 8, 1)[0] == 10
    assert taken(7, b"\0" + bytes(4), 2, 1, pixel=2)[0] == 5
    assert taken(-240, b"", 0, 0)[0] == 0


def test_the_screen_has_the_size_that_is_told_last() -> None:
    assert (taken(-223, b"", 33, 44)[1].width, taken(-223, b"", 33, 44)[1].height) == (33, 44)
    assert taken(-308, bytes(4), 33, 44)[1].height == 44


@pytest.mark.parametrize(
    ("encoding", "wire", "width"),
    [
        pytest.param(0, b"", 65, id="beyond the screen"),
        pytest.param(1, struct.pack(">HH", 60, 0), 20, id="copied from beyond the screen"),
        pytest.param(2, (341).to_bytes(4), 20, id="more parts than pixels"),
        pytest.param(5, b"\x20", 20, id="no kind of tile"),
        pytest.param(16, (2**31).to_bytes(4), 20, id="more bytes than any screen"),
        pytest.param(7, b"\xa0", 20, id="PNG, which was not asked for"),
        pytest.param(7, b"\x40\3", 20, id="no filter"),
        pytest.param(-307, (2**20).to_bytes(4), 20, id="a name of a megabyte"),
        pytest.param(50, b"", 20, id="H.264"),
    ],
)
def test_what_is_no_rectangle_cuts(encoding: int, wire: bytes, width: int) -> None:
    talk = Talk(width=64, height=48)
    stream = Stream(_one(encoding, (0, 0, width, 17), talk), ToVendor, "")
    assert isinstance(list(stream.feed(bytes(HEAD) + wire))[-1], Cut)

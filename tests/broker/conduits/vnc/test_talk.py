import struct

import pytest

from broker.conduits.vnc.stream import NoRfbError
from broker.conduits.vnc.talk import PixelFormat, Talk, pixel_format


def wire(bits: int, depth: int, true: int = 1, most: int = 255) -> bytes:
    return struct.pack(">BBBBHHHBBBxxx", bits, depth, 0, true, most, most, most, 16, 8, 0)


@pytest.mark.parametrize(
    ("bits", "depth", "most", "tight"),
    [(32, 24, 255, 3), (32, 32, 255, 4), (32, 24, 31, 4), (16, 16, 31, 2), (8, 8, 7, 1)],
)
def test_a_pixel_s_length_is_told_by_its_format(bits: int, depth: int, most: int, tight: int) -> None:
    found = pixel_format(wire(bits, depth, most=most))
    assert (found.size, found.tight) == (bits // 8, tight)


@pytest.mark.parametrize(("bits", "depth"), [(24, 24), (0, 0), (8, 9)])
def test_a_format_that_does_not_exist_is_none(bits: int, depth: int) -> None:
    with pytest.raises(NoRfbError):
        pixel_format(wire(bits, depth))


def test_a_new_format_counts_from_the_next_update_or_once_unasked_ones_have_ended() -> None:
    new = PixelFormat(2, 2)
    talk = Talk(asked=new, continuous=True)
    talk.update_begins()
    assert talk.pixel != new
    talk.updates_ended()
    talk.update_begins()
    assert talk.pixel == new
    assert talk.asked is None


def test_a_rectangle_lies_on_the_screen() -> None:
    talk = Talk(width=10, height=5)
    talk.within(9, 4, 1, 1)
    for box in ((10, 0, 1, 1), (0, 5, 1, 1), (0, 0, 11, 1)):
        with pytest.raises(NoRfbError):
            talk.within(*box)

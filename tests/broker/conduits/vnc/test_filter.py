import struct

from broker.conduits.far_end import FarEnd
from broker.conduits.vnc.filter import VncFilter
from domain.access import Action
from domain.output import Cut, ToAsset, ToVendor
from tests.broker.conduits.vnc.samples import FORMAT, LOOK, TALK, encodings, rectangle, update

WORK = frozenset({Action.VIEW, Action.OPERATE})


def begun() -> VncFilter:
    gate = VncFilter(WORK, (), FarEnd(password="a password"))
    for inward, data in TALK[:8]:
        tuple(gate.from_vendor(data) if inward else gate.from_asset(data))
    return gate


def test_a_viewer_s_own_pixels_count_from_the_update_after_it_asked_for_them() -> None:
    """A rectangle's length depends on them: one that is taken to be another would end everything."""
    gate = begun()
    small = struct.pack(">BBBBHHHBBBxxx", 8, 8, 0, 1, 7, 7, 3, 0, 3, 6)
    first, second = update(rectangle(0, 0, 9, 9, 0, bytes(324))), update(rectangle(0, 0, 9, 9, 0, bytes(81)))
    assert list(gate.from_asset(first[:100])) == [ToVendor(first[:100])]
    assert list(gate.from_vendor(struct.pack(">Bxxx", 0) + small))
    assert list(gate.from_asset(first[100:] + second)) == [ToVendor(first[100:] + second)]
    assert list(gate.from_vendor(struct.pack(">Bxxx", 0) + FORMAT))
    assert list(gate.from_asset(first + b"\2")) == [ToVendor(first + b"\2")]


def test_a_server_hears_of_no_encoding_that_the_gate_can_t_take_apart() -> None:
    gate = begun()
    assert list(gate.from_vendor(encodings(50, 16, 15) + LOOK)) == [ToAsset(encodings(16)), ToAsset(LOOK)]


def test_a_cut_on_one_side_ends_the_other_too() -> None:
    gate = begun()
    assert isinstance(list(gate.from_asset(b"\xee"))[-1], Cut)
    assert list(gate.from_vendor(LOOK)) == list(gate.from_asset(b"\2")) == []


def test_a_screen_of_any_size_is_never_collected() -> None:
    """Twelve megabytes in one rectangle: what is held does not grow with it."""
    gate = begun()
    tuple(gate.from_asset(update(rectangle(0, 0, 2000, 1500, -223))))
    tuple(gate.from_asset(update(rectangle(0, 0, 2000, 1500, 0))))
    piece = bytes(65536)
    passed = sum(len(one.data) for _ in range(12_000_000 // 65536) for one in gate.from_asset(piece))
    assert passed == 12_000_000 // 65536 * 65536
    assert gate._asset._held == b""

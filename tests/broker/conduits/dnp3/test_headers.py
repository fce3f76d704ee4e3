import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.dnp3.headers import Header, UnreadableError, headers


def read(data: str, *, carries: bool = False) -> list[Header]:
    return list(headers(bytes.fromhex(data), carries=carries))


def test_every_way_to_name_points_is_read() -> None:
    for data, points, said in (
        ("0102 00 03 07", [3, 4, 5, 6, 7], "binary inputs 3 to 7"),
        ("0102 01 0300 0300", [3], "binary input 3"),
        ("0102 02 00000100 01000100", [65536, 65537], "binary inputs 65536 to 65537"),
        ("0102 17 02 09 04", [9, 4], "binary inputs 9, 4"),
        ("0102 28 0100 0904", [0x409], "binary input 1033"),
        ("1e00 06", None, "all of analog input"),
        ("0200 07 05", None, "binary input event, 5 of them"),
        ("3c02 06", None, "class 1"),
        ("c801 06", None, "all of group 200"),
    ):
        (found,) = read(data)
        assert (None if found.points is None else list(found.points)) == points
        assert str(found) == said


def test_objects_follow_their_headers_where_the_function_has_them_so() -> None:
    (packed, control, sized) = read(
        "5001 00 04 07 00" + "0c01 17 01 03" + "03" * 11 + "4605 5b 01 0300 616263", carries=True
    )
    assert packed.values == (b"\0",) * 4
    assert control.values == (b"\x03" * 11,)
    assert control.raw == (bytes.fromhex("0c011701"), b"\x03" * 12)
    assert sized.values == (b"abc",)
    (bits, attribute) = read("0a01 00 00 0a ff05" + "00f2 00 00 00 01 03 616263", carries=True)
    assert bits.values == (b"\1",) * 9 + (b"\0", b"\1")
    assert attribute.values == (b"\x01\x03abc",)


def test_what_can_be_read_in_two_ways_is_not_read() -> None:
    """C11: a range backwards, an odd qualifier, an end too soon; and an unknown object, whose end nobody knows."""
    for data, carries, unknown in (
        ("0102", False, False),
        ("0102 00 05 03", False, False),
        ("0102 ed", False, False),
        ("0102 86", False, False),
        ("0102 16", False, False),
        ("0102 17 02 01", False, False),
        ("0c01 17 01 03 0301", True, False),
        ("0a01 07 01 ff", True, False),
        ("4603 5b 01 ff00 00", True, False),
        ("0102 01 0000 ffff", True, False),
        ("0102 08 ffff", True, False),
        ("ff01 00 00 00 01", True, True),
    ):
        with pytest.raises(UnreadableError) as told:
            read(data, carries=carries)
        assert told.value.unknown is unknown, data
        assert told.value.sentence.endswith(".")


def test_a_wide_range_that_is_read_costs_nothing() -> None:
    (found,) = read("1e00 02 00000000 ffffffff")
    assert found.points == range(2**32)


@given(st.binary(max_size=64), st.booleans())
def test_whatever_is_read_is_the_very_bytes(data: bytes, carries: bool) -> None:
    try:
        found = list(headers(data, carries=carries))
    except UnreadableError:
        return
    assert b"".join(b"".join(one.raw) for one in found) == data

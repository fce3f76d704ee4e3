import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.s7.items import (
    ADDRESSES,
    BAD_ADDRESS,
    BAD_TYPE,
    TYPES,
    Item,
    Part,
    Wrong,
    fits,
    item,
    parts,
)


def told(text: str) -> Item | Wrong:
    return item(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("120a10040001000a84000020", "DB10.DBW4"),
        ("120a10040003000a84000020", "DB10.DBW4 to DBW8"),
        ("120a10010001000184000023", "DB1.DBX4.3"),
        ("120a10020040000184000000", "DB1.DBB0 to DBB63"),
        ("120a10080001000183000060", "MD12"),
        ("120a10010001000083000025", "M4.5"),
        ("120a10020001000081000000", "IB0"),
        ("120a10020002000082000008", "QB1 to QB2"),
        ("120a101d000200001d000005", "T5 to T6"),
        ("120a101c000100001c000007", "C7"),
        ("120a10040001000080000010", "PW2"),
    ],
)
def test_a_place_is_named_as_engineers_name_it(data: str, words: str) -> None:
    assert str(told(data)) == words


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param("120a10020001000085000000", BAD_ADDRESS, id="instance data are data under another name"),
        pytest.param("120a10020001000086000000", BAD_ADDRESS, id="local data"),
        pytest.param("120a10090001000083000000", BAD_TYPE, id="a type that there is none of"),
        pytest.param("120a10020001000083000003", BAD_ADDRESS, id="a byte between two bytes"),
        pytest.param("120a10010002000083000000", BAD_TYPE, id="two bits at once"),
        pytest.param("120a10020000000083000000", BAD_TYPE, id="none at all"),
        pytest.param("120a10020001000084000000", BAD_ADDRESS, id="data block 0"),
        pytest.param("120a1002000100018407fff8", None, id="the last byte there is"),
        pytest.param("120a10020002000184" + "07fff8", BAD_ADDRESS, id="a byte beyond it"),
        pytest.param("120a10020001000184080000", BAD_ADDRESS, id="what two bytes would count as 0 again"),
        pytest.param("120a101d000100001c000000", BAD_TYPE, id="a timer among the counters"),
        pytest.param("120a10020001000" + "01d000000", BAD_TYPE, id="bytes of a timer"),
        pytest.param("120a101d0001000083000000", BAD_TYPE, id="timers among the flags"),
    ],
)  # fmt: skip
def test_a_place_that_there_is_none_of_is_wrong(data: str, code: int | None) -> None:
    found = told(data)
    assert (found.code if isinstance(found, Wrong) else None) == code


@given(st.binary(min_size=9, max_size=9))
def test_whatever_is_read_lies_within_its_area(data: bytes) -> None:
    found = item(b"\x12\x0a\x10" + data)
    if isinstance(found, Item):
        assert 0 <= found.places.start < found.places.stop <= ADDRESSES
        assert found.values(bytes(found.length)) == (0,) * found.count


@given(st.sampled_from(sorted(TYPES)), st.binary(min_size=4, max_size=4))
def test_values_and_bytes_are_the_same_thing_twice(kind: int, data: bytes) -> None:
    one = Item(0x84, 1, 0, 0, kind, 1)
    values = one.values(data[: one.length])
    if kind != 1 and values[0] == values[0]:  # not what is no number
        assert one.data(values) == data[: one.length]


def test_data_come_item_by_item_filled_up_but_for_the_last() -> None:
    two = bytes.fromhex("ff0400080100 ff03000101")
    assert parts(two, 2) == (Part(0xFF, 4, b"\1"), Part(0xFF, 3, b"\1"))
    assert parts(bytes.fromhex("0a000000 ff09000201ff"), 2) == (Part(0x0A, 0, b""), Part(0xFF, 9, b"\1\xff"))
    for wrong in ("ff04000801", "ff04000801000", "ff0400090100", "ff0200010100", "ff00000100", ""):
        assert parts(bytes.fromhex(wrong + "0" * (len(wrong) % 2)), 2) is None
    assert parts(two + b"\0", 2) is None


def test_data_fit_a_place_when_they_are_as_many_and_of_its_kind() -> None:
    word, bit = Item(0x84, 1, 0, 0, 4, 1), Item(0x84, 1, 0, 0, 1, 1)
    assert fits(word, Part(0, 4, b"\0\1"))
    assert not fits(word, Part(0, 4, b"\1"))
    assert not fits(word, Part(0, 3, b"\0\1"))
    assert fits(bit, Part(0, 3, b"\1"))
    assert not fits(bit, Part(0, 4, b"\1"))

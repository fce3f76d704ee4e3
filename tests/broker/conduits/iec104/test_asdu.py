import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.iec104.asdu import FORMS, Asdu, read_asdu, refusal


def asdu(text: str) -> Asdu | str:
    return read_asdu(bytes.fromhex(text))


def test_places_follow_each_other_or_are_told_each() -> None:
    sequence = asdu("0b 83 1400 0100 640000 010000 020000 030000")
    assert isinstance(sequence, Asdu)
    assert sequence.places == (100, 101, 102)
    assert sequence.elements == (b"\1\0\0", b"\2\0\0", b"\3\0\0")
    single = asdu("0b 02 03c8 0100 640000 010000 e80300 ff7f00")
    assert isinstance(single, Asdu)
    assert single.places == (100, 1000)
    assert (single.originator, single.cause, single.station) == (0xC8, 3, 1)


def test_a_cause_carries_a_no_and_a_test() -> None:
    found = asdu("2d 01 c702 0d91 ce5600 81")
    assert isinstance(found, Asdu)
    assert (found.cause, found.negative, found.test) == (7, True, True)
    told = bytes.fromhex("2d 01 8602 0d91 ce5600 81")
    assert refusal(told, 7) == bytes.fromhex("2d 01 c702 0d91 ce5600 81"), (
        "as the station of the capture says it"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("2d 01 0600 01", id="half a head"),
        pytest.param("2d 01 0600 0100", id="no place"),
        pytest.param("2d 01 0600 0100 e90300", id="no element"),
        pytest.param("2d 01 0600 0100 e90300 0100", id="a byte too many"),
        pytest.param("2d 02 0600 0100 e90300 01", id="fewer elements than it says"),
        pytest.param("2d 00 0600 0100", id="none at all"),
        pytest.param("2d 00 0600 0100 e90300 01", id="none, and one"),
        pytest.param("7d 01 0d00 0100 e90300 0100 01 05 0102", id="a segment that lies about its length"),
        pytest.param("7d 01 0d00 0100 e90300 0100", id="a segment cut short"),
        pytest.param("66 80 0500 0100 e90300", id="a sequence of none"),
    ],
)
def test_a_length_that_contradicts_the_type_is_said(text: str) -> None:
    assert isinstance(asdu(text), str)


def test_a_segment_of_a_file_has_its_own_length() -> None:
    found = asdu("7d 01 0d00 0100 e90300 0100 01 02 0102")
    assert isinstance(found, Asdu)
    assert found.elements == (bytes.fromhex("0100 01 02 0102"),)


def test_of_an_unknown_type_the_head_is_read() -> None:
    found = asdu("80 05 0600 0200 0102030405")
    assert isinstance(found, Asdu)
    assert (found.type, found.station, found.places) == (128, 2, ())


def test_values_are_read_by_their_form() -> None:
    for form, data, value in (
        ("single", "81", 1), ("double", "82", 2), ("step", "01", 1), ("normalised", "0040 00", 0.5),
        ("normalised", "0080 00", -1), ("scaled", "feff 00", -2), ("floating", "00004842 00", 50), ("bits", "01000080", 0x80000001),
    ):  # fmt: skip
        assert FORMS[form](bytes.fromhex(data)) == value, form


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    found = read_asdu(data)
    assert isinstance(found, str) or len(found.places) == len(found.elements)

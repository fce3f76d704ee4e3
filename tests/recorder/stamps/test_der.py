import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.stamps import der

FALSE_FORMS = {
    "nothing at all": b"",
    "a tag without a length": b"\x30",
    "a value that breaks off": b"\x04\x02a",
    "something behind the end": b"\x05\x00\x00",
    "a length that is too long": b"\x04\x81\x01a",
    "a length with a needless zero": b"\x04\x82\x00\x80" + bytes(128),
    "no length (BER)": b"\x30\x80\x00\x00",
    "a length of five bytes": b"\x04\x85\x01\x00\x00\x00\x00",
    "a tag of two bytes": b"\x1f\x81\x01\x00",
}


@pytest.mark.parametrize("data", FALSE_FORMS.values(), ids=FALSE_FORMS.keys())
def test_what_is_not_strict_der_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        der.read(data)


@given(st.integers(-(2**80), 2**80))
@example(-128)
@example(-(2**15))
@example(128)
def test_a_number_is_read_back_as_it_was_written(number: int) -> None:
    assert der.read(der.integer(number)).integer() == number


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"\xff\x80", b"\xff\xff"])
def test_a_number_in_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(EvidenceError, match="shortest form"):
        der.integer_in(body)


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.9.16.1.4", "2.16.840.1.101.3.4.2.1", "0.9", "2.999.1"])
def test_an_object_identifier_is_read_back_as_it_was_written(dotted: str) -> None:
    assert der.read(der.oid(dotted)).oid() == dotted


@pytest.mark.parametrize("body", [b"", b"\x80\x01", b"\x2a\x86", b"\x01" * 40])
def test_an_object_identifier_that_has_no_end_or_is_padded_is_refused(body: bytes) -> None:
    with pytest.raises(EvidenceError):
        der.read(der.value(der.OID, body)).oid()
    with pytest.raises(ValueError, match="no object identifier"):
        der.oid("1.40.1")


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("20260302080000Z", 0), ("20260302080000.5Z", 500_000), ("20260302080000.1234567Z", 123_456)],
)
def test_an_instant_is_read_to_the_microsecond(text: str, microsecond: int) -> None:
    node = der.read(der.value(der.GENERALIZED_TIME, text.encode()))
    assert node.instant() == datetime(2026, 3, 2, 8, 0, 0, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20260302080000",
        "20260302080000+0100",
        "202603020800Z",
        "20260302080000.Z",
        "20260302080000.50Z",
        "20261302080000Z",
        "20260302080060Z",
        "99990302080000Z",
        "٢٠٢٦0302080000Z",
    ],
)
def test_an_instant_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError, match="no instant"):
        der.read(der.value(der.GENERALIZED_TIME, text.encode())).instant()


def test_a_value_of_another_kind_is_refused_by_each_way_to_read_it() -> None:
    node = der.read(der.value(der.NULL))
    for ask in (node.integer, node.oid, node.octets, node.instant, lambda: node.parts(der.SEQUENCE)):
        with pytest.raises(EvidenceError, match="tag 05"):
            ask()


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        assert der.read(data).whole == data

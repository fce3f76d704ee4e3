import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import (
    MAX_SAFE_INTEGER,
    Json,
    canonical,
    instant_of,
    instant_text,
    number_of,
    object_of,
    parse,
    text_in,
    text_of,
    texts_in,
    texts_of,
)
from domain.errors import PenstockError
from tests.for_each import for_each

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_the_canonical_form_is_the_one_an_independent_implementation_writes(document: Json) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@given(DOCUMENTS)
def test_what_was_written_is_read_back_and_only_from_its_own_bytes(document: Json) -> None:
    data = canonical(document)
    assert parse(data) == document
    with pytest.raises(PenstockError, match="canonical"):
        parse(data + b" ")


def test_keys_are_ordered_by_their_utf_16_code_units() -> None:
    # RFC 8785 section 3.2.3: code points would put U+FB33 before U+1F600; code units do not.
    document = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert list(parse(canonical(document))) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1.0, id="a float"),
        pytest.param({"a": [float("nan")]}, id="not a number, deep inside"),
        pytest.param(MAX_SAFE_INTEGER + 1, id="an integer that some readers round"),
        pytest.param(-MAX_SAFE_INTEGER - 1, id="the same below zero"),
        pytest.param({1: "one"}, id="a key that is no string"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param(bytearray(b"bytes"), id="a byte array"),
        pytest.param(object(), id="something else"),
        pytest.param("\ud800", id="half a character"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(value)


@for_each(
    "data",
    [
        pytest.param(b'{"a":1,"a":1}', id="a key twice"),
        pytest.param(b'{"b":1,"a":1}', id="keys in another order"),
        pytest.param(b'{"a": 1}', id="white space"),
        pytest.param(b"1.0", id="a float"),
        pytest.param(b"1e2", id="an exponent"),
        pytest.param(b"-0", id="minus zero"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b'"\\u0041"', id="a needless escape"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf1", id="a byte order mark"),
        pytest.param(b"9007199254740992", id="too large an integer"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'"\\ud800"', id="half a character, escaped"),
    ],
)
def test_bytes_in_any_other_form_are_not_parsed(data: bytes) -> None:
    with pytest.raises(PenstockError, match="canonical"):
        parse(data)


@given(DOCUMENTS, st.data())
def test_a_changed_byte_never_parses_to_the_same_document(document: Json, data: st.DataObject) -> None:
    original = canonical(document)
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        other = parse(bytes(changed))
    except PenstockError:
        return
    assert hashlib.sha256(canonical(other)).digest() != hashlib.sha256(original).digest()


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_an_instant_is_read_back_as_written(instant: datetime) -> None:
    try:
        text = instant_text(instant)
    except OverflowError:
        return  # year 1 or 9999 pushed over the edge by its offset
    assert instant_of(text) == instant
    assert text.endswith("Z")


def test_an_instant_has_one_written_form() -> None:
    assert instant_text(datetime(2026, 3, 2, 8, tzinfo=UTC)) == "2026-03-02T08:00:00Z"
    assert instant_text(datetime(2026, 3, 2, 8, 0, 0, 50, tzinfo=UTC)) == "2026-03-02T08:00:00.000050Z"
    with pytest.raises(ValueError, match="zone"):
        instant_text(datetime(2026, 3, 2, 8, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T08:00:00+00:00",
        "2026-03-02T08:00:00.000000Z",
        "2026-03-02 08:00:00Z",
        "20260302T080000Z",
        "Z",
        "2026-03-02T08:00Z",
        "2026-02-30T08:00:00Z",
    ],
)
def test_an_instant_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant_of(text)


def test_a_document_that_must_have_text_is_not_read_around() -> None:
    assert text_of("bay-3") == "bay-3"
    for other in (None, 3, True, ["bay-3"], {"a": "b"}):
        with pytest.raises(TypeError, match="must be text"):
            text_of(other)


def test_a_list_a_number_and_an_object_must_be_what_they_are() -> None:
    assert (texts_of(["a", "b"]), number_of(3), object_of({"a": 1})) == (("a", "b"), 3, {"a": 1})
    for reads, others in (
        (texts_of, ["a", 3, None, {"a": "b"}, [3]]),
        (number_of, ["3", True, None, [3]]),
        (object_of, ["a", 3, None, ["a"]]),
    ):
        for other in others:
            with pytest.raises(TypeError, match="must be"):
                reads(other)


def test_a_leaf_read_for_people_lacks_what_is_not_text() -> None:
    leaf: dict[str, Json] = {"by": "greta", "to": ["otto", 3], "count": 3, "none": None}
    assert [text_in(leaf, name) for name in ("by", "to", "count", "none", "absent")] == [
        "greta",
        "",
        "",
        "",
        "",
    ]
    assert texts_in(leaf, "to") == ("otto", "3")
    assert [texts_in(leaf, name) for name in ("by", "count", "none", "absent")] == [()] * 4

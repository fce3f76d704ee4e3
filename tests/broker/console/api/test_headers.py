import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.console.api.headers import admits, etag_of, is_json, key_of, named
from tests.for_each import for_each

JSON = "application/json"


@for_each(
    ("accept", "taken"),
    [
        pytest.param(None, True, id="whoever says nothing takes anything"),
        pytest.param("", True, id="an empty header says nothing"),
        pytest.param("*/*", True, id="anything"),
        pytest.param("application/*", True, id="anything of the family"),
        pytest.param("text/html, application/json;q=0.1", True, id="as a last resort"),
        pytest.param("application/json; charset=utf-8", True, id="with a parameter"),
        pytest.param("application/json;q=0, */*", False, id="anything but this"),
        pytest.param("*/*;q=0", False, id="nothing at all"),
        pytest.param("text/html", False, id="another"),
        pytest.param("text/*, image/png", False, id="other families"),
        pytest.param(",;q=;=", False, id="nonsense names nothing"),
    ],
)
def test_the_most_exact_range_that_fits_says_whether_an_answer_is_taken(
    accept: str | None, taken: bool
) -> None:
    assert admits(accept, JSON) is taken


@pytest.mark.parametrize(
    ("said", "json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; charset=utf-16", False),
        ("application/json-seq", False),
        ("text/plain", False),
        ("application/merge-patch+json", False),
        ("", False),
        (None, False),
    ],
)
def test_only_json_in_utf_8_is_json(said: str | None, json: bool) -> None:
    assert is_json(said) is json


def test_a_validator_names_the_value_and_not_how_it_was_written() -> None:
    one = etag_of({"a": 1, "b": [True, None]})
    assert one == etag_of({"b": [True, None], "a": 1})
    assert one != etag_of({"a": 1, "b": [True, False]})
    assert one.startswith('"')
    assert len(one) == 34


@pytest.mark.parametrize(
    ("field", "weak", "strong"),
    [
        pytest.param(None, False, False, id="no header"),
        pytest.param("*", True, True, id="whatever there is"),
        pytest.param('"x"', True, True, id="this one"),
        pytest.param('"a", "x"', True, True, id="this or another"),
        pytest.param('W/"x"', True, False, id="a weak one is good for reading only"),
        pytest.param('"a","b"', False, False, id="others"),
        pytest.param("x", False, False, id="without its quotes it is none"),
    ],
)
def test_a_condition_names_validators(field: str | None, weak: bool, strong: bool) -> None:
    assert named(field, '"x"', strong=False) is weak
    assert named(field, '"x"', strong=True) is strong


@for_each(
    ("field", "key"),
    [
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"two words"', "two words"),
        ('""', None),
        ("", None),
        ("two words", None),
        ('"a"b"', None),
        ('"a\\"', None),
        ('"' + "x" * 129 + '"', None),
        ("x" * 128, "x" * 128),
        ("\u0663", None),
    ],
)
def test_a_key_is_a_short_string_in_quotes_or_without(field: str, key: str | None) -> None:
    assert key_of(field) == key


@given(st.text(max_size=60))
def test_no_header_is_a_fault_of_ours(field: str) -> None:
    assert admits(field, JSON) in {True, False}
    assert is_json(field) in {True, False}
    assert named(field, '"x"', strong=True) <= named(field, '"x"', strong=False)
    key = key_of(field)
    assert key is None or 1 <= len(key) <= 128

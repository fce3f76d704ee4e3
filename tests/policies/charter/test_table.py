import tomllib
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.charter.places import Places
from policies.charter.table import NEVER, Source, Table
from tests.for_each import for_each


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def table(text: str, kind: str = "thing") -> Table:
    return Table(Source("x.toml", Places(text)), (), tomllib.loads(text), kind)


def test_a_getter_with_a_fault_gives_a_harmless_value_and_the_table_is_not_sound() -> None:
    one = table("")
    values = (
        one.word("a"), one.name("b"), one.text("c"), one.texts("d"), one.choice("e", Colour),
        one.choices("f", Colour), one.number("g", 3, 9), one.span("h", 1), one.window(ZoneInfo("UTC")), one.words("i"),
    )  # fmt: skip
    assert values == ("", "", "", (), Colour.RED, frozenset(), 3, timedelta(minutes=1), NEVER, ())
    assert not one.done()
    assert len(one.faults) == 11


def test_a_sound_table_gives_what_it_says() -> None:
    text = (
        'id = "pump-7"\nname = "Pump 7"\nnote = ""\nitems = ["a"]\ncolour = "green"\ncolours = ["red", "green"]\n'
        'count = 9\non = true\nspan = "90m"\nfrom = 2026-01-01\nuntil = 2026-01-01T08:00:00+01:00\n[more]\nx = 1\n'
    )
    one = table(text)
    assert one.label == "thing 'pump-7'"
    assert one.word("id") == "pump-7"
    assert one.name("name") == "Pump 7"
    assert one.text("note", blank=True) == ""
    assert one.text("absent", optional=True) == ""
    assert one.words("items") == ("a",)
    assert one.texts("nothing", optional=True) == ()
    assert one.choice("colour", Colour) is Colour.GREEN
    assert one.choices("colours", Colour) == set(Colour)
    assert one.number("count", 0, 9) == 9
    assert one.claim("on")
    assert not one.claim("off")
    assert one.span("span", 1) == timedelta(minutes=90)
    window = one.window(ZoneInfo("UTC"))
    assert (window.start, window.end) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 7, tzinfo=UTC),
    )
    more = one.table("more", "more")
    assert more is not None
    assert more.number("x", 0, 1) == 1
    assert one.table("less", "less") is None
    assert (one.has("on"), one.has("off")) == (True, False)
    assert one.done()
    assert more.done()
    assert one.faults == ()


@for_each(
    ("span", "minutes"),
    [
        ("1m", 1),
        ("8h", 480),
        ("1d", 1440),
        ("1441m", 1),
        ("0m", 1),
        ("h", 1),
        ("-1h", 1),
        ("1.5h", 1),
        ("8", 1),
        ("²h", 1),
    ],
)
def test_a_span_is_minutes_hours_or_days_and_never_more_than_allowed(span: str, minutes: int) -> None:
    one = table(f'span = "{span}"')
    assert one.span("span", 1) == timedelta(minutes=minutes)
    assert one.done() == (minutes != 1 or span == "1m")


def test_a_table_without_an_id_goes_by_its_number() -> None:
    text = "[[thing]]\na = 1\n[[thing]]\nb = 2\n"
    _, second = table(text, "").tables("thing", "thing")
    assert second.label == "thing number 2"
    second.done()
    assert str(second.faults[0]).startswith("x.toml:4: thing number 2: 'b' is not a field")


def test_an_array_of_something_other_than_tables_is_a_fault() -> None:
    one = table("thing = [1, 2]", "")
    assert one.tables("thing", "thing") == ()
    assert one.faults[0].fact == "'thing' is not made of tables."


def test_a_misspelt_field_is_guessed() -> None:
    one = table("nmae = 1")
    one.text("name", optional=True)
    one.done()
    assert one.faults[0].remedy == "Did you mean 'name'?"


def test_the_document_has_every_value_as_it_stood() -> None:
    one = table(
        'a = 1\nb = true\nc = "x"\nd = [1]\ne = 2026-01-31\nf = 2026-01-31T01:00:00+01:00\n[g]\nh = 1'
    )
    assert one.document() == {
        "a": 1, "b": True, "c": "x", "d": [1], "e": "2026-01-31", "f": "2026-01-31T00:00:00Z", "g": {"h": 1}
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a = 1.5", "a = 08:00:00"])
def test_a_value_that_belongs_in_no_field_has_no_document(text: str) -> None:
    with pytest.raises(TypeError, match="does not belong"):
        table(text).document()


def test_what_a_table_declares_is_read_whether_or_not_it_is_sound() -> None:
    one = table('id = "NOT AN ID"\nkeys = ["a", 7]\nn = 1')
    assert one.declared("id") == "NOT AN ID"
    assert (one.declared("n"), one.declared("x")) == ("", "")
    assert one.declared_list("keys") == ("a",)
    assert one.declared_list("n") == ()


@given(
    st.sampled_from(["word", "name", "text", "texts", "words", "claim"]),
    st.one_of(
        st.integers(),
        st.booleans(),
        st.text(),
        st.lists(st.text()),
        st.dictionaries(st.text(), st.integers()),
    ),
)
def test_no_value_breaks_a_getter(getter: str, value: object) -> None:
    one = Table(Source("x.toml", Places("")), (), {"a": value}, "thing")
    getattr(one, getter)("a")
    assert all(fault.remedy for fault in one.faults)

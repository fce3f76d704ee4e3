import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.charter.wording import (
    LONGEST_TEXT,
    UnusableError,
    alike,
    longest,
    quoted,
    worry_about_name,
    worry_about_text,
)
from tests.for_each import for_each


@pytest.mark.parametrize(
    "name",
    [
        "Pump 7",
        "Überdruckschutz",
        "Насосная станция",
        "ポンプ 7",
        "Αντλιοστάσιο 3",
        "O'Brien & Sons (North)",
        "Σ Pump",
    ],
)
def test_a_plain_name_in_any_script_is_accepted(name: str) -> None:
    assert worry_about_name(name) == ""


@for_each(
    ("name", "worry"),
    [
        pytest.param("Pump\x00", "control", id="a null"),
        pytest.param("Pump\n7", "control", id="a line break"),
        pytest.param("Pump\u200b7", "invisible", id="a zero-width space"),
        pytest.param("Pump\u202e7", "invisible", id="a turn of direction"),
        pytest.param("Pump\u00a07", "control or invisible", id="a space that does not break"),
        pytest.param("\uff30ump", "only look like 'Pump'", id="a full-width letter"),
        pytest.param("Pump \u2167", "only look like 'Pump VIII'", id="a Roman numeral sign"),
        pytest.param("\ufb01lter", "only look like 'filter'", id="a ligature"),
        pytest.param("e\u0301tage", "only look like 'étage'", id="a letter in two parts"),
        pytest.param("Рump", "mixes", id="a Cyrillic R for a P"),
        pytest.param("Ρump", "mixes", id="a Greek Rho for a P"),
        pytest.param("x" * 101, "longer than 100", id="one character too many"),
        pytest.param("Pump ", "begins or ends", id="a space behind"),
    ],
)
def test_abuse_12_a_name_that_could_be_taken_for_another_is_not(name: str, worry: str) -> None:
    assert worry in worry_about_name(name)


@pytest.mark.parametrize(
    ("text", "worry"),
    [
        pytest.param("400 m³/h, ½ hour", "", id="signs that a name may not have"),
        pytest.param("x" * LONGEST_TEXT, "", id="as long as may be"),
        pytest.param("x" * (LONGEST_TEXT + 1), "too long", id="one longer"),
        pytest.param("a\tb", "control", id="a tab"),
    ],
)
def test_free_text_is_one_printable_line(text: str, worry: str) -> None:
    assert worry in worry_about_text(text)
    assert bool(worry) == bool(worry_about_text(text))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Pump 7", "PUMP-7", True),
        ("Straße", "STRASSE", True),
        ("Pump 7", "Pump 8", False),
        ("Pump 7", "Pump７", True),
    ],
)
def test_names_that_a_reader_in_a_hurry_takes_for_one_are_alike(one: str, other: str, same: bool) -> None:
    assert (alike(one) == alike(other)) is same


@given(st.text())
def test_what_is_quoted_in_a_message_is_short_and_printable(text: str) -> None:
    assert quoted(text).isprintable()
    assert len(quoted(text)) <= 63


def test_limits_are_told_with_the_present_length() -> None:
    assert longest("abc") == "500 characters (this has 3)"
    assert str(UnusableError("A fact.", "A remedy.")) == "A fact."

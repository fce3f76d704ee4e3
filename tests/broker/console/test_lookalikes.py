import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.console.lookalikes import TWINS, lookalikes

ER, OMICRON, ARMENIAN_OH = "\u0440", "\u03bf", "\u0585"


@pytest.mark.parametrize(
    ("text", "reads_like"),
    [
        pytest.param(f"Tune {ER}ump 7", "pump", id="one Cyrillic letter"),
        pytest.param(f"p{OMICRON}rt 502", "port", id="one Greek letter"),
        pytest.param(f"l{ARMENIAN_OH}ck", "lock", id="one Armenian letter"),
        pytest.param("stop \u0440\u0430\u0455\u0455 valve", "pass", id="a whole word of twins beside Latin"),
        pytest.param("WO-\uff14\uff17\uff11\uff11", "4711", id="full width digits"),
        pytest.param("\U0001d429ump", "pump", id="mathematical bold"),
        pytest.param("\u24c5LC", "PLC", id="circled"),
    ],
)
def test_abuse_12_a_word_in_disguise_is_named_with_its_strange_letters(text: str, reads_like: str) -> None:
    (found,) = lookalikes(text)
    assert found.reads_like == reads_like
    assert found.word in text
    assert all(name.lower() in found.sentence() for name in found.letters)


@pytest.mark.parametrize(
    "text",
    [
        "Replace the drive profile on pump 7 (WO-4711)",
        "Überprüfung der Förderpumpe, façade côté nord",
        "Замена насоса",
        "Συντήρηση αντλίας 7",
        "ポンプ7の点検, PLC交換",
        "10 k\u03a9 at 5 \u03bcm, 3 m\u00b2, \u00bd inch, 40 \u00b0C",
        "Siemens S7 и насос",
        "",
    ],
)
def test_honest_text_of_any_language_is_left_alone(text: str) -> None:
    assert lookalikes(text) == ()


def test_every_twin_is_a_letter_of_another_alphabet_for_a_latin_one() -> None:
    assert all(latin.isascii() and latin.isalpha() for latin in TWINS.values())
    assert {unicodedata.name(one).split()[0] for one in TWINS} == {"CYRILLIC", "GREEK", "ARMENIAN"}


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_ascii_is_never_in_disguise(text: str) -> None:
    assert lookalikes(text) == ()


@given(st.text(max_size=60))
def test_whatever_is_written_there_is_an_answer_that_reads_plainly(text: str) -> None:
    for one in lookalikes(text):
        assert one.reads_like != one.word
        assert one.letters

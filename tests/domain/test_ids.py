import pytest

from domain.ids import is_token, is_word
from tests.for_each import for_each


@pytest.mark.parametrize("text", ["a", "eng-ws-1", "plc-07", "x" * 63])
def test_a_charter_word_names_a_thing(text: str) -> None:
    assert is_word(text)


@for_each(
    "text",
    [
        "",
        "7-plc",
        "-a",
        "Plc",
        "plc_07",
        "plc 07",
        "plc\n",
        "plc/07",
        "../plc",
        "plç",
        "x" * 64,
        "plc+07",
        "a@b",
    ],
)
def test_what_could_be_taken_for_something_else_names_nothing(text: str) -> None:
    assert not is_word(text)


def test_a_token_is_26_characters_of_lower_case_base_32() -> None:
    assert is_token("abcdefghijklmnopqrstuvwxy2")
    assert not any(is_token(text) for text in ("", "a" * 25, "a" * 27, "A" * 26, "a" * 25 + "\n", "é" * 26))

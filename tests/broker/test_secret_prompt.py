import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.secret_prompt import HINTS, LONGEST_PROMPT, SECRET_PROMPT, asks_for_a_secret


@given(st.from_regex(SECRET_PROMPT))
def test_whatever_the_search_would_find_holds_one_of_the_hints_in_front_of_it(prompt: bytes) -> None:
    assert any(hint in prompt.lower() for hint in HINTS)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        (b"[sudo] password for ana: ", True),
        (b"Enter PIN:", True),
        (b"Kennwort: ", True),
        (b"$ ", False),
        (b"password set.\r\n$ ", False),
        (b"password" + b"." * LONGEST_PROMPT, False),
    ],
)
def test_a_line_asks_for_a_secret_when_it_ends_in_such_a_prompt(text: bytes, asks: bool) -> None:
    assert asks_for_a_secret(text) is asks

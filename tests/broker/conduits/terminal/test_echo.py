import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.terminal.echo import Echo


def type_(echo: Echo, text: bytes, *, echoed: bool = True) -> tuple[bytes, int]:
    """Type letter by letter; what is kept in the end, openly or after the fact, and how many were hidden at first."""
    kept, hidden = b"", 0
    for byte in text:
        letter = bytes([byte])
        if echo.typed(letter):
            kept += letter
        else:
            hidden += 1
        if echoed:
            kept += echo.shown(b"\r\n" if letter == b"\r" else letter)
    return kept, hidden


def test_ordinary_typing_is_kept_and_only_the_first_letter_comes_late() -> None:
    echo = Echo()
    echo.shown(b"ana@ws:~$ ")
    assert type_(echo, b"ls -l") == (b"ls -l", 1)


@pytest.mark.parametrize(
    "prompt",
    [
        b"[sudo] password for ana: ",
        b"Password: ",
        b"New password: ",
        b"Enter passphrase for key '/x': ",
        b"\x1b[1mPIN\x1b[0m: ",
        b"One-time code: ",
        b"Kennwort: ",
        b"Verification code: ",
    ],
)
def test_what_is_typed_at_a_prompt_for_a_secret_is_never_kept(prompt: bytes) -> None:
    echo = Echo()
    type_(echo, b"sudo ls\r")
    echo.shown(prompt)
    assert type_(echo, b"hunter2\r", echoed=False) == (b"", 8)
    assert echo.shown(b"\r\n") == b""


def test_a_secret_prompt_hides_even_what_is_echoed() -> None:
    echo = Echo()
    echo.shown(b"Password: ")
    assert type_(echo, b"abc") == (b"", 3)


def test_without_an_echo_nothing_is_kept_whatever_the_prompt_says() -> None:
    echo = Echo()
    type_(echo, b"./login\r")
    echo.shown(b"speak, friend> ")
    assert type_(echo, b"mellon\r", echoed=False) == (b"", 7)
    assert echo.shown(b"\r\nwelcome\r\n$ ") == b""


def test_masks_are_not_an_echo() -> None:
    echo = Echo()
    echo.shown(b"> ")
    kept = b""
    for letter in (b"a", b"b", b"c"):
        assert not echo.typed(letter)
        kept += echo.shown(b"*")
    assert kept == b""


def test_a_line_typed_ahead_is_kept_once_its_echo_comes() -> None:
    echo = Echo()
    echo.shown(b"$ ")
    assert not echo.typed(b"uname -a")
    assert echo.shown(b"uname ") == b"uname "
    assert echo.shown(b"-a") == b"-a"


def test_after_a_line_s_end_the_echo_is_unknown_again() -> None:
    echo = Echo()
    echo.shown(b"$ ")
    type_(echo, b"cat\r")
    assert not echo.typed(b"x")


def test_an_echo_in_colours_counts() -> None:
    echo = Echo()
    echo.shown(b"$ ")
    echo.typed(b"l")
    assert echo.shown(b"\x1b[32ml\x1b[0m") == b"l"


def test_output_of_others_between_makes_it_hide() -> None:
    echo = Echo()
    echo.shown(b"$ ")
    type_(echo, b"ab")
    echo.shown(b"\r\nBroadcast message\r\n")
    assert not echo.typed(b"c")


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=8)), max_size=60))
def test_nothing_is_kept_twice_and_nothing_that_was_not_typed(steps: list[tuple[bool, bytes]]) -> None:
    echo = Echo()
    typed, kept = b"", b""
    for by_vendor, data in steps:
        if by_vendor:
            if echo.typed(data):
                kept += data
            typed += data
        else:
            kept += echo.shown(data)
    rest = iter(typed)
    assert all(any(byte == other for other in rest) for byte in kept), "what is kept is a subsequence"

from hypothesis import given
from hypothesis import strategies as st

from broker.door.lobby.line import LONGEST_LINE, Line


def test_a_line_is_echoed_and_completed() -> None:
    typed = Line(terminal=True).type(b"permits\r")
    assert (typed.echo, typed.lines) == ("permits\r\n", ("permits",))


def test_rubbing_out_works_and_stops_at_the_beginning() -> None:
    line = Line(terminal=True)
    assert line.type(b"ab\x7f\x7f\x7fc").echo == "ab\b \b\b \bc"
    assert line.type(b"\r").lines == ("c",)


def test_arrows_and_function_keys_do_nothing() -> None:
    typed = Line(terminal=True).type(b"a\x1b[A\x1bOP\x1b[15~b\r")
    assert (typed.echo, typed.lines) == ("ab\r\n", ("ab",))


def test_the_end_of_input_leaves_only_on_an_empty_line() -> None:
    line = Line(terminal=True)
    assert not line.type(b"a\x04").ended
    line.type(b"\x15")
    assert line.type(b"\x04").ended


def test_an_interrupt_drops_the_line() -> None:
    line = Line(terminal=True)
    assert line.type(b"abc\x03").interrupted
    assert line.type(b"\r").lines == ("",)


def test_without_a_terminal_nothing_is_echoed_and_the_last_line_needs_no_end() -> None:
    line = Line(terminal=False)
    typed = line.type(b"permits\r\nwait")
    assert (typed.echo, typed.lines) == ("", ("permits",))
    assert line.rest() == "wait"


def test_a_line_has_a_longest() -> None:
    line = Line(terminal=True)
    line.type(b"x" * (LONGEST_LINE + 100))
    assert len(line.rest()) == LONGEST_LINE


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_what_is_echoed_moves_nothing_but_this_line(chunks: list[bytes]) -> None:
    line = Line(terminal=True)
    for chunk in chunks:
        typed = line.type(chunk)
        left = typed.echo.replace("\r\n", "").replace("\b \b", "")
        assert left.isprintable() or not left
        assert all(one.isprintable() or not one for one in typed.lines)

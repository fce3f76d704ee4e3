"""What the gate shows for an asset that does not echo."""

from broker.conduits.terminal.line.local_echo import LocalEcho
from tests.for_each import for_each


@for_each(
    ("before", "typed", "shown"),
    [
        (b"> ", b"show\r", b"show\r\n"),
        (b"> ", b"shw\x7f\x7fow", b"shw\b \b\b \bow"),
        (b"> ", b"\x7f\x08", b""),  # the prompt is not rubbed out
        (b"> ", b"\x03\x1b[A", b"[A"),
        (b"> ", "grün".encode(), "grün".encode()),
        (b"Password: ", b"tops3cret", b""),
        (b"Password: ", b"tops3cret\rnext", b"\r\nnext"),
        (b"\x1b[1mPassword:\x1b[0m ", b"tops3cret", b""),
    ],
)
def test_what_is_typed_is_shown_unless_it_is_a_secret(before: bytes, typed: bytes, shown: bytes) -> None:
    echo = LocalEcho()
    echo.shown(before)
    assert echo.typed(typed) == shown


def test_a_line_of_the_assets_begins_anew() -> None:
    echo = LocalEcho()
    assert echo.typed(b"ab") == b"ab"
    echo.shown(b"\r\n> ")
    assert echo.typed(b"\x7f") == b""

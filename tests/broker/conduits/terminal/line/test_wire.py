"""A serial line as it is, and the key that ends a line."""

from broker.conduits.terminal.line.wire import Heard, LineEnds, Raw
from domain.line import Enter
from tests.for_each import for_each

EVERY_BYTE = bytes(range(256))


def test_every_byte_of_a_raw_line_is_the_assets_and_the_vendors_own() -> None:
    line = Raw(Enter.CR)
    assert line.begin() == b""
    assert line.heard(EVERY_BYTE) == Heard(EVERY_BYTE)
    assert line.typed(EVERY_BYTE) == EVERY_BYTE
    assert (line.resized((80, 24)), line.signalled("INT"), line.broke()) == (b"", b"", None)
    assert line.settled
    assert not line.gate_echoes


@for_each(
    ("typed", "sent"),
    [
        (b"a\rb", b"a\r\nb"),
        (b"a\r\nb", b"a\r\nb"),
        (b"a\nb", b"a\nb"),
        (b"\r\r\n\n", b"\r\n\r\n\n"),
    ],
)
def test_with_both_a_line_ends_once_wherever_it_is_split(typed: bytes, sent: bytes) -> None:
    assert LineEnds(Enter.CR_LF).sent(typed, b"\r") == sent
    for at in range(len(typed) + 1):
        ends = LineEnds(Enter.CR_LF)
        assert ends.sent(typed[:at], b"\r") + ends.sent(typed[at:], b"\r") == sent

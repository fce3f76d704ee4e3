"""What a terminal server is asked to set, and that it says so."""

from broker.conduits.terminal.line.com_port import ComPort
from domain.line import Flow, Parity, SerialSettings
from tests.for_each import for_each

SLOW = SerialSettings(baud=9600, data_bits=7, parity=Parity.EVEN, stop_bits=2, flow=Flow.RTS_CTS)
ASKED = [b"\x01\x00\x00\x25\x80", b"\x02\x07", b"\x03\x03", b"\x04\x02", b"\x05\x03"]


def test_everything_is_asked_for_and_settled_once_all_of_it_is_confirmed() -> None:
    port = ComPort(SLOW)
    assert list(port.requests()) == ASKED
    for one in ASKED:
        assert not port.settled
        assert port.answered(bytes((one[0] + 100,)) + one[1:]) == ""
    assert port.settled


@for_each(
    ("answer", "wrong"),
    [
        (b"\x65\x00\x00\x96\x00", "speed"),
        (b"\x65\x25\x80", "speed"),
        (b"\x67\x01", "parity"),
        (b"\x69\x01", "flow control"),
        (b"\x6a\x10", ""),  # a line's state
        (b"\x64ser2net", ""),
        (b"", ""),
    ],
)
def test_a_setting_that_was_not_taken_is_named(answer: bytes, wrong: str) -> None:
    port = ComPort(SLOW)
    assert port.answered(answer) == wrong
    assert not port.settled

"""Telnet as the gate speaks it: what is shown, answered and sent; splits, storms and noise."""

import random

from broker.conduits.terminal.line.telnet import LONGEST_INSIDE, MOST_UNPAID, STORM, Telnet
from broker.conduits.terminal.line.wire import Heard
from domain.line import Enter, Line, SerialSettings
from tests.for_each import for_each
from tests.stride import DEEP

WILL, WONT, DO, DONT, SB, SE = b"\xff\xfb", b"\xff\xfc", b"\xff\xfd", b"\xff\xfe", b"\xff\xfa", b"\xff\xf0"
BINARY, ECHO, SGA, TTYPE, NAWS, PORT = b"\x00", b"\x01", b"\x03", b"\x18", b"\x1f", b"\x2c"
SIZE = SB + NAWS + b"\x00\x50\x00\x18" + SE


def telnet(line: Line | None = None, terminal: bytes | None = b"xterm") -> Telnet:
    one = Telnet(line or Line(), terminal, (80, 24) if terminal is not None else (0, 0))
    one.begin()
    return one


def test_it_asks_for_a_terminal_and_offers_what_the_vendor_has() -> None:
    assert Telnet(Line(), b"xterm", (80, 24)).begin() == DO + SGA + DO + ECHO + WILL + TTYPE + WILL + NAWS
    assert Telnet(Line(), None, (0, 0)).begin() == DO + SGA + DO + ECHO
    assert Telnet(Line(binary=True), None, (0, 0)).begin().endswith(WILL + BINARY + DO + BINARY)


@for_each(
    ("said", "answered"),
    [
        (DO + NAWS, SIZE),
        (DO + NAWS + DO + NAWS, SIZE),
        (DO + TTYPE + SB + TTYPE + b"\x01" + SE, SB + TTYPE + b"\x00xterm" + SE),
        (SB + TTYPE + b"\x01" + SE, b""),  # not agreed
        (DO + TTYPE + SB + TTYPE + b"\x00x" + SE, b""),  # no question
        (WILL + ECHO + WILL + SGA, b""),  # was asked for
        (DO + b"\x22", WONT + b"\x22"),
        (WILL + b"\x05", DONT + b"\x05"),
        (DO + ECHO, WONT + ECHO),  # the gate's end never echoes to the asset
        (DO + PORT, WONT + PORT),
        (b"\xff\xf1\xff\xf2\xff\xf6\xff\xf9", b""),  # nothing, mark, are you there, go ahead
    ],
)
def test_what_is_asked_is_answered_and_none_of_it_is_shown(said: bytes, answered: bytes) -> None:
    assert telnet().heard(said) == Heard(b"", answered)


def test_without_a_terminal_neither_window_nor_name_is_offered() -> None:
    assert telnet(terminal=None).heard(DO + NAWS + DO + TTYPE).answer == WONT + NAWS + WONT + TTYPE


@for_each(
    ("said", "shown"),
    [
        (b"a\xff\xffb", b"a\xffb"),
        (b"one\r\ntwo\r\0three", b"one\r\ntwo\rthree"),
        (b"\r\0\0", b"\r\0"),
        (b"\r\xff\xf1\0x", b"\rx"),  # a command between the two makes no difference
        (b"\r\xff\xff\0", b"\r\xff\0"),
        (WILL + BINARY + b"\r\0", b"\r\0"),
    ],
)
def test_what_is_shown_is_what_the_asset_meant(said: bytes, shown: bytes) -> None:
    assert telnet().heard(said).shown == shown


def test_nothing_that_is_typed_can_be_a_command() -> None:
    assert telnet().typed(b"\xff\xfb\x01") == b"\xff\xff\xfb\x01"
    assert telnet().typed(b"a\rb\nc") == b"a\r\0b\nc"
    assert telnet(Line(enter=Enter.CR_LF)).typed(b"a\rb\r\n") == b"a\r\nb\r\n"
    agreed = telnet(Line(binary=True))
    agreed.heard(DO + BINARY)
    assert agreed.typed(b"\r\n\xff") == b"\r\n\xff\xff"


def test_a_window_is_told_of_once_the_asset_wants_to_know() -> None:
    one = telnet()
    assert one.resized((132, 50)) == b""
    assert one.heard(DO + NAWS).answer == SB + NAWS + b"\x00\x84\x00\x32" + SE
    assert one.resized((255, 24)) == SB + NAWS + b"\x00\xff\xff\x00\x18" + SE
    assert one.resized((0, 0)) == b""


def test_interrupt_and_break_are_telnets_own_and_a_serial_ports_break_has_a_length() -> None:
    assert (telnet().signalled("INT"), telnet().signalled("HUP")) == (b"\xff\xf4", b"")
    assert telnet().broke() == (b"\xff\xf3", b"")
    port = telnet(Line(settings=SerialSettings(9600)))
    assert port.broke() == (SB + PORT + b"\x05\x05" + SE, SB + PORT + b"\x05\x06" + SE)


def test_the_gate_echoes_only_once_the_asset_has_said_that_it_does_not() -> None:
    one = telnet()
    said = []
    for data in (b"hello", WILL + ECHO, WONT + ECHO, WILL + ECHO):
        one.heard(data)
        said.append(one.gate_echoes)
    assert said == [False, False, True, False]
    declined = telnet()
    declined.heard(WONT + ECHO)
    assert declined.gate_echoes


def test_a_serial_port_is_settled_once_the_server_says_it_is_set_as_asked() -> None:
    one = telnet(Line(settings=SerialSettings(9600)))
    asked = one.heard(DO + PORT).answer
    assert asked.startswith(SB + PORT + b"\x01\x00\x00\x25\x80" + SE)
    assert not one.settled
    for inside in (b"\x65\x00\x00\x25\x80", b"\x66\x08", b"\x67\x01", b"\x68\x01", b"\x69\x01"):
        one.heard(SB + PORT + inside + SE)
    assert one.settled
    fast = b"\xff\xff\x25\x80"  # a speed with 255 in it is doubled on the line, both ways
    doubled = telnet(Line(settings=SerialSettings(0xFF2580)))
    assert SB + PORT + b"\x01\x00" + fast + SE in doubled.heard(DO + PORT).answer
    assert doubled.heard(SB + PORT + b"\x65\x00" + fast + SE).cut is None


@for_each(
    ("said", "code"),
    [
        (DONT + PORT, "line_not_set"),
        (DO + PORT + SB + PORT + b"\x65\x00\x00\x04\xb0" + SE, "line_not_set"),
        (b"\xff\x00", "telnet_malformed"),
        (SE, "telnet_malformed"),
        (SB + TTYPE + WILL + ECHO, "telnet_malformed"),
        (SB + bytes(LONGEST_INSIDE + 1), "telnet_malformed"),
    ],
)
def test_what_can_not_be_meant_ends_it_and_nothing_after_it_is_read(said: bytes, code: str) -> None:
    one = telnet(Line(settings=SerialSettings(9600)))
    cut = one.heard(said + b"after").cut
    assert cut is not None
    assert cut.code == code
    assert one.heard(b"more" + WILL + b"\x05") == Heard(b"", b"", cut)


def test_a_storm_of_options_is_cut_and_one_that_pays_its_way_is_not() -> None:
    assert telnet().heard((WILL + b"\x05") * MOST_UNPAID).cut is None
    assert telnet().heard((WILL + b"\x05") * (MOST_UNPAID + 1)).cut == STORM
    paid = telnet()
    for _ in range(MOST_UNPAID * 3):
        assert paid.heard(WONT + ECHO + WILL + ECHO + b"ok").cut is None


def noise(seed: int) -> bytes:
    """Bytes in which telnet's own are frequent."""
    chance = random.Random(seed)
    often = [0xFF] * 8 + [0xFB, 0xFC, 0xFD, 0xFE, 0xFA, 0xFA, 0xF0, 0xF0, 0, 1, 3, 24, 31, 44, 13, 10, 101]
    return bytes(
        chance.choice(often) if chance.random() < 0.7 else chance.randrange(256)
        for _ in range(chance.randrange(400))
    )


def test_any_bytes_however_split_come_to_the_same_and_are_bounded() -> None:
    """The line's part of every filter's promise: no crash, bounded memory, no difference by where it is split."""
    for seed in range(1_000_000 if DEEP else 400):
        data = noise(seed)
        line = Line(binary=seed % 2 == 0, settings=SerialSettings(9600) if seed % 3 == 0 else None)
        whole, parts = telnet(line), telnet(line)
        at = seed % (len(data) + 1)
        one, first = whole.heard(data), parts.heard(data[:at])
        second = parts.heard(data[at:])
        assert (first.shown + second.shown, first.answer + second.answer, second.cut) == (
            one.shown, one.answer, one.cut,
        )  # fmt: skip
        assert len(one.shown) <= len(data)
        assert len(whole._inside) <= LONGEST_INSIDE
        assert one.answer.count(b"\xff") <= 6 * len(data)

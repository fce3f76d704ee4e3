from collections.abc import Iterable

import pytest

from broker.conduits.iec104.filter import Iec104Filter
from broker.conduits.iec104.frames import Control
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.iec104.samples import (
    CLOCK,
    HANDSHAKE,
    INTERROGATE,
    POINT,
    RESET,
    SET_50,
    START,
    SWITCH_ON,
    ack,
    told,
)

VIEW = frozenset({Action.VIEW})
OPERATE = frozenset({Action.VIEW, Action.OPERATE})
CONFIGURE = frozenset({Action.VIEW, Action.CONFIGURE})
ALL = frozenset(Action)


def begun(actions: frozenset[Action]) -> Iec104Filter:
    gate = Iec104Filter(actions)
    for inward, data in HANDSHAKE:
        outputs = list(gate.from_vendor(data) if inward else gate.from_asset(data))
        assert outputs == [ToAsset(data) if inward else ToVendor(data)]
    return gate


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_what_is_told() -> None:
    gate = begun(OPERATE)
    for asked in (told(0, 0, INTERROGATE), told(1, 0, SWITCH_ON), told(2, 0, SET_50)):
        assert list(gate.from_vendor(asked)) == [ToAsset(asked)]
    for data in (told(0, 3, INTERROGATE.replace("0600", "0700")), told(1, 3, POINT)):
        assert list(gate.from_asset(data)) == [ToVendor(data)]
    assert list(gate.from_vendor(ack(2))) == [ToAsset(ack(2))]


REFUSED = {
    "a switch": (SWITCH_ON, "2d 01 4700 0100 e90300 01", OPERATE),
    "a set-point": (SET_50, "32 01 4700 0100 ea0300 00004842 00", OPERATE),
    "a selection": ("2d 01 0600 0100 e90300 81", "2d 01 4700 0100 e90300 81", OPERATE),
    "a cancelling": ("2d 01 0800 0100 e90300 01", "2d 01 4900 0100 e90300 01", OPERATE),
    "a test of a switch": ("2d 01 8607 0100 e90300 01", "2d 01 c707 0100 e90300 01", OPERATE),
    "the clock": (CLOCK, CLOCK.replace("0600", "4700"), CONFIGURE),
    "a parameter": ("70 01 0600 0100 e90300 00004842 01", "70 01 4700 0100 e90300 00004842 01", CONFIGURE),
    "a freezing": ("65 01 0600 0100 000000 45", "65 01 4700 0100 000000 45", CONFIGURE),
    "a file": ("78 01 0d00 0100 e90300 0100 100000 00", "78 01 4d00 0100 e90300 0100 100000 00", CONFIGURE),
    "a reset": (RESET, RESET.replace("0600", "4700"), ALL),
    "everybody": ("64 01 0600 ffff 000000 14", "64 01 4700 ffff 000000 14", ALL),
}


@pytest.mark.parametrize("what", REFUSED)
def test_under_view_whatever_changes_something_is_confirmed_in_the_negative(what: str) -> None:
    """C11, D13: told back with a no, as a station would; and it never reaches the station."""
    asked, answer, enough = REFUSED[what]
    (said,) = begun(VIEW).from_vendor(told(0, 0, asked))
    assert isinstance(said, Answer)
    assert said.code == "iec_104_function_not_permitted"
    assert said.data == told(0, 1, answer)
    assert list(begun(enough).from_vendor(told(0, 0, asked))) == [ToAsset(told(0, 0, asked))]
    assert codes(
        begun(enough - {Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE}).from_vendor(told(0, 0, asked))
    )


def test_after_a_refusal_the_two_sides_count_differently_and_neither_notices() -> None:
    gate = begun(VIEW)
    assert codes(gate.from_vendor(told(0, 0, SWITCH_ON))) == ["iec_104_function_not_permitted"]
    assert list(gate.from_asset(told(0, 0, POINT))) == [ToVendor(told(1, 1, POINT))]
    assert list(gate.from_vendor(told(1, 2, INTERROGATE))) == [ToAsset(told(0, 1, INTERROGATE))]
    assert list(gate.from_asset(told(1, 1, INTERROGATE.replace("0600", "0700")))) == [
        ToVendor(told(2, 2, INTERROGATE.replace("0600", "0700")))
    ]
    assert list(gate.from_vendor(ack(3))) == [ToAsset(ack(2))]


def test_what_a_refused_frame_acknowledges_is_handed_on() -> None:
    """Else a station would wait for it, and end the connection after 15 seconds (t1)."""
    gate = begun(VIEW)
    list(gate.from_asset(told(0, 0, POINT)))
    refused, handed_on = gate.from_vendor(told(0, 1, SWITCH_ON))
    assert isinstance(refused, Answer)
    assert handed_on == ToAsset(ack(1))
    assert list(gate.from_vendor(ack(2))) == [], "of the refusal the station knows nothing"


def test_a_station_s_acknowledgement_covers_what_was_refused_before_and_after() -> None:
    gate = begun(VIEW)
    for number, asdu in enumerate((SWITCH_ON, INTERROGATE, SWITCH_ON)):
        list(gate.from_vendor(told(number, 0, asdu)))
    assert list(gate.from_asset(ack(1))) == [ToVendor(ack(3))]
    assert list(gate.from_asset(ack(1))) == []


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2d 01 0300 0100 e90300 01", "2d 01 6d00 0100 e90300 01"),
        ("2d 01 0600 0000 e90300 01", "2d 01 6e00 0000 e90300 01"),
        ("64 01 0600 0100 010000 14", "64 01 6f00 0100 010000 14"),
        ("2e 01 0600 0100 e90300 00", "2e 01 4700 0100 e90300 00"),
    ],
)
def test_what_every_station_refuses_is_refused_without_it(asked: str, answer: str) -> None:
    (said,) = begun(ALL).from_vendor(told(0, 0, asked))
    assert isinstance(said, Answer)
    assert (said.code, said.data) == ("iec_104_out_of_range", told(0, 1, answer))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(
            told(0, 0, "80 01 0600 0100 000000 00"), "iec_104_function_unknown", id="a maker's own type"
        ),
        pytest.param(told(0, 0, POINT), "iec_104_function_unknown", id="what only a station tells"),
        pytest.param(told(0, 0, "2d 02 0600 0100 e90300 01"), "iec_104_malformed", id="a length that lies"),
        pytest.param(told(1, 0, INTERROGATE), "iec_104_malformed", id="not the next number"),
        pytest.param(told(0, 1, INTERROGATE), "iec_104_malformed", id="acknowledged what was not sent"),
        pytest.param(ack(1), "iec_104_malformed", id="likewise, alone"),
        pytest.param(Control(0x0B).wire(), "iec_104_malformed", id="a confirmation from the wrong side"),
        pytest.param(b"GET / HTTP/1.1\r\n", "iec_104_malformed", id="HTTP"),
        pytest.param(b"SSH-2.0-x\r\n", "iec_104_malformed", id="SSH"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01", "iec_104_malformed", id="TLS"),
        pytest.param(b"\x03\x00\x00\x16\x11\xe0", "iec_104_malformed", id="S7"),
    ],
)
def test_what_nobody_can_judge_ends_the_conduit(data: bytes, code: str) -> None:
    """C04, C11: whatever the permit is for."""
    gate = begun(ALL)
    outputs = list(gate.from_vendor(data + told(0, 0, INTERROGATE)))
    assert set(codes(outputs)) == {code}
    assert isinstance(outputs[-1], Cut)
    assert not any(isinstance(one, ToAsset) for one in outputs)
    assert list(gate.from_vendor(told(0, 0, INTERROGATE))) == []
    assert list(gate.from_asset(told(0, 0, POINT))) == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(told(1, 0, POINT), id="not the next number"),
        pytest.param(told(0, 1, POINT), id="acknowledged what was not sent"),
        pytest.param(ack(1), id="likewise, alone"),
        pytest.param(told(0, 0, "0d 02 0300 0100 ea0300 00002042 00"), id="a length that lies"),
        pytest.param(told(0, 0, "80 01 0300 0100 ea0300 00"), id="a type that nobody here can read"),
        pytest.param(START, id="a transfer that the station starts"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", id="another protocol"),
    ],
)
def test_a_station_that_is_out_of_step_or_speaks_something_else_ends_it(data: bytes) -> None:
    (cut,) = begun(ALL).from_asset(data)
    assert isinstance(cut, Cut)
    assert cut.code == "iec_104_malformed"
    assert "station" in cut.sentence


def test_nothing_is_asked_before_the_transfer_is_started_nor_after_it_is_stopped() -> None:
    assert codes(Iec104Filter(ALL).from_vendor(told(0, 0, INTERROGATE))) == ["iec_104_malformed"]
    gate = begun(ALL)
    stop, stopped = Control(0x13).wire(), Control(0x23).wire()
    assert list(gate.from_vendor(stop)) == [ToAsset(stop)]
    assert list(gate.from_asset(stopped)) == [ToVendor(stopped)]
    assert codes(gate.from_vendor(told(0, 0, INTERROGATE))) == ["iec_104_malformed"]


def test_either_side_may_test_the_line() -> None:
    gate = begun(VIEW)
    for test in (Control(0x43).wire(), Control(0x83).wire()):
        assert list(gate.from_vendor(test)) == [ToAsset(test)]
        assert list(gate.from_asset(test)) == [ToVendor(test)]


def test_a_side_that_acknowledges_nothing_does_not_fill_the_gate() -> None:
    gate = begun(VIEW)
    outputs = [one for number in range(4097) for one in gate.from_vendor(told(number, 0, SWITCH_ON))]
    assert isinstance(outputs[-1], Cut)
    assert "4096" in outputs[-1].sentence

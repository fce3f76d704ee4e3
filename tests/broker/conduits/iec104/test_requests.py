import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.iec104.requests import Illegal, Malformed, Request, Said, Unknown, read
from domain.access import Action
from tests.broker.conduits.iec104 import samples


def said(text: str) -> Said:
    return read(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        (samples.SWITCH_ON, "station 1: single command 1001", "on"),
        ("2d 01 0600 0100 e90300 81", "station 1: select single command 1001", "on"),
        ("2d 01 0800 0100 e90300 80", "station 1: select single command 1001", "off"),
        ("2d 01 0800 0100 e90300 00", "station 1: cancel single command 1001", "off"),
        ("2d 01 8600 0100 e90300 00", "station 1: single command 1001, as a test", "off"),
        ("2e 01 0600 0100 e90300 02", "station 1: double command 1001", "on"),
        ("2f 01 0600 0100 e90300 01", "station 1: step command 1001", "lower"),
        ("30 01 0600 0100 e90300 0040 80", "station 1: select set-point, normalised 1001", "0.5"),
        ("31 01 0600 0100 e90300 9cff 00", "station 1: set-point, scaled 1001", "-100"),
        (samples.SET_50, "station 1: set-point, floating 1002", "50"),
        ("33 01 0600 0100 e90300 000000ff", "station 1: bit string 1001", "4278190080"),
        (
            "3a 01 0600 0100 e90300 81 00000f2f150b1a",
            "station 1: select single command, with time 1001",
            "on",
        ),
        (
            "3f 01 0600 0100 e90300 00004842 00 00000f2f150b1a",
            "station 1: set-point, floating, with time 1001",
            "50",
        ),
        (samples.INTERROGATE, "station 1: interrogate", ""),
        ("65 01 0600 0100 000000 05", "station 1: interrogate counters", ""),
        ("65 01 0600 0100 000000 45", "station 1: freeze or reset counters", ""),
        ("66 01 0500 0100 ea0300", "station 1: read 1002", ""),
        (samples.CLOCK, "station 1: set the clock", ""),
        ("67 01 0600 ffff 000000 00000f2f150b1a", "every station: set the clock", ""),
        (samples.RESET, "station 1: reset the process", ""),
        ("70 01 0600 0100 e90300 00004842 01", "station 1: parameter, floating 1001", "50"),
        ("7a 01 0500 0100 e90300 0100 00 01", "station 1: call a directory or a file 1001", ""),
        ("7a 01 0d00 0100 e90300 0100 00 04", "station 1: delete a file 1001", ""),
    ],
)
def test_what_is_asked_is_read(text: str, words: str, value: str) -> None:
    """C11: each type by its name, with its station, its place and its value."""
    found = said(text)
    assert isinstance(found, Request)
    assert str(found) == words
    assert found.shown == value


def test_what_goes_to_every_station_takes_an_override() -> None:
    found = said("64 01 0600 ffff 000000 14")
    assert isinstance(found, Request)
    assert found.action is Action.OVERRIDE


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param("2d 01 0300 0100 e90300 01", 45, id="a command that says it is spontaneous"),
        pytest.param("2d 01 4600 0100 e90300 01", 45, id="a command that is a refusal"),
        pytest.param("67 01 0800 0100 000000 00000f2f150b1a", 45, id="a clock that is cancelled"),
        pytest.param("2d 01 0600 0000 e90300 01", 46, id="to no station"),
        pytest.param("2d 01 0600 ffff e90300 01", 46, id="a command to every station"),
        pytest.param("64 01 0600 0100 010000 14", 47, id="an interrogation of a place"),
        pytest.param("2e 01 0600 0100 e90300 00", 7, id="a double command that is neither on nor off"),
        pytest.param("2f 01 0800 0100 e90300 03", 9, id="a step to nowhere, cancelled"),
        pytest.param("32 01 0600 0100 ea0300 0000c07f 00", 7, id="a set-point that is no number"),
        pytest.param("32 01 0600 0100 ea0300 0000807f 00", 7, id="a set-point without end"),
    ],
)
def test_what_every_station_refuses_is_illegal(text: str, cause: int) -> None:
    found = said(text)
    assert isinstance(found, Illegal)
    assert found.cause == cause


def test_a_request_is_for_one_place_and_has_its_length() -> None:
    for text in (
        "2d 02 0600 0100 e90300 01 ea0300 01",
        "2d 81 0600 0100 e90300 01",
        "2d 01 0600 0100 e90300",
        "2d",
    ):
        assert isinstance(said(text), Malformed), text


def test_what_a_station_tells_and_what_makers_made_is_unknown() -> None:
    for number in (0, 1, 13, 30, 36, 44, 52, 70, 106, 126, 128, 255):
        size = {1: 1, 13: 5, 30: 8, 36: 12, 70: 1, 126: 13}.get(number, 1)
        data = bytes((number, 1, 6, 0, 1, 0, 0, 0, 0)) + bytes(size)
        assert read(data) == Unknown(number), number


@given(st.integers(0, 255), st.binary(max_size=40))
def test_no_bytes_raise(number: int, data: bytes) -> None:
    found = read(bytes((number,)) + data)
    assert not isinstance(found, Request) or str(found)

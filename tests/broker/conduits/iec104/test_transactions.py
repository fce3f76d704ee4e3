from broker.conduits.iec104.transactions import MOST_OPEN, Iec104Reader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.iec104.samples import (
    CLOCK,
    HANDSHAKE,
    INTERROGATE,
    POINT,
    SET_50,
    SWITCH_ON,
    ack,
    told,
)


def listed(*talk: tuple[bool, str]) -> list[Transaction]:
    reader = Iec104Reader()
    for inward, data in HANDSHAKE:
        list(reader.sent(data, 0) if inward else reader.answered(data, 0))
    found = [
        one
        for at, (inward, asdu) in enumerate(talk)
        for one in (
            reader.sent(told(at, 0, asdu), at) if inward else reader.answered(told(at, 0, asdu) + ack(0), at)
        )
    ]
    assert not reader.broken
    return [*found, *reader.finish()]


def confirmed(asdu: str, cause: str = "0700") -> str:
    return asdu.replace("0600", cause)


def test_a_command_says_what_was_there_before() -> None:
    one, two = listed(
        (False, POINT),
        (True, SET_50),
        (False, confirmed(SET_50)),
        (False, confirmed(SET_50, "0a00")),
        (True, SET_50.replace("00004842", "0000a041")),
        (False, confirmed(SET_50.replace("00004842", "0000a041"))),
    )
    assert one.sentence == "station 1: set-point, floating 1002 = 50, was 40"
    assert (one.unit, one.table, one.address, one.count) == ("1", "set-point", "1002", 1)
    assert (one.values, one.before, one.outcome) == (("50",), ("40",), "done")
    assert (one.function, one.action, one.writes, one.at_us) == (
        "set-point, floating",
        Action.OPERATE,
        True,
        1,
    )
    assert two.sentence == "station 1: set-point, floating 1002 = 20, was 50"


def test_a_selection_changes_nothing_yet() -> None:
    select = "2d 01 0600 0100 e90300 81"
    one, two = listed(
        (True, select), (False, confirmed(select)), (True, SWITCH_ON), (False, confirmed(SWITCH_ON))
    )
    assert one.sentence == "station 1: select single command 1001 = on"
    assert two.sentence == "station 1: single command 1001 = on"


def test_a_station_s_own_no_and_none_at_all_are_told() -> None:
    one, two, three = listed(
        (True, SWITCH_ON),
        (False, confirmed(SWITCH_ON, "4700")),
        (True, CLOCK),
        (False, confirmed(CLOCK, "6c00")),
        (True, SET_50),
    )
    assert one.sentence == "station 1: single command 1001 = on: refused by the station"
    assert two.sentence == "station 1: set the clock: type unknown to the station"
    assert three.sentence == "station 1: set-point, floating 1002 = 50: no answer"


def test_the_gate_s_no_to_another_value_is_no_answer_to_this_one() -> None:
    (one,) = listed(
        (True, SET_50),
        (False, confirmed(SET_50.replace("00004842", "0000c842"), "4700")),
        (False, confirmed(SET_50)),
    )
    assert one.outcome == "done"


def test_a_place_that_is_read_is_told_with_its_value_and_an_interrogation_by_its_confirmation() -> None:
    interrogated, read, missing = listed(
        (True, INTERROGATE),
        (False, confirmed(INTERROGATE)),
        (True, "66 01 0500 0100 ea0300"),
        (False, POINT.replace("0300 0100", "0500 0100", 1)),
        (True, "66 01 0500 0100 eb0300"),
        (False, "66 01 6f00 0100 eb0300"),
    )
    assert interrogated.sentence == "station 1: interrogate"
    assert not interrogated.writes
    assert read.sentence == "station 1: read 1002 = 40"
    assert missing.sentence == "station 1: read 1003: no such place"


def test_a_file_is_told_by_its_calls_and_parts() -> None:
    call = "7a 01 0d00 0100 e90300 0100 00 01"
    one, two = listed(
        (True, call),
        (False, "78 01 0d00 0100 e90300 0100 100000 00"),
        (True, "7c 01 0d00 0100 e90300 0100 00 01"),
    )
    assert one.sentence == "station 1: call a directory or a file 1001"
    assert two.sentence == "station 1: acknowledge a file 1001"


def test_what_is_never_answered_is_told_when_too_much_is_open() -> None:
    reader = Iec104Reader()
    found = [one for number in range(MOST_OPEN + 1) for one in reader.sent(told(number, 0, SET_50), number)]
    assert [one.outcome for one in found] == ["no answer"]
    assert len(list(reader.finish())) == MOST_OPEN


def test_what_is_no_iec_104_ends_the_reading() -> None:
    for data in (b"HTTP", told(0, 0, POINT)):
        reader = Iec104Reader()
        assert list(reader.sent(data, 0)) == []
        assert reader.broken
    reader = Iec104Reader()
    list(reader.answered(b"HTTP", 0))
    assert reader.broken

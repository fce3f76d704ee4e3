from broker.conduits.dnp3.link import Frame
from broker.conduits.dnp3.requests import Illegal, Malformed, Request, Unknown, read
from broker.conduits.dnp3.transport import Fragment
from domain.access import Action
from tests.broker.conduits.dnp3.samples import LATCH_ON

V, OP, C, X = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE
BROADCAST = (Frame(0xC4, 0xFFFF, 1, b"x"),)
COMMAND = "1a00 0400 000000000000 ff01 00000000 00000000 {mode} 0004 0000 74657374"


def said(data: str) -> object:
    return read(Fragment(1, 10, bytes.fromhex(data)))


def test_what_a_request_takes_and_how_it_is_told() -> None:
    """C11, D13."""
    for data, needs, words, values in (
        ("c1 01 3c0206 3c0106", {V}, "outstation 10: read, class 1, class 0", ()),
        ("d1 00", {V}, "outstation 10: confirm", ()),
        (f"c1 03 0c01 17 01 03 {LATCH_ON} 00", {OP}, "outstation 10: select, binary output 3", ("latch on",)),
        ("c1 04 2902 28 0100 0300 6400 00", {OP}, "outstation 10: operate, analog output 3", ("100",)),
        ("c1 05 2901 17 02 03 0a000000 00 04 feffffff 00", {OP}, "outstation 10: direct operate, analog outputs 3, 4", ("10", "-2")),
        ("c1 02 5001 00 07 07 00", {OP}, "outstation 10: write, internal indication 7", ("0",)),
        ("c1 02 5001 00 04 04 00", {C}, "outstation 10: write, internal indication 4", ("0",)),
        ("c1 02 5001 00 07 07 01", {C}, "outstation 10: write, internal indication 7", ("1",)),
        ("c1 02 3201 07 01 00e40b540200", {C}, "outstation 10: write, time and date", ("1970-04-26 17:46:40 UTC",)),
        ("c1 02 0a01 00 00 01 03 2201 00 02 02 0500", {OP, C}, "outstation 10: write, binary outputs 0 to 1, analog input deadband 2", ("1", "1", "5")),
        ("c1 09 1400 06", {C}, "outstation 10: freeze and clear, all of counter", ()),
        ("c1 0b 3202 07 01 00e40b540200 00000000 1400 06", {C}, "outstation 10: freeze at time, time and date, all of counter", ("1970-04-26 17:46:40 UTC",)),
        ("c1 0d", {X}, "outstation 10: cold restart", ()),
        ("c1 15 3c0206", {C}, "outstation 10: disable unsolicited, class 1", ()),
        ("c1 16 3c0206 0102 00 00 01", {C}, "outstation 10: assign class, class 1, binary inputs 0 to 1", ()),
        ("c1 19 4603 5b 01 1e00" + COMMAND.format(mode="0100"), {V}, "outstation 10: open file, file test", ()),
        ("c1 19 4603 5b 01 1e00" + COMMAND.format(mode="0200"), {C}, "outstation 10: open file, file test", ()),
        ("c1 19 4603 5b 01 0100 00", {C}, "outstation 10: open file, file ", ()),
        ("c1 01 4605 5b 01 0800 0000000000000000", {V}, "outstation 10: read, file", ()),
        ("c1 02 4605 5b 01 0900 000000000000000061", {C}, "outstation 10: write, file", ()),
        ("c1 20 7804 07 01 0100", {V}, "outstation 10: authenticate, authentication", ()),
        ("c1 20 780a 5b 01 0100 00", {C}, "outstation 10: authenticate, authentication", ()),
        ("c1 03 0c02 07 01 " + LATCH_ON + "00 0c03 00 00 02 05", {OP}, "outstation 10: select, binary output, binary outputs 0 to 2 by a pattern", ("latch on", "1", "0", "1")),
    ):  # fmt: skip
        found = said(data)
        assert isinstance(found, Request), (data, found)
        assert found.needs == needs, data
        assert str(found) == words
        assert found.values() == values


def test_what_goes_to_everybody_takes_an_override_as_well_and_is_not_answered() -> None:
    found = read(Fragment(1, 0xFFFF, bytes.fromhex("c1 09 1400 06"), frames=BROADCAST))
    assert isinstance(found, Request)
    assert found.needs == {C, X}
    assert not found.answered
    assert str(found).startswith("all outstations: freeze and clear")


def test_what_nobody_can_judge_is_told_apart() -> None:
    """C11."""
    for data, kind in (
        ("c1", Malformed),
        ("41 01 3c0206", Malformed),
        ("81 01 3c0206", Malformed),
        ("e1 01 3c0206", Malformed),
        ("d1 01 3c0206", Malformed),
        ("c1 00 3c0206", Malformed),
        ("c1 01 0102 ed", Malformed),
        ("c1 0b 1400 06", Malformed),
        ("c1 0b", Malformed),
        ("c1 63", Unknown),
        ("c1 81 0000", Unknown),
        ("c1 02 ff01 00 00 00 01", Illegal),
        ("c1 05", Illegal),
        ("c1 05 0102 17 01 03 01", Illegal),
        ("c1 05 0c01 06", Illegal),
        ("c1 05 0c01 07 01" + LATCH_ON + "00", Illegal),
        ("c1 05 2902 07 01 6400 00", Illegal),
        ("c1 05 0c01 17 00", Illegal),
    ):
        assert isinstance(said(data), kind), (data, said(data))


def test_a_file_s_name_can_t_write_into_the_ledger_what_it_likes() -> None:
    name = "1a00 0400 000000000000 ff01 00000000 00000000 0100 0004 0000 0a1b5be9"
    assert str(said("c1 19 4603 5b 01 1e00" + name)) == "outstation 10: open file, file ??[?"

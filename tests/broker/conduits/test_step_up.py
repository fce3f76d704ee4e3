from itertools import product
from typing import Any

import pytest

from broker.conduits.framed import Framed
from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.registry import SPOKEN
from broker.conduits.step_up import NOTHING_LISTED, STEP_UP, Listed, StepUp
from broker.conduits.within import Beyond
from domain.access import Action
from domain.limits import limits_of
from domain.output import Answer, ToAsset
from domain.plant import PROVABLE, Protocol
from tests.broker.conduits.dnp3 import samples as dnp3
from tests.broker.conduits.enip import samples as enip
from tests.broker.conduits.iec104 import samples as iec104
from tests.broker.conduits.s7 import samples as s7

ANY = frozenset(Action)
WORK = ANY - {Action.VIEW}


def listed(*texts: str) -> Listed:
    return Listed(limits_of(texts))


def test_what_touches_a_part_of_what_is_listed_is_not_within() -> None:
    registers = listed("modbus write holding registers 40-43", "modbus use restart communications")
    table = "holding registers"
    assert registers.writes(1, table, 30, [0] * 10) is None
    assert registers.writes(1, table, 30, [0] * 11) is Beyond.PLACE
    assert registers.writes(9, table, 43, [None]) is Beyond.PLACE
    assert registers.writes(1, table, 44, [0]) is None
    assert registers.writes(1, "coils", 40, [0]) is None
    assert registers.reads(1, table, 40, 4), "it is not the reading that is listed"
    assert not registers.uses(1, "restart communications")
    assert registers.uses(1, "clear counters")
    assert not listed("modbus read coils").reads(1, "coils", 65_535, 1)


def test_a_name_is_touched_by_what_holds_it_and_by_its_parts() -> None:
    tags = listed('ethernet-ip write tags "Line1.Speed"')
    names = {
        "Line1.Speed": True,
        "Line1.Speed[3]": True,
        "Line1": True,
        "Line1.Level": False,
        "line1.SPEED": True,
    }
    for name, touched in names.items():
        assert (tags.writes_named(0, "tags", name, [1]) is not None) is touched, name
    assert tags.reads_named(0, "tags", "Line1.Speed")
    assert tags.writes_named(0, "objects", "symbol 7", [1]) is Beyond.PLACE, "which tag that is nobody knows"
    assert tags.writes_named(0, "objects", "assembly 100", [1]) is None


def test_a_block_of_another_number_is_not_touched_and_nothing_listed_is_nothing() -> None:
    block = listed("s7 write data 0-9 of block 10")
    assert block.writes(10, "data", 9, [0]) is Beyond.PLACE
    assert block.writes(11, "data", 9, [0]) is None
    assert not Listed(())
    assert Listed(()).asks("GET", "/")
    assert not block.asks("GET", "/")
    assert NOTHING_LISTED.held("whatever", [b""]) == ""


def test_every_protocol_whose_functions_the_charter_may_list_has_a_filter_that_holds_them() -> None:
    """D14: each gets the same core, and what each holds is answered and does not reach the asset."""
    for protocol in PROVABLE:
        assert isinstance(SPOKEN[protocol].filter(ANY, ()), Framed)


def held_by(
    filter_: Framed[Any], *texts: str, proved: bool = False, actions: frozenset[Action] = frozenset()
) -> tuple[list[str], list[bytes]]:
    """The filter with this listed, and these kinds of action; what it asked about, and their digests."""
    asked: list[str] = []
    digests: list[bytes] = []

    def missing(request: str, exact: bytes) -> str:
        asked.append(request)
        digests.append(exact)
        return "" if proved else f"prove it: {request}"

    filter_.step_up = StepUp(listed(*texts), missing, actions)
    return asked, digests


def test_d14_a_listed_write_is_answered_busy_and_the_same_one_has_the_same_digest_however_it_is_numbered() -> (
    None
):
    """D14: the proof is for the unit, the function and the operands, not for a transaction's number."""
    gate = ModbusFilter(ANY)
    asked, digests = held_by(gate, "modbus write holding registers 40-43")

    def sent(number: int, register: int, value: int) -> list[object]:
        pdu = bytes((6,)) + register.to_bytes(2) + value.to_bytes(2)
        return list(gate.from_vendor(number.to_bytes(2) + b"\0\0\0\x06\x01" + pdu))

    (first,), (again,), (other,) = sent(1, 41, 5), sent(2, 41, 5), sent(3, 41, 6)
    assert isinstance(first, Answer)
    assert (first.code, first.data.hex()) == (STEP_UP, "000100000003018606")
    assert isinstance(again, Answer)
    assert isinstance(other, Answer)
    assert digests[0] == digests[1] != digests[2]
    assert asked[0] == "unit 1: write single register, holding register 41"
    (passed,) = sent(4, 39, 5)
    assert isinstance(passed, ToAsset)
    assert len(asked) == 3


def test_a12_of_a_kind_of_action_everything_is_held_and_nothing_of_another_kind() -> None:
    """A12: restarting a device's communications is to override, writing a register to operate, reading to look."""
    read, write, restart = "000100000006010300290005", "000100000006010600290005", "000100000006010800010000"
    held = {
        kind: tuple(isinstance(sent(kind, frame), Answer) for frame in (read, write, restart))
        for kind in (Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE)
    }
    assert held == {
        Action.OPERATE: (False, True, False),
        Action.CONFIGURE: (False, False, False),
        Action.OVERRIDE: (False, False, True),
    }


def sent(kind: Action, frame: str) -> object:
    gate = ModbusFilter(ANY)
    held_by(gate, actions=frozenset({kind}))
    (told,) = gate.from_vendor(bytes.fromhex(frame))
    return told


def test_d14_what_is_proved_passes_and_what_is_refused_anyway_is_not_asked_about() -> None:
    """D14: a permit that does not cover it is told that first, and no proof makes more of it."""
    for proved, actions in ((True, ANY), (False, frozenset({Action.VIEW}))):
        gate = ModbusFilter(actions)
        asked, _digests = held_by(gate, "modbus write holding registers", proved=proved)
        (told,) = gate.from_vendor(bytes.fromhex("000100000006010600290005"))
        assert isinstance(told, ToAsset) is proved
        assert len(asked) == int(proved)


STOP = "29000000000009505f50524f4752414d"
IEC_SELECT = iec104.SWITCH_ON[:-2] + "81"
ENIP_HELLO = (
    (True, enip.framed(enip.REGISTER, b"\1\0\0\0", session=0)),
    (False, enip.framed(enip.REGISTER, b"\1\0\0\0")),
)


@pytest.mark.parametrize(
    ("protocol", "before", "listing", "free", "held"),
    [
        pytest.param(
            Protocol.S7, s7.HANDSHAKE, "s7 use stop the CPU", s7.job(2, s7.READ), s7.job(3, STOP), id="a stop of a CPU"
        ),
        pytest.param(
            Protocol.DNP3,
            (),
            "dnp3 write binary outputs",
            dnp3.asked(f"c2 03 0c01 17 01 03 {dnp3.LATCH_ON} 00"),
            dnp3.asked(f"c3 04 0c01 17 01 03 {dnp3.LATCH_ON} 00"),
            id="a control: what selects moves nothing",
        ),
        pytest.param(
            Protocol.IEC_104,
            iec104.HANDSHAKE,
            "iec-104 write single commands",
            iec104.told(0, 0, IEC_SELECT),
            iec104.told(1, 0, iec104.SWITCH_ON),
            id="a switch: what selects moves nothing",
        ),
        pytest.param(
            Protocol.ETHERNET_IP,
            ENIP_HELLO,
            'ethernet-ip write tags "Speed"',
            enip.unconnected(enip.READ, 2),
            enip.unconnected(enip.WRITE, 3),
            id="a write of a tag",
        ),
    ],
)  # fmt: skip
def test_d14_a12_over_each_protocol_what_is_listed_is_answered_and_what_is_not_passes(
    protocol: Protocol, before: Any, listing: str, free: bytes, held: bytes
) -> None:
    """D14, A12: the same for a kind of action as a whole; and once it is proved, the very bytes pass."""
    for proved, named in product((False, True), ((listing,), ())):
        gate: Any = SPOKEN[protocol].filter(ANY, ())
        asked, _digests = held_by(gate, *named, proved=proved, actions=frozenset() if named else WORK)
        for vendor, data in before:
            assert not [
                one
                for one in (gate.from_vendor if vendor else gate.from_asset)(data)
                if isinstance(one, Answer)
            ]
        (passed,) = gate.from_vendor(free)
        (told,) = gate.from_vendor(held)
        assert isinstance(passed, ToAsset)
        assert len(asked) == 1
        if proved:
            assert isinstance(told, ToAsset)
        else:
            assert (isinstance(told, Answer), told.code, told.data != b"") == (True, STEP_UP, True)

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.modbus.filter import MOST_OPEN, ModbusFilter
from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.requests import Request, read
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold

VIEW = frozenset({Action.VIEW})
OPERATE = frozenset({Action.VIEW, Action.OPERATE})
READ = Frame(1, 1, bytes.fromhex("0300000002"))
HELD = Frame(1, 1, bytes.fromhex("0304000a000b"))
WRITE = Frame(2, 1, bytes.fromhex("0600280003"))
WRITES = {
    5: "0500acff00",
    6: "0600010003",
    15: "0f0013000a02cd01",
    16: "10000100020400" + "0a0102",
    22: "1600040 0f20025".replace(" ", ""),
    23: "17000300010 00e00010200ff".replace(" ", ""),
}


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_its_answer() -> None:
    gate = ModbusFilter(VIEW)
    assert list(gate.from_vendor(READ.wire())) == [ToAsset(READ.wire())]
    assert list(gate.from_asset(HELD.wire())) == [ToVendor(HELD.wire())]


@pytest.mark.parametrize("function", WRITES)
def test_under_view_every_write_is_answered_and_never_reaches_the_device(function: int) -> None:
    """C11, D13: function codes 5, 6, 15, 16, 22 and 23."""
    asked = Frame(9, 1, bytes.fromhex(WRITES[function]))
    outputs = list(ModbusFilter(VIEW).from_vendor(asked.wire()))
    assert reached(outputs) == b""
    (answer,) = outputs
    assert isinstance(answer, Answer)
    assert answer.code == "modbus_function_not_permitted"
    assert answer.data == Frame(9, 1, bytes((function | 0x80, 1))).wire()
    assert "which is to operate: unit 1" in answer.sentence


@pytest.mark.parametrize("function", WRITES)
def test_under_operate_it_reaches_the_device(function: int) -> None:
    asked = Frame(9, 1, bytes.fromhex(WRITES[function])).wire()
    assert list(ModbusFilter(OPERATE).from_vendor(asked)) == [ToAsset(asked)]


@pytest.mark.parametrize("pdu", ["080001ff00", "0800040000"])
def test_to_silence_or_restart_a_device_takes_an_override(pdu: str) -> None:
    asked = Frame(9, 1, bytes.fromhex(pdu)).wire()
    assert reached(ModbusFilter(OPERATE | {Action.CONFIGURE}).from_vendor(asked)) == b""
    assert reached(ModbusFilter(frozenset({Action.OVERRIDE})).from_vendor(asked)) == asked


def test_a_function_that_nobody_knows_is_answered_and_ends_the_conduit() -> None:
    """90 is one maker's: it loads programs."""
    gate = ModbusFilter(frozenset(Action))
    outputs = list(gate.from_vendor(Frame(1, 1, b"\x5a\x00\x02").wire() + READ.wire()))
    assert codes(outputs) == ["modbus_function_unknown"] * 2
    assert isinstance(outputs[-1], Cut)
    assert reached(outputs) == b""
    assert list(gate.from_vendor(READ.wire())) == []


@pytest.mark.parametrize(
    "junk",
    [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01", b"\x03\x00\x00\x16\x11\xe0"],
)
def test_another_protocol_in_the_tunnel_ends_it(junk: bytes) -> None:
    """C04: HTTP, SSH, TLS and S7 are no Modbus."""
    outputs = list(ModbusFilter(frozenset(Action)).from_vendor(junk))
    assert codes(outputs) == ["modbus_malformed"]
    assert reached(outputs) == b""


def test_what_came_before_the_junk_still_counts() -> None:
    outputs = list(ModbusFilter(VIEW).from_vendor(READ.wire() + b"\xff" * 20))
    assert reached(outputs) == READ.wire()
    assert isinstance(outputs[-1], Cut)


def test_an_answer_that_nobody_asked_for_is_withheld_and_the_work_goes_on() -> None:
    gate = ModbusFilter(VIEW)
    assert codes(gate.from_asset(HELD.wire())) == ["modbus_unasked"]
    list(gate.from_vendor(READ.wire()))
    assert list(gate.from_asset(HELD.wire())) == [ToVendor(HELD.wire())]
    assert codes(gate.from_asset(HELD.wire())) == ["modbus_unasked"], "an answer is one answer"


def test_a_device_that_speaks_something_else_ends_it() -> None:
    assert codes(ModbusFilter(VIEW).from_asset(b"HTTP/1.1 200 OK\r\n")) == ["modbus_malformed"]


def test_answers_may_come_in_another_order_and_numbers_may_repeat() -> None:
    gate = ModbusFilter(OPERATE)
    list(gate.from_vendor(READ.wire() + WRITE.wire() + READ.wire()))
    for answer in (WRITE, HELD, HELD):
        assert list(gate.from_asset(answer.wire())) == [ToVendor(answer.wire())]


def test_a_device_that_never_answers_does_not_close_the_way() -> None:
    gate = ModbusFilter(VIEW)
    asked = [Frame(number, 1, READ.pdu).wire() for number in range(MOST_OPEN + 2)]
    outputs = [one for frame in asked for one in gate.from_vendor(frame)]
    assert codes(outputs) == ["modbus_too_many_open"]
    assert reached(outputs) == b"".join(asked[:MOST_OPEN] + asked[-1:])


PDUS = st.one_of(
    st.binary(min_size=1, max_size=30),
    st.sampled_from([bytes.fromhex(one) for one in WRITES.values()]),
    st.builds(
        lambda code, at, count: bytes((code,)) + at.to_bytes(2) + count.to_bytes(2),
        st.integers(1, 6), st.integers(0, 0xFFFF), st.integers(0, 0x800),
    ),
)  # fmt: skip


@given(
    st.lists(st.builds(Frame, st.integers(0, 0xFFFF), st.integers(0, 0xFF), PDUS), max_size=20),
    st.binary(max_size=9),
)
def test_whatever_reaches_the_device_is_a_whole_frame_that_reads_as_permitted(
    frames: list[Frame], tail: bytes
) -> None:
    """C11, D13: for every stream."""
    stream = b"".join(frame.wire() for frame in frames) + tail
    for output in ModbusFilter(VIEW).from_vendor(stream):
        if isinstance(output, ToAsset):
            data = output.data
            said = read(Frame(int.from_bytes(data[:2]), data[6], data[7:]))
            assert isinstance(said, Request)
            assert said.function.action is Action.VIEW
            assert said.writes is None

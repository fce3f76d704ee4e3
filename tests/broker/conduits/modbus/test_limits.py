import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.functions import FUNCTIONS, SUB_FUNCTIONS
from broker.conduits.modbus.requests import Request, read
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, Output, ToAsset
from domain.plant import Limit, Protocol
from domain.vocabulary import VOCABULARY

LIMITS = tuple(
    limit_of(f"modbus {one}")
    for one in (
        "read holding registers 0-199 of unit 3",
        "write holding registers 40-43 of unit 3 between 0 and 500",
        "write holding registers 60 of unit 3",
        "write coils 7 of unit 3 between 0 and 0",
        "use read device identification of unit 3",
    )
)
ADDRESS, VALUE, FUNCTION = (
    ("modbus_address_not_permitted", 2),
    ("modbus_value_not_permitted", 3),
    ("modbus_function_not_permitted", 1),
)


def answered(pdu: str, unit: int = 3, limits: tuple[Limit, ...] = LIMITS) -> Output:
    (output,) = ModbusFilter(frozenset(Action), limits).from_vendor(Frame(7, unit, bytes.fromhex(pdu)).wire())
    return output


@pytest.mark.parametrize(
    "pdu",
    [
        pytest.param("03 0000 007d", id="a read within"),
        pytest.param("03 00c7 0001", id="the last register"),
        pytest.param("06 0028 01f4", id="the highest value"),
        pytest.param("10 0028 0004 08 0000 01f4 0001 0002", id="all four at once"),
        pytest.param("05 0007 0000", id="a coil off"),
        pytest.param("16 003c 00f2 0025", id="a mask where no bounds are"),
        pytest.param("17 0000 0002 0028 0001 02 0001", id="read and write, both within"),
        pytest.param("2b 0e 01 00", id="a function that is named"),
    ],
)
def test_what_the_limits_cover_reaches_the_device(pdu: str) -> None:
    assert isinstance(answered(pdu), ToAsset)


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        pytest.param("03 00c7 0002", ADDRESS, id="a read that begins within"),
        pytest.param("04 0000 0001", ADDRESS, id="another table"),
        pytest.param("06 002c 0001", ADDRESS, id="a register beside"),
        pytest.param("06 0028 01f5", VALUE, id="a value above"),
        pytest.param("10 002a 0003 06 0000 0000 0000", ADDRESS, id="the last of three is beside"),
        pytest.param("10 0028 0002 04 0000 01f5", VALUE, id="the second of two is above"),
        pytest.param("16 0028 00f2 0025", VALUE, id="a mask where bounds are"),
        pytest.param("05 0007 ff00", VALUE, id="a coil on"),
        pytest.param("0f 0007 0001 01 01", VALUE, id="the same by another function"),
        pytest.param("17 00c7 0002 0028 0001 02 0001", ADDRESS, id="read and write, the read beyond"),
        pytest.param("17 0000 0002 0028 0001 02 01f5", VALUE, id="read and write, the value above"),
        pytest.param("11", FUNCTION, id="a function that is not named"),
        pytest.param("08 0001 0000", FUNCTION, id="a restart that is not named"),
        pytest.param("14 07 06 0004 0001 0002", FUNCTION, id="a file"),
    ],
)
def test_what_they_do_not_cover_is_answered_in_the_device_s_place(pdu: str, why: tuple[str, int]) -> None:
    """C11, D13: by register and by value."""
    asked, (code, exception) = bytes.fromhex(pdu), why
    output = answered(pdu)
    assert isinstance(output, Answer)
    assert (output.code, output.data) == (code, Frame(7, 3, bytes((asked[0] | 0x80, exception))).wire())
    assert "unit 3" in output.sentence


def test_another_unit_s_registers_are_not_within_and_limits_of_another_protocol_are_none() -> None:
    assert isinstance(answered("03 0000 0001", unit=4), Answer)
    assert isinstance(answered("03 0000 0001", unit=0), Answer), "a broadcast is not unit 3"


def test_limits_take_nothing_from_what_the_action_takes() -> None:
    gate = ModbusFilter(frozenset({Action.VIEW}), LIMITS)
    (output,) = gate.from_vendor(Frame(7, 3, bytes.fromhex("06 0028 0001")).wire())
    assert isinstance(output, Answer)
    assert output.code == "modbus_function_not_permitted"


def test_every_function_that_touches_no_address_can_be_named_by_its_own_name() -> None:
    functions = (*FUNCTIONS.values(), *SUB_FUNCTIONS.values())
    assert {one.name for one in functions if not one.reads and not one.writes} == VOCABULARY[
        Protocol.MODBUS
    ].uses
    tables = {f"{one.reads}s" for one in functions if one.reads} | {
        f"{one.writes}s" for one in functions if one.writes
    }
    assert tables == set(VOCABULARY[Protocol.MODBUS].tables)


PDUS = st.one_of(
    st.builds(lambda code, at, count: bytes((code,)) + at.to_bytes(2) + count.to_bytes(2),
              st.sampled_from([3, 6, 5, 1]), st.integers(30, 70), st.integers(0, 600)),
    st.builds(lambda at, values: b"\x10" + at.to_bytes(2) + len(values).to_bytes(2) + bytes((2 * len(values),))
              + b"".join(one.to_bytes(2) for one in values),
              st.integers(36, 62), st.lists(st.integers(490, 510), min_size=1, max_size=5)),
)  # fmt: skip


@given(PDUS, st.sampled_from([0, 3, 4]))
def test_nothing_that_reaches_the_device_touches_an_address_or_a_value_beyond(pdu: bytes, unit: int) -> None:
    """C11: for every request, address by address."""
    frame = Frame(7, unit, pdu)
    (output,) = ModbusFilter(frozenset(Action), LIMITS).from_vendor(frame.wire())
    said = read(frame)
    if not isinstance(said, Request):
        return
    may = unit == 3
    if said.reads is not None:
        may &= said.reads.table == "holding register" and said.reads.address + said.reads.count <= 200
    if said.writes is not None:
        for at, value in enumerate(said.values, said.writes.address):
            if said.writes.table == "coil":
                may &= at == 7 and value == 0
            else:
                may &= (40 <= at <= 43 and value <= 500) or at == 60
    assert isinstance(output, ToAsset) is may

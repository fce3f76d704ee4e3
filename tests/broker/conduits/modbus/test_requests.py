import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.modbus.frames import LONGEST_PDU, Frame
from broker.conduits.modbus.requests import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    Illegal,
    Malformed,
    Request,
    Span,
    Unknown,
    read,
)
from tests.for_each import for_each


def said(pdu: str) -> object:
    return read(Frame(1, 3, bytes.fromhex(pdu)))


@for_each(
    ("pdu", "words"),
    [
        ("01 0013 0013", "unit 3: read coils, coils 19 to 37"),
        ("02 00c4 0016", "unit 3: read discrete inputs, discrete inputs 196 to 217"),
        ("03 006b 0003", "unit 3: read holding registers, holding registers 107 to 109"),
        ("04 0008 0001", "unit 3: read input registers, input register 8"),
        ("05 00ac ff00", "unit 3: write single coil, coil 172"),
        ("06 0001 0003", "unit 3: write single register, holding register 1"),
        ("07", "unit 3: read exception status"),
        ("08 0000 a537", "unit 3: return query data"),
        ("08 0000 a5370102", "unit 3: return query data"),
        ("08 0001 ff00", "unit 3: restart communications"),
        ("08 0004 0000", "unit 3: force listen only"),
        ("08 0012 0000", "unit 3: read a diagnostic counter"),
        ("0b", "unit 3: get event counter"),
        ("0c", "unit 3: get event log"),
        ("0f 0013 000a 02 cd01", "unit 3: write multiple coils, coils 19 to 28"),
        ("10 0001 0002 04 000a0102", "unit 3: write multiple registers, holding registers 1 to 2"),
        ("11", "unit 3: report server id"),
        ("14 0e 06 0004 0001 0002 06 0003 0009 0002", "unit 3: read file record"),
        ("15 0d 06 0004 0007 0003 06af04be100d", "unit 3: write file record"),
        ("16 0004 00f2 0025", "unit 3: mask write register, holding register 4"),
        ("17 0003 0006 000e 0003 06 00ff00ff00ff", "unit 3: read and write registers, holding registers 3 to 8 and holding registers 14 to 16"),
        ("18 04de", "unit 3: read FIFO queue"),
        ("2b 0e 01 00", "unit 3: read device identification"),
    ],
)  # fmt: skip
def test_the_specification_s_examples_are_read(pdu: str, words: str) -> None:
    """C11: each function by its name, with what it touches."""
    assert str(said(pdu)) == words


def test_what_is_written_is_read_too() -> None:
    coils = said("0f 0013 000a 02 cd01")
    assert isinstance(coils, Request)
    assert coils.values == (1, 0, 1, 1, 0, 0, 1, 1, 1, 0)
    assert coils.writes == Span("coil", 19, 10)
    registers = said("10 0001 0002 04 000a0102")
    assert isinstance(registers, Request)
    assert registers.values == (10, 0x102)
    on, off = said("05 00ac ff00"), said("05 00ac 0000")
    assert isinstance(on, Request)
    assert isinstance(off, Request)
    assert (on.values, off.values) == ((1,), (0,))
    mask = said("16 0004 00f2 0025")
    assert isinstance(mask, Request)
    assert mask.mask == (0xF2, 0x25)


@for_each(
    ("pdu", "exception"),
    [
        pytest.param("01 0000 0000", ILLEGAL_VALUE, id="no coil"),
        pytest.param("01 0000 07d1", ILLEGAL_VALUE, id="one coil too many"),
        pytest.param("03 0000 007e", ILLEGAL_VALUE, id="one register too many"),
        pytest.param("03 ffff 0002", ILLEGAL_ADDRESS, id="beyond the last address"),
        pytest.param("05 0000 0001", ILLEGAL_VALUE, id="a coil that is neither on nor off"),
        pytest.param("05 0000 ff01", ILLEGAL_VALUE, id="a coil that is almost on"),
        pytest.param("0f ffff 0002 01 03", ILLEGAL_ADDRESS, id="coils beyond the last address"),
        pytest.param("10 0000 007c f8" + "00" * 248, ILLEGAL_VALUE, id="one register too many to write"),
        pytest.param("17 0000 007e 0000 0001 02 0000", ILLEGAL_VALUE, id="too many to read while writing"),
        pytest.param("17 0000 0001 ffff 0002 04 00000000", ILLEGAL_ADDRESS, id="written beyond the last address"),
        pytest.param("14 07 05 0004 0001 0002", ILLEGAL_ADDRESS, id="another reference type"),
        pytest.param("2b 0e 05 00", ILLEGAL_VALUE, id="a device identification that there is none of"),
    ],
)  # fmt: skip
def test_what_the_protocol_forbids_is_illegal(pdu: str, exception: int) -> None:
    found = said(pdu)
    assert isinstance(found, Illegal)
    assert found.exception == exception


@for_each(
    "pdu",
    [
        pytest.param("03 0000", id="cut short"),
        pytest.param("03 0000 0001 00", id="a byte too many"),
        pytest.param("05 0000 ff00 00", id="a write with a byte too many"),
        pytest.param("07 00", id="a bare function with a byte"),
        pytest.param("08", id="a diagnosis of nothing"),
        pytest.param("08 0001 ff", id="an odd restart"),
        pytest.param("08 0001 ff00 00", id="a restart with more behind it"),
        pytest.param("08 0000 ff0000", id="an odd echo"),
        pytest.param("0f 0013 000a 01 cd", id="fewer bytes than coils"),
        pytest.param("0f 0013 000a 03 cd0100", id="more bytes than coils"),
        pytest.param("10 0001 0002 04 000a01", id="the count of bytes lies"),
        pytest.param("10 0001 0001 04 000a0102", id="more registers than it says"),
        pytest.param("10 0001", id="a write of nothing"),
        pytest.param("16 0004 00f2", id="half a mask"),
        pytest.param("17 0003 0006 000e 0003 06 00ff00ff", id="both, and cut short"),
        pytest.param("14 00", id="records, but none"),
        pytest.param("14 08 06 0004 0001 0002 06", id="half a record"),
        pytest.param("15 0d 06 0004 0007 0004 06af04be100d", id="a record longer than its data"),
        pytest.param("18 04", id="half an address"),
        pytest.param("2b", id="encapsulated nothing"),
        pytest.param("2b 0e 01", id="half a question who it is"),
    ],
)
def test_a_length_that_contradicts_the_function_is_malformed(pdu: str) -> None:
    assert isinstance(said(pdu), Malformed)


@pytest.mark.parametrize("pdu", ["5a 00", "00", "41", "64 01", "80", "83 02", "08 0005 0000", "2b 0d 00 00"])
def test_what_nobody_can_judge_is_unknown(pdu: str) -> None:
    assert isinstance(said(pdu), Unknown)


@given(st.integers(0, 0xFF), st.binary(min_size=1, max_size=LONGEST_PDU))
def test_no_frame_raises_and_whatever_is_read_lies_within_the_tables(unit: int, pdu: bytes) -> None:
    found = read(Frame(1, unit, pdu))
    if isinstance(found, Request):
        for span in (found.reads, found.writes):
            assert span is None or span.address + span.count <= 0x10000
        assert found.writes is None or found.mask or len(found.values) == found.writes.count

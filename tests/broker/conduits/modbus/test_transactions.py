import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.modbus import transactions
from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.transactions import ModbusReader
from broker.conduits.transaction import Transaction


def frame(number: int, pdu: str, unit: int = 3) -> bytes:
    return Frame(number, unit, bytes.fromhex(pdu)).wire()


def told(*crossed: tuple[str, str], reader: ModbusReader | None = None) -> list[str]:
    """The sentences about requests with their answers; an empty answer never came."""
    reader = reader or ModbusReader()
    done: list[Transaction] = []
    for number, (asked, answer) in enumerate(crossed):
        done += reader.sent(frame(number, asked), 1000 * number)
        if answer:
            done += reader.answered(frame(number, answer), 1000 * number + 10)
    return [one.sentence for one in (*done, *reader.finish())]


@pytest.mark.parametrize(
    ("asked", "answer", "said"),
    [
        ("03 006b 0003", "03 06 022b 0000 0064", "unit 3: read holding registers, holding registers 107 to 109: 555, 0, 100"),
        ("01 0013 0003", "01 01 05", "unit 3: read coils, coils 19 to 21: 1, 0, 1"),
        ("06 0029 015e", "06 0029 015e", "unit 3: write single register, holding register 41 = 350"),
        ("05 00ac ff00", "05 00ac ff00", "unit 3: write single coil, coil 172 = 1"),
        ("16 0004 00f2 0025", "16 0004 00f2 0025", "unit 3: mask write register, holding register 4 and 0x00f2, or 0x0025"),
        ("06 0029 015e", "86 02", "unit 3: write single register, holding register 41 = 350: illegal data address"),
        ("06 0029 015e", "86 7b", "unit 3: write single register, holding register 41 = 350: exception 123"),
        ("07", "", "unit 3: read exception status: no answer"),
        ("03 0000 000a", "03 14" + "0001" * 10, "unit 3: read holding registers, holding registers 0 to 9: 1, 1, 1, 1, 1, 1, 1, 1, … (10 in all)"),
    ],
)  # fmt: skip
def test_a_transaction_is_told_in_words(asked: str, answer: str, said: str) -> None:
    assert told((asked, answer)) == [said]


def test_a_write_says_what_was_there_before_where_the_channel_had_seen_it() -> None:
    read, write = ("03 0029 0001", "03 02 0154"), ("06 0029 015e", "06 0029 015e")
    assert told(read, write, ("06 0029 0001", "06 0029 0001"))[1:] == [
        "unit 3: write single register, holding register 41 = 350, was 340",
        "unit 3: write single register, holding register 41 = 1, was 350",
    ]


def test_what_the_device_refused_was_not_written() -> None:
    assert told(("03 0029 0001", "03 02 0154"), ("06 0029 015e", "86 02"), ("06 0029 0001", "06 0029 0001"))[
        -1
    ] == ("unit 3: write single register, holding register 41 = 1, was 340")


def test_after_a_mask_nobody_knows_what_is_there() -> None:
    masked = ("16 0029 00f2 0025", "16 0029 00f2 0025")
    assert told(("06 0029 015e", "06 0029 015e"), masked, ("06 0029 0001", "06 0029 0001"))[-1] == (
        "unit 3: write single register, holding register 41 = 1"
    )


def test_another_unit_s_registers_are_others() -> None:
    reader = ModbusReader()
    list(reader.sent(frame(1, "06 0029 015e", unit=4), 0))
    list(reader.answered(frame(1, "06 0029 015e", unit=4), 1))
    assert told(("06 0029 0001", "06 0029 0001"), reader=reader) == [
        "unit 3: write single register, holding register 41 = 1"
    ]


def test_a_device_that_never_answers_costs_no_memory_and_loses_nothing() -> None:
    reader = ModbusReader()
    done = [one for number in range(1000) for one in reader.sent(frame(number, "07"), number)]
    assert len(reader._open) == transactions.MOST_OPEN
    assert [one.at_us for one in (*done, *reader.finish())] == list(range(1000))


def test_what_is_no_modbus_is_said_to_be_unreadable() -> None:
    reader = ModbusReader()
    assert list(reader.sent(b"GET / HTTP/1.1", 0)) == []
    assert reader.broken


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=64))))
def test_nothing_that_crossed_can_stop_the_reading(crossed: list[tuple[bool, bytes]]) -> None:
    reader = ModbusReader()
    for at, (inward, data) in enumerate(crossed):
        for one in reader.sent(data, at) if inward else reader.answered(data, at):
            assert one.sentence

from collections.abc import Iterable

import pytest

from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.transactions import ModbusReader
from broker.reading import finder as finders
from broker.reading.extract import extract
from broker.reading.finder import TransactionFinder
from broker.reading.found import Found, FoundKind
from recorder.format import payloads
from recorder.format.frame import Frame as Recorded
from recorder.format.frame import Kind

READ, HELD = "03 0029 0001", "03 02 0154"
WRITE = "06 0029 015e"


def crossed(finder: TransactionFinder, number: int, asked: str, answer: str) -> Iterable[Found]:
    yield from finder.sent(Frame(number, 3, bytes.fromhex(asked)).wire(), 1000 * number)
    yield from finder.answered(Frame(number, 3, bytes.fromhex(answer)).wire(), 1000 * number + 1)


def test_what_is_polled_is_told_once_and_counted_and_each_write_by_itself() -> None:
    finder = TransactionFinder(2, ModbusReader())
    things = [one for number in range(100) for one in crossed(finder, number, READ, HELD)]
    things += [one for number in (100, 101) for one in crossed(finder, number, WRITE, WRITE)]
    things += finder.finish()
    assert [(one.at_us, one.text) for one in things] == [
        (0, "unit 3: read holding registers, holding register 41: 340"),
        (100_000, "unit 3: write single register, holding register 41 = 350, was 340"),
        (101_000, "unit 3: write single register, holding register 41 = 350, was 350"),
        (99_000, "unit 3: read holding registers, holding register 41: 100 times in all, this was the last"),
    ]
    assert [one.deed for one in things] == ["view", "operate", "operate", "view"]


def test_a_read_that_fails_is_told_each_time() -> None:
    finder = TransactionFinder(2, ModbusReader())
    things = [one for number in range(3) for one in crossed(finder, number, READ, "83 02")]
    assert len(things) == 3
    assert things[0].text.endswith("illegal data address")


def test_there_is_an_end_to_what_the_index_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finders, "MOST_TOLD", 2)
    finder = TransactionFinder(2, ModbusReader())
    things = [one for number in range(5) for one in crossed(finder, number, WRITE, WRITE)]
    assert len(things) == 2
    assert finder.broken


def test_a_recording_that_says_it_was_modbus_is_read_as_modbus() -> None:
    """E10: protocol functions are searchable, and what the gate refused stands beside them."""
    sentence = "The permit is not for this, which is to operate: unit 3: write single coil, coil 1."
    frames = [
        Recorded(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("forward:502", command="plc-07:502")),
        Recorded(Kind.MARK, 1, 1, payloads.mark("filter", protocol="modbus", actions=["view"])),
        Recorded(Kind.TO_ASSET, 1, 10, Frame(1, 3, bytes.fromhex(READ)).wire()),
        Recorded(Kind.TO_VENDOR, 1, 20, Frame(1, 3, bytes.fromhex(HELD)).wire()),
        Recorded(Kind.MARK, 1, 30, payloads.mark("answered", code="modbus_function_not_permitted", sentence=sentence)),
        Recorded(Kind.TO_VENDOR, 1, 31, Frame(2, 3, b"\x85\x01").wire()),
    ]  # fmt: skip
    things = extract(frames)
    assert [(one.kind, one.text) for one in things if one.kind is not FoundKind.PASSAGE] == [
        (FoundKind.TRANSACTION, "unit 3: read holding registers, holding register 41: 340"),
        (FoundKind.REFUSAL, f"The gate answered in the asset's place: {sentence}"),
    ]

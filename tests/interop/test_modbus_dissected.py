"""What our Modbus frames say, beside what Wireshark's dissector says of the same captures, frame by frame."""

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.modbus.frames import Frame, Framing
from broker.conduits.modbus.requests import Illegal, Malformed, Request, Unknown, read
from domain.access import Action
from domain.output import Withhold
from tests.programs import program

CAPTURES = Path(__file__).parents[1] / "captures"
FIELDS = (
    "tcp.stream",
    "tcp.dstport",
    "tcp.payload",
    "mbtcp.trans_id",
    "mbtcp.unit_id",
    "modbus.func_code",
    "modbus.exception_code",
    "modbus.reference_num",
    "modbus.word_cnt",
    "modbus.bit_cnt",
    "modbus.diagnostic_code",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One segment, as tshark tells it. Of a field that a segment has several times, all, in order."""

    stream: str
    to_device: bool
    payload: bytes
    transactions: tuple[int, ...]
    units: tuple[int, ...]
    functions: tuple[int, ...]
    exceptions: tuple[int, ...]
    references: tuple[int, ...]
    counts: tuple[int, ...]
    diagnostics: tuple[int, ...]


def dissected(capture: str) -> Iterator[Seen]:
    given = [part for field in FIELDS for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURES / capture, "-Y", "modbus", "-T", "fields", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        stream, port, payload, *rest = line.split("\t")
        trans, units, codes, exceptions, references, words, bits, diagnostics = (
            _numbers(one) for one in rest
        )
        yield Seen(
            stream, port == "502", bytes.fromhex(payload), trans, units, codes, exceptions,
            references, words + bits, diagnostics,
        )  # fmt: skip


def _numbers(field: str) -> tuple[int, ...]:
    return tuple(int(one, 0) for one in field.split(",") if one)


def ours(seen: list[Seen]) -> Iterator[tuple[Seen, list[Frame]]]:
    """Each segment with the frames that ended in it, read as the gate would: direction by direction, in order."""
    streams: dict[tuple[str, bool], Framing] = defaultdict(Framing)
    for one in seen:
        framing = streams[one.stream, one.to_device]
        frames = list(framing.feed(one.payload))
        assert framing.fault == ""
        yield one, frames


@pytest.mark.parametrize(
    ("capture", "frames"),
    [("modbus_1.pcap", 45), ("modbus_2.pcap", 281), ("modbus_3.pcap", 32)],
)
def test_every_frame_is_read_as_wireshark_reads_it(capture: str, frames: int) -> None:
    """C11: function, unit, addresses and direction."""
    total = 0
    for one, found in ours(list(dissected(capture))):
        total += len(found)
        assert tuple(frame.transaction for frame in found) == one.transactions
        assert tuple(frame.unit for frame in found) == one.units
        assert tuple(frame.function & 0x7F for frame in found) == one.functions
        assert sum(frame.function >= 0x80 for frame in found) == len(one.exceptions)
        if one.to_device and len(found) == 1 and isinstance(said := read(found[0]), Request):
            spans = [span for span in (said.reads, said.writes) if span is not None]
            assert tuple(span.address for span in spans) == (one.references if spans else ())
            assert not one.counts or tuple(span.count for span in spans) == one.counts
    assert total == frames


STRICTER = {
    "modbus_1.pcap": {43: (Malformed, "a byte behind the object's number")},
    "modbus_2.pcap": {
        # A scanner that sends every function with four bytes of zero, whatever the function has.
        **dict.fromkeys((1, 2, 3, 4, 15, 16), (Illegal, "none at all is read or written")),
        6: (Malformed, "two bytes behind the value"),
        **dict.fromkeys((11, 12, 17), (Malformed, "bytes behind a function that has none")),
        **dict.fromkeys((20, 21, 22, 23, 24), (Malformed, "fewer bytes than the function has")),
        43: (Unknown, "the encapsulated interface 0"),
        **dict.fromkeys((*range(9, 11), 13, 14, 18, 19, *range(25, 43), *range(44, 128), 0), (Unknown, "no function")),
    },
    "modbus_3.pcap": {},
}  # fmt: skip
"""Where Wireshark shows what it can and we say no: the function, how, and why. Nothing else differs."""


@pytest.mark.parametrize("capture", STRICTER)
def test_where_we_are_stricter_each_difference_is_known(capture: str) -> None:
    found: dict[int, type] = {}
    for one, frames in ours(list(dissected(capture))):
        for frame in frames if one.to_device else ():
            said = read(frame)
            if not isinstance(said, Request):
                found[frame.function] = type(said)
    assert found == {function: kind for function, (kind, _why) in STRICTER[capture].items()}


@pytest.mark.parametrize(
    ("capture", "unasked"),
    [
        pytest.param("modbus_1.pcap", {"5"}, id="one of its devices speaks, and was never asked"),
        pytest.param("modbus_3.pcap", set(), id="requests and answers"),
    ],
)
def test_real_devices_answers_fit_what_they_were_asked(capture: str, unasked: set[str]) -> None:
    gates: dict[str, ModbusFilter] = defaultdict(lambda: ModbusFilter(frozenset(Action)))
    withheld = set()
    for one in dissected(capture):
        gate = gates[one.stream]
        outputs = list(gate.from_vendor(one.payload) if one.to_device else gate.from_asset(one.payload))
        withheld |= {one.stream for output in outputs if isinstance(output, Withhold)}
    assert withheld == unasked

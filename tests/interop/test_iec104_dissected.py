"""What our IEC 104 says of a real capture, beside what Wireshark's dissector says of the same, frame by frame."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from broker.conduits.iec104.asdu import Asdu, read_asdu
from broker.conduits.iec104.filter import Iec104Filter
from broker.conduits.iec104.frames import Acknowledged, Control, Frame, Framing, Told
from broker.conduits.iec104.requests import read
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor
from tests.programs import program

CAPTURE = Path(__file__).parents[1] / "captures" / "iec104_1.pcap"
CONTROL = ("iec60870_104.type", "iec60870_104.utype", "iec60870_104.tx", "iec60870_104.rx")
HEAD = (
    "iec60870_asdu.typeid", "iec60870_asdu.sq", "iec60870_asdu.numix", "iec60870_asdu.causetx", "iec60870_asdu.nega",
    "iec60870_asdu.test", "iec60870_asdu.oa", "iec60870_asdu.addr",
)  # fmt: skip
PLACES = "iec60870_asdu.ioa"
FIELDS = ("tcp.stream", "tcp.dstport", "tcp.payload", *CONTROL, *HEAD, PLACES)
TRUTH = {"False": 0, "True": 1}
"""As later versions write a field of one bit."""

SOUND = "5"
"""The one stream that is a conversation. In the others a test program sends frames behind growing heaps of junk."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One segment, as tshark tells it: its fields by their names, each with all its values in order."""

    number: int
    stream: str
    to_device: bool
    payload: bytes
    fields: dict[str, tuple[int, ...]]


@cache
def dissected() -> tuple[Seen, ...]:
    return tuple(_dissected())


def _dissected() -> Iterator[Seen]:
    given = [part for field in FIELDS for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURE, "-Y", "tcp.len > 0", "-T", "fields", "-e", "frame.number", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        number, stream, port, payload, *rest = line.split("\t")
        fields = dict(zip(FIELDS[3:], map(_numbers, rest), strict=True))
        yield Seen(int(number), stream, port == "2404", bytes.fromhex(payload), fields)


def _numbers(field: str) -> tuple[int, ...]:
    return tuple(TRUTH[one] if one in TRUTH else int(one, 0) for one in field.split(",") if one)


def test_every_frame_of_the_conversation_is_read_as_wireshark_reads_it() -> None:
    """C11: format, numbers, type, cause, station, places, and direction."""
    streams: dict[bool, Framing] = defaultdict(Framing)
    count: Counter[type] = Counter()
    for one in dissected():
        if one.stream != SOUND:
            continue
        frames = list(streams[one.to_device].feed(one.payload))
        assert streams[one.to_device].fault == ""
        count.update(map(type, frames))
        assert _controls(frames) == tuple(one.fields[name] for name in CONTROL)
        told = [read_asdu(frame.asdu) for frame in frames if isinstance(frame, Told)]
        assert [_head(asdu) for asdu in told] == list(zip(*(one.fields[name] for name in HEAD), strict=True))
        assert one.fields[PLACES] == tuple(
            place for asdu in told if isinstance(asdu, Asdu) for place in asdu.places
        )
    assert count == {Told: 19, Acknowledged: 12, Control: 2}


def _controls(frames: list[Frame]) -> tuple[tuple[int, ...], ...]:
    kinds = {Told: 0, Acknowledged: 1, Control: 3}
    return (
        tuple(kinds[type(frame)] for frame in frames),
        tuple(frame.function >> 2 for frame in frames if isinstance(frame, Control)),
        tuple(frame.sent for frame in frames if isinstance(frame, Told)),
        tuple(frame.received for frame in frames if not isinstance(frame, Control)),
    )


def _head(asdu: Asdu | str) -> tuple[int, ...]:
    assert isinstance(asdu, Asdu)
    count = len(asdu.places)
    return (
        asdu.type, asdu.sequence, count, asdu.cause, asdu.negative, asdu.test, asdu.originator, asdu.station,
    )  # fmt: skip


REFUSED = {
    (
        "5",
        136,
    ): "an activation that says it is a refusal: the station of the capture does not answer it either",
}
CUT = {
    (
        "0",
        7,
    ): "junk before a frame: Wireshark looks for the next 0x68, and what a station looks for nobody knows",
    ("1", 36): "likewise",
    ("2", 56): "likewise",
    ("3", 71): "likewise",
    ("4", 94): "likewise",
    ("5", 137): "the recorded station acknowledges the frame that here never reached it",
}
"""Where Wireshark shows what it can and we say no: the stream, the frame of the capture, and why."""


def outputs(actions: frozenset[Action]) -> Iterator[tuple[Seen, list[Output]]]:
    gates: dict[str, Iec104Filter] = defaultdict(lambda: Iec104Filter(actions))
    for one in dissected():
        gate = gates[one.stream]
        yield one, list(gate.from_vendor(one.payload) if one.to_device else gate.from_asset(one.payload))


def test_where_we_are_stricter_each_difference_is_known() -> None:
    refused = {
        (one.stream, one.number): type(said)
        for one, found in outputs(frozenset(Action))
        for said in found
        if isinstance(said, Answer | Cut)
    }
    assert refused == {**dict.fromkeys(REFUSED, Answer), **dict.fromkeys(CUT, Cut)}


def test_what_crosses_of_the_conversation_is_what_was_recorded_until_something_is_refused() -> None:
    for one, found in outputs(frozenset(Action)):
        if one.stream == SOUND and one.number < 136:
            assert (
                b"".join(said.data for said in found if isinstance(said, ToAsset | ToVendor)) == one.payload
            )


def test_of_the_conversation_nothing_but_looking_reaches_the_station_under_view() -> None:
    """C11: the interrogation crosses; three switches, a test of one and the clock do not."""
    asked, refused = [], Counter[str]()
    for one, found in outputs(frozenset({Action.VIEW})):
        if one.stream != SOUND:
            continue
        for said in found:
            if isinstance(said, Answer):
                refused[said.code] += 1
            elif isinstance(said, ToAsset):
                asked += [
                    str(read(frame.asdu)) for frame in Framing().feed(said.data) if isinstance(frame, Told)
                ]
    assert asked == ["station 37133: interrogate"]
    assert refused["iec_104_function_not_permitted"] >= 1

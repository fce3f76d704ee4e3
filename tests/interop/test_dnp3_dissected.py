"""What our DNP3 frames and fragments say, beside what Wireshark's dissector says of the same captures."""

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from broker.conduits.dnp3.answers import judge
from broker.conduits.dnp3.filter import Dnp3Filter
from broker.conduits.dnp3.headers import Header
from broker.conduits.dnp3.link import Frame, Framing
from broker.conduits.dnp3.requests import Malformed, Request, read
from broker.conduits.dnp3.transport import Fragment, Reassembly
from domain.access import Action
from domain.output import Cut, Withhold
from tests.programs import program

CAPTURES = Path(__file__).parents[1] / "captures"
PORT = "20000"
FIELDS = (
    "frame.number", "tcp.stream", "tcp.dstport", "tcp.payload", "_ws.col.Protocol", "dnp3.src", "dnp3.dst", "dnp3.ctl.prifunc",
    "dnp3.ctl.dir", "dnp3.tr.ctl", "dnp3.al.func", "dnp3.al.seq", "dnp3.al.obj", "dnp3.al.range.start", "dnp3.al.range.stop",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One segment, as tshark tells it."""

    number: int
    stream: str
    to_device: bool
    payload: bytes
    read: bool
    """Whether tshark takes it for DNP3."""
    link: tuple[int, ...]
    """Source, destination, link function, direction and transport byte."""
    application: tuple[int, ...]
    """Sequence and function, where a fragment is whole."""
    objects: tuple[int, ...]
    starts: tuple[int, ...]
    stops: tuple[int, ...]


def dissected(capture: str) -> Iterator[Seen]:
    given = [part for field in FIELDS for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURES / capture, "-Y", "tcp.len > 0", "-T", "fields", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        number, stream, port, payload, protocol, *rest = line.split("\t")
        source, destination, function, way, transport, code, sequence, *places = map(_numbers, rest)
        yield Seen(
            int(number), stream, port == PORT, bytes.fromhex(payload), protocol == "DNP 3.0",
            source + destination + function + way + transport, sequence[:1] + code, *places,
        )  # fmt: skip


def _numbers(field: str) -> tuple[int, ...]:
    return tuple(int(one, 0) for one in field.split(",") if one)


def ours(capture: str) -> Iterator[tuple[Seen, list[Frame], Fragment | None]]:
    """Each segment with the frame that it holds and the fragment that ended in it, read as the gate would."""
    streams: dict[tuple[str, bool], tuple[Framing, Reassembly]] = {}
    for one in dissected(capture):
        new = Framing(from_master=one.to_device), Reassembly()
        framing, reassembly = streams.setdefault((one.stream, one.to_device), new)
        frames = list(framing.feed(one.payload))
        if one.read:
            assert (framing.fault, reassembly.fault) == ("", ""), one.number
        whole = [reassembly.take(frame) for frame in frames if frame.data]
        yield one, frames, next(filter(None, whole), None)


def _starts(one: Header) -> tuple[int, ...]:
    return (one.points.start,) if isinstance(one.points, range) else ()


def _stops(one: Header) -> tuple[int, ...]:
    return (one.points.stop - 1,) if isinstance(one.points, range) else ()


@pytest.mark.parametrize(
    ("capture", "frames", "fragments"),
    [("dnp3_1.pcap", 93, 93), ("dnp3_2.pcap", 11, 10), ("dnp3_3.pcap", 13, 8)],
)
def test_every_frame_is_read_as_wireshark_reads_it(capture: str, frames: int, fragments: int) -> None:
    """C11: addresses, direction, link and application function, objects and their ranges."""
    counted = [0, 0]
    for one, found, fragment in ours(capture):
        if not one.read:
            assert found == [], "what Wireshark takes for no DNP3 is none for us"
            continue
        (frame,) = found
        counted[0] += 1
        said = (frame.source, frame.destination, frame.function, int(frame.from_master), frame.data[0])
        assert said == one.link, one.number
        assert frame.from_master is one.to_device
        if fragment is None:
            assert one.application == (), "no fragment ends here for Wireshark either"
            continue
        counted[1] += 1
        assert (fragment.data[0] & 0x0F, fragment.data[1]) == one.application
        request, answer = read(fragment), judge(fragment)
        headers = answer.headers() if answer else request.headers if isinstance(request, Request) else ()
        if one.number in STRICTER.get(capture, {}):
            assert isinstance(request, Malformed)
            continue
        assert tuple(each.group << 8 | each.variation for each in headers) == one.objects, one.number
        assert tuple(start for each in headers for start in _starts(each)) == one.starts
        assert tuple(stop for each in headers for stop in _stops(each)) == one.stops
    assert counted == [frames, fragments]


STRICTER = {
    "dnp3_1.pcap": dict.fromkeys((154, 156, 163, 166, 174, 176), "the last object's qualifier, 0xed, is none of the standard's"),
}  # fmt: skip
"""Where Wireshark shows what it can and we say no: a fuzzer's requests, by the number of their segment. Nothing else differs."""


def test_a_real_conversation_passes_whole_but_for_what_a_fuzzer_sent() -> None:
    """What was sent to another master (its address 6) is withheld; five connections end where they are no DNP3."""
    withheld, cut = set(), set()
    for capture in ("dnp3_1.pcap", "dnp3_2.pcap", "dnp3_3.pcap"):
        gates: dict[str, Dnp3Filter] = defaultdict(lambda: Dnp3Filter(frozenset(Action)))
        for one in dissected(capture):
            gate = gates[one.stream]
            for output in gate.from_vendor(one.payload) if one.to_device else gate.from_asset(one.payload):
                withheld |= {one.link[1]} if isinstance(output, Withhold) else set()
                cut |= {(capture, one.number)} if isinstance(output, Cut) else set()
    assert withheld == {6}
    assert cut == {("dnp3_1.pcap", number) for number in (19, 154, 163, 174)}

"""What our OPC UA chunks and requests say, beside what Wireshark's dissector says of the same capture."""

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from broker.conduits.opcua.chunks import (
    FROM_CLIENT,
    FROM_SERVER,
    MESSAGE,
    OPEN,
    Chunk,
    Framing,
    Secured,
    opening,
    secured,
)
from broker.conduits.opcua.encoding import EncodingError, Reader
from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua.requests import Malformed, Request, read
from domain.access import Action
from domain.output import Cut
from tests.programs import program

CAPTURE = Path(__file__).parents[1] / "captures" / "opcua_1.pcap"
PORT = "12001"
FIELDS = (
    "frame.number", "opcua.transport.type", "opcua.transport.chunk", "opcua.transport.size", "opcua.transport.scid",
    "opcua.security.seq", "opcua.security.rqid", "opcua.servicenodeid.numeric",
)  # fmt: skip


def tshark(shown: str, *fields: str) -> list[list[str]]:
    given = [part for field in fields for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURE, "-d", f"tcp.port=={PORT},opcua", "-Y", shown, "-T", "fields", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line.split("\t") for line in told.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Found:
    """One chunk as we read it, by the segment in which it ended."""

    segment: str
    to_server: bool
    chunk: Chunk

    @property
    def head(self) -> Secured | None:
        if self.chunk.kind == OPEN:
            told = opening(self.chunk)
            return told[1] if told is not None else None
        return secured(self.chunk, 0) if self.chunk.kind == MESSAGE else None

    def service(self) -> str:
        """The number that a message begins with, as tshark writes it."""
        try:
            return str(Reader(self.head.body).node().name) if self.head is not None else ""
        except EncodingError:
            return ""


def ours() -> Iterator[Found]:
    streams: dict[tuple[str, bool], Framing] = {}
    for number, stream, port, payload in tshark(
        "tcp.len > 0", "frame.number", "tcp.stream", "tcp.dstport", "tcp.payload"
    ):
        to_server = port == PORT
        framing = streams.setdefault((stream, to_server), Framing(FROM_CLIENT if to_server else FROM_SERVER))
        for chunk in framing.feed(bytes.fromhex(payload)):
            yield Found(number, to_server, chunk)
        assert framing.fault == ""


def test_every_chunk_is_read_as_wireshark_reads_it() -> None:
    """C11: kind, part, size, channel, sequence, request, and the service by its number; also of the malformed ones."""
    seen = {number: rest for number, *rest in tshark("opcua", *FIELDS)}
    found = list(ours())
    assert len(found) == 24
    assert {one.segment for one in found} == set(seen)
    for one in found:
        kind, part, size, channel, sequence, request, service = seen[one.segment]
        assert (one.chunk.kind.decode(), one.chunk.part.decode(), str(len(one.chunk.data))) == (
            kind,
            part,
            size,
        )
        if one.head is not None:
            assert (str(one.head.channel), str(one.head.number), str(one.head.request)) == (
                channel,
                sequence,
                request,
            )
            assert one.service() in {service, ""} if service else True


def test_where_we_are_stricter_each_difference_is_known() -> None:
    """Two calls of an attack on a server: its method's id is cut off, or its arguments are more than there are bytes."""
    malformed = []
    for one in ours():
        if one.to_server and one.chunk.kind == MESSAGE and one.head is not None:
            said = read(one.head.body, whole=True)
            assert isinstance(said, Request | Malformed)
            malformed += [one.segment] if isinstance(said, Malformed) else []
    assert malformed == ["42", "84"]


def test_a_real_conversation_passes_whole_up_to_where_it_is_none() -> None:
    gates: dict[str, OpcUaFilter] = defaultdict(lambda: OpcUaFilter(frozenset(Action)))
    ended = []
    for number, stream, port, payload in tshark(
        "tcp.len > 0", "frame.number", "tcp.stream", "tcp.dstport", "tcp.payload"
    ):
        gate, data = gates[stream], bytes.fromhex(payload)
        for output in gate.from_vendor(data) if port == PORT else gate.from_asset(data):
            ended += [number] if isinstance(output, Cut) else []
    assert ended == ["42", "84"]

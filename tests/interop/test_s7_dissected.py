"""What our S7comm says of real captures, beside what Wireshark's dissector says of the same, message by message."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from broker.conduits.s7.filter import S7Filter
from broker.conduits.s7.frames import Framing, Link, Unit
from broker.conduits.s7.items import Item
from broker.conduits.s7.messages import JOB, USERDATA, Message, read_message
from broker.conduits.s7.requests import Request, read_job, read_userdata
from domain.access import Action
from domain.output import Answer, Cut, ToAsset, ToVendor, Withhold
from tests.programs import program

CAPTURES = Path(__file__).parents[1] / "captures"
HEAD = ("s7comm.header.rosctr", "s7comm.header.pduref", "s7comm.header.parlg", "s7comm.header.datlg")
SAID = (
    "s7comm.param.func",
    "s7comm.param.userdata.type",
    "s7comm.param.userdata.funcgroup",
    "s7comm.param.userdata.subfunc",
)
PLACE = (
    "s7comm.param.item.transp_size", "s7comm.param.item.length", "s7comm.param.item.db", "s7comm.param.item.area",
    "s7comm.param.item.address.byte", "s7comm.param.item.address.bit",
)  # fmt: skip
ELSE = ("cotp.type", "cotp.eot", "s7comm.param.pdu_length", "s7comm.header.errcls", "s7comm.header.errcod")
FIELDS = ("tcp.stream", "tcp.dstport", "tcp.payload", *HEAD, *SAID, *PLACE, *ELSE)

TRUTH = {"False": 0, "True": 1}
"""As later versions write a field of one bit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One segment, as tshark tells it: its fields by their names, each with all its values in order."""

    stream: str
    to_device: bool
    payload: bytes
    fields: dict[str, tuple[int, ...]]

    def all(self, *names: str) -> tuple[tuple[int, ...], ...]:
        return tuple(self.fields[name] for name in names)


@cache
def dissected(capture: str) -> tuple[Seen, ...]:
    return tuple(_dissected(capture))


def _dissected(capture: str) -> Iterator[Seen]:
    given = [part for field in FIELDS for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURES / capture, "-Y", "tpkt", "-T", "fields", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        stream, port, payload, *rest = line.split("\t")
        fields = dict(zip(FIELDS[3:], map(_numbers, rest), strict=True))
        yield Seen(stream, port == "102", bytes.fromhex(payload), fields)


def _numbers(field: str) -> tuple[int, ...]:
    return tuple(TRUTH[one] if one in TRUTH else int(one, 0) for one in field.split(",") if one)


def ours(seen: tuple[Seen, ...]) -> Iterator[tuple[Seen, list[Link | Unit]]]:
    """Each segment with what ended in it, read as the gate would: direction by direction, in order."""
    streams: dict[tuple[str, bool], Framing] = defaultdict(Framing)
    for one in seen:
        framing = streams[one.stream, one.to_device]
        yield one, list(framing.feed(one.payload))
        assert framing.fault == ""


FRAMES = {
    "s7comm_downloading_block_db1.pcap": {"links": 6, "empty": 24, "messages": 48},
    "s7comm_reading_plc_status.pcap": {"links": 2, "empty": 72, "messages": 144},
    "s7comm_varservice_libnodavedemo.pcap": {"links": 2, "empty": 0, "messages": 16},
}


@pytest.mark.parametrize("capture", FRAMES)
def test_every_frame_is_read_as_wireshark_reads_it(capture: str) -> None:
    """C11: kind, function, group and sub-function, reference, lengths, places, and direction.

    One difference: an empty packet is to Wireshark the first piece of the next message, to us a sign of life.
    """
    count: Counter[str] = Counter(links=0, empty=0, messages=0)
    for one, found in ours(dissected(capture)):
        assert len(found) == len(one.fields["cotp.type"]) == 1
        (packet,) = found
        if isinstance(packet, Link):
            count["links"] += 1
            assert one.fields["cotp.type"] == (packet.code >> 4,)
        elif not packet.message:
            count["empty"] += 1
            assert one.fields["cotp.eot"] == (0,)
            assert not any(one.all(*HEAD))
        else:
            count["messages"] += 1
            _same(one, packet.message)
    assert count == FRAMES[capture]


def _same(seen: Seen, data: bytes) -> None:
    message = read_message(data)
    assert isinstance(message, Message)
    lengths = (len(message.parameters),), (len(message.data),)
    assert seen.all(*HEAD) == ((message.kind,), (message.reference,), *lengths)
    if message.kind == USERDATA:
        told = message.parameters
        assert seen.all(*SAID) == ((), (told[5] >> 4,), (told[5] & 0x0F,), (told[6],))
    else:
        assert seen.all(*SAID) == ((message.function,), (), (), ())
        error = divmod(message.error, 256)
        assert seen.all(*ELSE[3:]) == (((), ()) if message.kind == JOB else ((error[0],), (error[1],)))
    if seen.to_device and message.kind in {JOB, USERDATA}:
        said = read_job(message) if message.kind == JOB else read_userdata(message)
        assert isinstance(said, Request)
        assert seen.all(*PLACE) == tuple(zip(*map(_place, said.items), strict=True)) or not said.items
        if said.agreed:
            assert seen.fields["s7comm.param.pdu_length"] == (said.agreed,)


def _place(one: Item) -> tuple[int, ...]:
    return one.kind, one.count, one.block, one.area, one.byte, one.bit


@pytest.mark.parametrize("capture", FRAMES)
def test_a_real_tool_and_a_real_cpu_talk_through_the_filter_and_nothing_is_held_back(capture: str) -> None:
    """Values, a diagnosis with its subscription, and a download, in which the CPU asks and the tool answers."""
    gates: dict[str, S7Filter] = defaultdict(lambda: S7Filter(frozenset(Action)))
    for one in dissected(capture):
        gate = gates[one.stream]
        outputs = list(gate.from_vendor(one.payload) if one.to_device else gate.from_asset(one.payload))
        assert outputs == [ToAsset(one.payload) if one.to_device else ToVendor(one.payload)]


def test_of_a_download_nothing_but_looking_reaches_the_cpu_under_view() -> None:
    """C11: the request, each piece and the putting into use are missing, and the rest is there."""
    gate, said = S7Filter(frozenset({Action.VIEW})), []
    for one in dissected("s7comm_downloading_block_db1.pcap"):
        if one.stream == "1":
            said += gate.from_vendor(one.payload) if one.to_device else gate.from_asset(one.payload)
    codes = [one.code for one in said if isinstance(one, Answer | Cut | Withhold)]
    assert codes == ["s7_function_not_permitted", "s7_unasked", "s7_unasked", "s7_malformed"]
    assert isinstance(said[-1], Cut), "the recorded tool goes on to answer a CPU that here never asked it"

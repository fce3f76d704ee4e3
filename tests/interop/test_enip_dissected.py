"""What our EtherNet/IP frames and CIP services say, beside what Wireshark's dissector says of the same captures."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from broker.conduits.enip.frames import Framing, packet
from broker.conduits.enip.requests import Plain, Request, read
from domain.access import Action
from tests.programs import program

CAPTURES = Path(__file__).parents[1] / "captures"
PORT = "44818"
FIELDS = (
    "tcp.dstport", "tcp.payload", "enip.command", "enip.session", "enip.cpf.cai.connid", "cip.seq", "cip.sc", "cip.class",
    "cip.instance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One segment, as tshark tells it; of a field that it has several times, all, in order."""

    to_device: bool
    payload: bytes
    command: tuple[int, ...]
    session: tuple[int, ...]
    connection: tuple[int, ...]
    sequence: tuple[int, ...]
    services: tuple[int, ...]
    classes: tuple[int, ...]
    instances: tuple[int, ...]


def dissected(capture: str) -> Iterator[Seen]:
    given = [part for field in FIELDS for part in ("-e", field)]
    told = subprocess.run(
        [program("tshark"), "-r", CAPTURES / capture, "-Y", "enip", "-T", "fields", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        port, payload, *rest = line.split("\t")
        yield Seen(port == PORT, bytes.fromhex(payload), *map(_numbers, rest))


def _numbers(field: str) -> tuple[int, ...]:
    return tuple(int(one, 0) for one in field.split(",") if one)


def test_a_rack_that_is_asked_who_it_is_is_read_as_wireshark_reads_it() -> None:
    """C11: command, session and direction; a request without a message only looks."""
    asked, answered = dissected("enip_1.pcap")
    for one in (asked, answered):
        (frame,) = Framing().feed(one.payload)
        assert ((frame.command,), (frame.session,)) == (one.command, one.session)
    assert (asked.to_device, answered.to_device) == (True, False)
    assert isinstance(read(next(Framing().feed(asked.payload)), {}), Plain)


def test_eleven_services_in_one_message_are_read_as_wireshark_reads_them() -> None:
    """C11: the connection, its count, and each service with its class and instance. The carrier is named first."""
    (one,) = dissected("enip_2.pcap")
    (frame,) = Framing().feed(one.payload)
    carried = packet(frame.data)
    assert carried is not None
    assert ((frame.command,), (frame.session,)) == (one.command, one.session)
    assert ((carried.connection,), (carried.number,)) == (one.connection, one.sequence)
    said = read(frame, {})
    assert isinstance(said, Request)
    assert (said.answered_as, *(use.code for use in said.uses)) == one.services
    assert tuple(use.path.klass for use in said.uses) == one.classes[1:]
    assert tuple(use.path.instance for use in said.uses) == one.instances[1:]
    assert {use.action for use in said.uses} == {Action.VIEW}

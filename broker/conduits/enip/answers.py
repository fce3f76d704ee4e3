"""What a device's answer says, and what one would answer that refuses. Pure."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from broker.conduits.enip.frames import Frame, Packet, packed, packet
from broker.conduits.enip.services import UNCONNECTED_SEND

REPLY = 0x80

STATUS: Mapping[int, str] = {
    0x01: "connection failure", 0x02: "resource unavailable", 0x03: "invalid parameter", 0x04: "path segment error",
    0x05: "path destination unknown", 0x06: "partial transfer", 0x07: "connection lost", 0x08: "service not supported",
    0x09: "invalid attribute value", 0x0A: "attribute list error", 0x0B: "already in requested state",
    0x0C: "object state conflict", 0x0D: "object already exists", 0x0E: "attribute not settable",
    0x0F: "privilege violation", 0x10: "device state conflict", 0x11: "reply data too large", 0x13: "not enough data",
    0x14: "attribute not supported", 0x15: "too much data", 0x16: "object does not exist",
    0x1C: "missing attribute data", 0x1D: "invalid attribute list", 0x1E: "embedded service error",
    0x1F: "vendor specific error", 0x20: "invalid parameter", 0x25: "key failure in path", 0x26: "path size invalid",
    0x27: "unexpected attribute", 0x28: "invalid member", 0x29: "member not settable",
}  # fmt: skip
"""General status, volume 1, appendix B."""

PARTIAL = 0x06
"""No error: there is more to be read."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A message of a device's message router (volume 1, 2-4.2)."""

    code: int
    status: int
    data: bytes

    def outcome(self) -> str:
        """The device's own no; empty when there is none."""
        return (
            STATUS.get(self.status, f"status {self.status:#04x}") if self.status not in {0, PARTIAL} else ""
        )


def answered(message: bytes) -> Answered | None:
    """What ``message`` of a device says; None when it is no answer."""
    if len(message) < 4 or not message[0] & REPLY or message[1] or len(message) < 4 + 2 * message[3]:
        return None
    return Answered(message[0] & 0x7F, message[2], message[4 + 2 * message[3] :])


def fits(answer: Answered, answered_as: int) -> bool:
    """Whether ``answer`` is one to the service ``answered_as``; what can't be sent on is answered as that."""
    return answer.code == answered_as or (answer.code == UNCONNECTED_SEND and answer.status != 0)


def parts(answer: Answered) -> tuple[Answered | None, ...]:
    """The answers in that of a Multiple Service Packet, in order; none where it can't be read."""
    data = answer.data
    count = int.from_bytes(data[:2], "little")
    if not count or len(data) < 2 + 2 * count:
        return ()
    starts = [*struct.unpack_from(f"<{count}H", data, 2), len(data)]
    return tuple(answered(data[start:end]) for start, end in pairwise(starts))


def refusal(frame: Frame, answered_as: int, status: int, back: int | None = None) -> bytes:
    """The answer of a device that does not do what ``frame`` asks for, as it goes over the line.

    ``back``: by which connection it answers, where it was asked by one.
    """
    asked = packet(frame.data)
    number = asked.number if asked is not None else 0
    answer = Packet(bytes((answered_as | REPLY, 0, status, 0)), back, number)
    return replace(frame, data=packed(answer)).wire()


def no_sense(frame: Frame, status: int) -> bytes:
    """The answer of a device to a frame that makes no sense where it is."""
    return replace(frame, status=status, data=b"").wire()

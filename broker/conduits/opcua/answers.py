"""What an OPC UA server's answer says, and what one would answer that refuses. Pure."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from broker.conduits.opcua.chunks import FINAL, MESSAGE, Secured
from broker.conduits.opcua.encoding import EncodingError, Reader
from broker.conduits.opcua.services import CALL, FAULT, READ, WRITE

ACCESS_DENIED, UNSUPPORTED, OUT_OF_RANGE = 0x801F0000, 0x800B0000, 0x803C0000
"""Bad_UserAccessDenied, Bad_ServiceUnsupported and Bad_OutOfRange, OPC 10000-6, annex A.2."""

RESULTS: Mapping[int, int] = {READ: 634, WRITE: 676, CALL: 715}

STATUS: Mapping[int, str] = {
    ACCESS_DENIED: "access denied", UNSUPPORTED: "service not supported", 0x80340000: "node unknown",
    0x803B0000: "not writable", 0x803A0000: "not readable", 0x80740000: "type mismatch", OUT_OF_RANGE: "out of range",
    0x80250000: "session unknown", 0x80260000: "session closed", 0x80350000: "attribute invalid",
    0x80750000: "method invalid", 0x80400000: "not supported", 0x80560000: "security mode rejected",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of an answer, and of a read, a write or a call its results."""

    code: int
    status: int
    values: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()

    def outcome(self) -> str:
        """The server's own no: of the service, or of the first result that is one; empty when there is none."""
        for status in (self.status, *self.statuses):
            if status & 0x80000000:
                return STATUS.get(status, f"status {status:#010x}")
        return ""


def answered(body: bytes) -> Answered | None:
    """What the answer in ``body`` says; None when it can't be read."""
    reader = Reader(body)
    try:
        kind = reader.node()
        reader.take(12)
        status = reader.whole()
        reader.diagnostics()
        reader.array(reader.bytes_)
        reader.extension()
        if kind.namespace or not isinstance(kind.name, int):
            return None
        return _results(reader, kind.name, status)
    except EncodingError:
        return None


def _results(reader: Reader, code: int, status: int) -> Answered:
    if code == RESULTS[READ]:
        return Answered(code, status, values=reader.array(reader.data_value))
    if code == RESULTS[WRITE]:
        return Answered(code, status, statuses=reader.array(reader.whole))
    return Answered(code, status)


def fault(asked: Secured, number: int, handle: int, stamp: bytes, status: int) -> bytes:
    """A ServiceFault in answer to ``asked``, with the sequence number ``number`` (OPC 10000-4, 7.35)."""
    body = b"\x01\x00" + struct.pack("<H", FAULT) + stamp + struct.pack("<II", handle, status)
    body += b"\0" + struct.pack("<i", 0) + b"\0\0\0"
    head = struct.pack("<IIII", asked.channel, asked.token, number, asked.request)
    return MESSAGE + FINAL + struct.pack("<I", 8 + len(head) + len(body)) + head + body

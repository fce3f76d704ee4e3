"""OPC UA's connection: a stream into chunks, wherever the stream is split, and what stands at the head of each. Pure.

OPC 10000-6, clauses 6.7 and 7.1: three letters, a chunk type, the size of the whole; then by the kind a greeting or, in a
secure channel, its number, who secures it, a sequence number and the number of the request that it belongs to.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HEAD = 8
MOST_CHUNK = 65_536
"""Bytes. The gate has both ends agree on no more (7.1.2.3), so that a chunk that it has to hold stays bounded."""

HELLO, ACKNOWLEDGE, ERROR, OPEN, CLOSE, MESSAGE = b"HEL", b"ACK", b"ERR", b"OPN", b"CLO", b"MSG"
FROM_CLIENT = frozenset({HELLO, OPEN, CLOSE, MESSAGE})
FROM_SERVER = frozenset({ACKNOWLEDGE, ERROR, OPEN, MESSAGE})

FINAL, MORE, ABORTED = b"F", b"C", b"A"

POLICIES: Mapping[str, int] = {
    "http://opcfoundation.org/UA/SecurityPolicy#None": 0,
    "http://opcfoundation.org/UA/SecurityPolicy#Basic128Rsa15": 20,
    "http://opcfoundation.org/UA/SecurityPolicy#Basic256": 20,
    "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256": 32,
    "http://opcfoundation.org/UA/SecurityPolicy#Aes128_Sha256_RsaOaep": 32,
    "http://opcfoundation.org/UA/SecurityPolicy#Aes256_Sha256_RsaPss": 32,
}
"""How many bytes of signature stand behind a message that is signed and not encrypted (OPC 10000-7)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk, with its head; ``data`` is all of it."""

    kind: bytes
    part: bytes
    data: bytes


class Framing:
    """One direction of a connection. Holds one unfinished chunk at most: 64 KiB."""

    def __init__(self, kinds: frozenset[bytes]) -> None:
        """``kinds``: those that this direction has."""
        self._kinds = kinds
        self._rest = b""
        self.fault = ""
        """Why the stream is no OPC UA from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that are whole by now. Once ``fault`` is set nothing more comes."""
        rest, at = self._rest + data, 0
        while not self.fault and len(rest) - at >= HEAD:
            kind, part = rest[at : at + 3], rest[at + 3 : at + 4]
            size = int.from_bytes(rest[at + 4 : at + HEAD], "little")
            if (
                kind not in self._kinds
                or part not in {FINAL, MORE, ABORTED}
                or (kind != MESSAGE and part != FINAL)
            ):
                self.fault = "There is no such kind of message in this direction."
            elif not HEAD <= size <= MOST_CHUNK:
                self.fault = (
                    f"A chunk says that it has {size} bytes, where {HEAD} to {MOST_CHUNK} are possible."
                )
            elif len(rest) - at < size:
                break
            else:
                yield Chunk(kind, part, rest[at : at + size])
                at += size
        self._rest = b"" if self.fault else rest[at:]


@dataclass(frozen=True, slots=True)
class Secured:
    """The head of a chunk in a secure channel, and what follows it, its signature left out."""

    channel: int
    token: int
    number: int
    request: int
    body: bytes


def secured(chunk: Chunk, signature: int) -> Secured | None:
    """What ``chunk`` of a message says; None when it is too short. ``signature``: how many bytes of it are one."""
    if len(chunk.data) < 24 + signature:
        return None
    channel, token, number, request = struct.unpack_from("<IIII", chunk.data, 8)
    return Secured(channel, token, number, request, chunk.data[24 : len(chunk.data) - signature])


def opening(chunk: Chunk) -> tuple[str, Secured] | None:
    """By which policy ``chunk`` opens a secure channel, and what else it says; None when it can't be read.

    Of any policy but the empty one the rest is encrypted, and its numbers mean nothing here.
    """
    data, at = chunk.data, 12
    found = []
    for _ in range(3):  # the policy, the sender's certificate, which key of the receiver's
        if len(data) - at < 4:
            return None
        length = int.from_bytes(data[at : at + 4], "little", signed=True)
        at += 4
        if length < -1 or len(data) - at < max(length, 0):
            return None
        found.append(data[at : at + max(length, 0)])
        at += max(length, 0)
    if len(data) - at < 8:
        return None
    number, request = struct.unpack_from("<II", data, at)
    channel = int.from_bytes(data[8:12], "little")
    return found[0].decode("ascii", "replace"), Secured(channel, 0, number, request, data[at + 8 :])


def numbered(chunk: Chunk, number: int) -> bytes:
    """``chunk`` with another sequence number, where none is signed."""
    at = 16
    if chunk.kind == OPEN:
        at = 12
        for _ in range(3):
            at += 4 + max(int.from_bytes(chunk.data[at : at + 4], "little", signed=True), 0)
    return chunk.data[:at] + number.to_bytes(4, "little") + chunk.data[at + 4 :]


def bounded(hello: bytes) -> bytes | None:
    """A greeting that agrees on no longer chunks than the gate holds; None when it is none (7.1.2.3, 7.1.2.4)."""
    if len(hello) < HEAD + 20:
        return None
    receive, send = (min(one, MOST_CHUNK) for one in struct.unpack_from("<II", hello, HEAD + 4))
    return hello[: HEAD + 4] + struct.pack("<II", receive, send) + hello[HEAD + 12 :]

"""One frame: what crossed, when, on which channel. SPEC.md is normative; this is its first reader and writer."""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from domain.errors import EvidenceError


class Kind(IntEnum):
    """What a frame tells. A number is never reused: old recordings refer to it."""

    CHANNEL_OPENED = 1
    TO_ASSET = 2
    """Bytes from the vendor that are about to go to the asset."""
    TO_VENDOR = 3
    """Bytes from the asset's standard output that are about to go to the vendor."""
    TO_VENDOR_ERR = 4
    """Bytes from the asset's standard error that are about to go to the vendor."""
    RESIZE = 5
    EOF = 6
    SIGNAL = 7
    EXIT = 8
    CHANNEL_CLOSED = 9
    MARK = 10
    """Something the gate did or said: a refusal, a warning, a change of state."""
    HIDDEN = 11
    """How many bytes were typed while the asset did not echo; the bytes themselves are never kept."""
    END = 12


class Flag(IntFlag):
    """How a frame's body is stored."""

    ENCRYPTED = 1
    COMPRESSED = 2


BYTES = frozenset({Kind.TO_ASSET, Kind.TO_VENDOR, Kind.TO_VENDOR_ERR})
"""Kinds whose payload is what crossed, as it was. Every other payload is canonical JSON."""

HEAD = struct.Struct(">BBHIQQII")
"""kind, flags, zero, channel, sequence, elapsed microseconds, stored length, plain length: 32 bytes."""

LINK_BYTES = 32  # SHA-256
TAG_BYTES = 16  # AES-GCM, NIST SP 800-38D section 5.2.1.2
MAX_PLAIN_BYTES = 4 * 1024 * 1024
"""The longest payload of one frame: what a reader must be ready to hold."""

MAX_STORED_BYTES = MAX_PLAIN_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as its reader wants it: decrypted and decompressed."""

    kind: Kind
    channel: int
    elapsed_us: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The 32 bytes in front of every body, readable without a key."""

    kind: Kind
    flags: Flag
    channel: int
    sequence: int
    elapsed_us: int
    stored_bytes: int
    plain_bytes: int

    def encode(self) -> bytes:
        """The head's 32 bytes, which are also what the body's encryption authenticates."""
        return HEAD.pack(
            self.kind,
            self.flags,
            0,
            self.channel,
            self.sequence,
            self.elapsed_us,
            self.stored_bytes,
            self.plain_bytes,
        )

    @staticmethod
    def decode(data: bytes) -> "Head":
        """The head in these 32 bytes; EvidenceError when they can't be one."""
        kind, flags, zero, channel, sequence, elapsed_us, stored, plain = HEAD.unpack(data)
        if kind not in _KINDS:
            raise EvidenceError(f"There is no frame kind {kind}.")
        if zero or flags & ~(Flag.ENCRYPTED | Flag.COMPRESSED):
            raise EvidenceError("A reserved bit is set.")
        # The end is plain so that a crash can be sealed without the key, and so that the number of
        # an unfinished frame is never encrypted twice; nothing else may be plain.
        if (kind == Kind.END) == bool(flags):
            raise EvidenceError("Exactly the end frame is stored plain.")
        if plain > MAX_PLAIN_BYTES or stored > MAX_STORED_BYTES:
            raise EvidenceError(f"A frame holds {MAX_PLAIN_BYTES} bytes at most.")
        least = TAG_BYTES if flags & Flag.ENCRYPTED else 0
        if stored < least or (not flags & Flag.COMPRESSED and stored != plain + least):
            raise EvidenceError("The frame's two lengths contradict each other.")
        return Head(Kind(kind), Flag(flags), channel, sequence, elapsed_us, stored, plain)


_KINDS = frozenset(int(kind) for kind in Kind)

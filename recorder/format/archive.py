"""A zip of which every byte is accounted for: members stored as they are, in order, under one fixed form.

Any unzip program reads it. We read it by its form alone: each header must be the one we would have
written for that name, size and checksum, so nothing can hide before, between or behind the members,
and two programs never see two different contents.
"""

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from domain.errors import EvidenceError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}", re.ASCII)
LONGEST_NAME = 200
MOST_MEMBERS = 1000
LARGEST_BYTES = 0xFFFF_FFFE  # without ZIP64, which few small readers know
PIECE_BYTES = 1024 * 1024

_LOCAL = struct.Struct("<4sHHHHHIIIHH")  # APPNOTE.TXT section 4.3.7
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")  # section 4.3.12
_END = struct.Struct("<4sHHHHIIH")  # section 4.3.16
LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NEEDS, _MADE_BY, _DAY = 20, 0x031E, 0x21  # 2.0; Unix; 1980-01-01: when a file was made is not evidence
_MODE = 0o100444 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive: where its bytes are."""

    name: str
    offset: int
    size: int
    crc: int


class ArchiveWriter:
    """Writes an archive to ``out``, member after member; ``close`` finishes it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._members: list[tuple[Member, int]] = []

    def add(self, name: str, pieces: Iterable[bytes], size: int, crc: int) -> None:
        """One member, whose size and CRC-32 are known beforehand; EvidenceError when they turn out wrong."""
        if not is_name(name) or any(name == one.name for one, _ in self._members):
            raise EvidenceError(f"{name!r} can't be a member's name here.")
        start = self._at
        header = _local(name, size, crc)
        if start + len(header) + size > LARGEST_BYTES:
            raise EvidenceError("A case file is 4 GiB at most.")
        self._write(header)
        member = Member(name, self._at, size, crc)
        seen = 0
        for piece in pieces:
            seen = zlib.crc32(piece, seen)
            self._write(piece)
        if self._at - member.offset != size or seen != crc:
            raise EvidenceError(f"{name} changed while it was being copied.")
        self._members.append((member, start))

    def close(self) -> None:
        """Write the directory."""
        self._write(_directory(self._members, self._at))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)


class Archive:
    """Reads an archive; EvidenceError unless its bytes are exactly those that its members call for."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        found: list[tuple[Member, int]] = []
        at = 0
        while (start := self._read(at, _LOCAL.size))[:4] == LOCAL_MARK:
            member = self._member(at, start)
            if any(member.name == one.name for one, _ in found) or len(found) >= MOST_MEMBERS:
                raise EvidenceError(f"The archive holds {member.name!r} twice, or too many members.")
            found.append((member, at))
            at = member.offset + member.size
        if not found:
            raise EvidenceError("This is not a case file: it does not begin as one.")
        directory = _directory(found, at)
        if self._read(at, len(directory) + 1) != directory:
            raise EvidenceError(
                f"From byte {at} on, the archive is not in the form in which case files are written.",
                remedy="Verify the case file as it was handed over, not one that was packed again.",
            )
        self.members = {member.name: member for member, _ in found}
        self.size = at + len(directory)

    def read(self, name: str, limit: int) -> bytes:
        """A whole member, of ``limit`` bytes at most; EvidenceError when it is missing or longer."""
        member = self.member(name)
        if member.size > limit:
            raise EvidenceError(f"{name} has {member.size} bytes; {limit} is the most that can be right.")
        return self._read(member.offset, member.size)

    def member(self, name: str) -> Member:
        """Where a member is; EvidenceError when it is missing."""
        if name not in self.members:
            raise EvidenceError(f"The case file has no {name}.")
        return self.members[name]

    def open(self, name: str) -> "Slice":
        """A member to read from its first byte on; one at a time."""
        member = self.member(name)
        return Slice(self._source, member.offset, member.size)

    def _member(self, at: int, start: bytes) -> Member:
        if len(start) < _LOCAL.size:
            raise EvidenceError(f"The archive stops inside the header at byte {at}.")
        _, _, _, _, _, _, crc, _, size, length, _ = _LOCAL.unpack(start)
        raw = self._read(at + _LOCAL.size, min(length, LONGEST_NAME))
        name = raw.decode("ascii", "replace")
        if not is_name(name):
            raise EvidenceError(f"The archive's member at byte {at} has a name that no case file holds.")
        if start + raw != _local(name, size, crc):
            raise EvidenceError(f"The header at byte {at} is not the one that {name} would have.")
        member = Member(name, at + _LOCAL.size + len(raw), size, crc)
        body = Slice(self._source, member.offset, size)
        seen = length = 0
        while piece := body.read(PIECE_BYTES):
            seen = zlib.crc32(piece, seen)
            length += len(piece)
        if length != size or seen != crc:
            raise EvidenceError(f"{name} is damaged or cut off (bytes {member.offset} to {at + size}).")
        return member

    def _read(self, at: int, size: int) -> bytes:
        self._source.seek(at)
        return self._source.read(size)


class Slice:
    """A part of a file, read from its beginning. It moves the file's own position."""

    def __init__(self, source: BinaryIO, offset: int, size: int) -> None:
        self._source = source
        self._at = offset
        self._left = size

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; fewer only at the end."""
        self._source.seek(self._at)
        data = self._source.read(min(size, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data


def is_name(name: str) -> bool:
    """Whether a member may be called so: relative, plain ASCII, nothing that climbs or hides."""
    return len(name) <= LONGEST_NAME and NAME.fullmatch(name) is not None


def _local(name: str, size: int, crc: int) -> bytes:
    raw = name.encode("ascii")
    return _LOCAL.pack(LOCAL_MARK, _NEEDS, 0, 0, 0, _DAY, crc, size, size, len(raw), 0) + raw


def _directory(members: list[tuple[Member, int]], at: int) -> bytes:
    entries = b"".join(
        _CENTRAL.pack(
            _CENTRAL_MARK,
            _MADE_BY,
            _NEEDS,
            0,
            0,
            0,
            _DAY,
            member.crc,
            member.size,
            member.size,
            len(member.name),
            0,
            0,
            0,
            0,
            _MODE,
            start,
        )
        + member.name.encode("ascii")
        for member, start in members
    )
    count = len(members)
    return entries + _END.pack(_END_MARK, 0, 0, count, count, len(entries), at, 0)

"""A zip of which every byte is accounted for: members stored as they are, in order, under one fixed form.

Any unzip program reads it. We read it by its form alone: each header must be the one we would have
written for that name, size and checksum, so nothing can hide before, between or behind the members,
and two programs never see two different contents. What does not fit into 32 bits, and nothing else, is told in ZIP64's fields.
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
FITS = 0xFFFF_FFFE
"""The largest number that a field of 32 bits holds; one more stands for: see ZIP64's."""

ELSEWHERE = 0xFFFF_FFFF
PIECE_BYTES = 1024 * 1024

_LOCAL = struct.Struct("<4sHHHHHIIIHH")  # APPNOTE.TXT section 4.3.7
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")  # section 4.3.12
_END = struct.Struct("<4sHHHHIIH")  # section 4.3.16
_END64 = struct.Struct("<4sQHHIIQQQQ")  # section 4.3.14
_LOCATOR = struct.Struct("<4sIQI")  # section 4.3.15
_EXTRA = struct.Struct("<HH")  # section 4.5.3
LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64_MARK, _LOCATOR_MARK = b"PK\x06\x06", b"PK\x06\x07"
_NEEDS, _NEEDS64 = 20, 45  # 2.0; 4.5 has ZIP64
_MADE_BY, _DAY = 0x031E, 0x21  # Unix; 1980-01-01: when a file was made is not evidence
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
        _, _, _, _, _, _, crc, _, size, length, more = _LOCAL.unpack(start)
        raw = self._read(at + _LOCAL.size, min(length, LONGEST_NAME))
        name = raw.decode("ascii", "replace")
        if not is_name(name):
            raise EvidenceError(f"The archive's member at byte {at} has a name that no case file holds.")
        extra = self._read(at + _LOCAL.size + len(raw), _EXTRA.size + 16) if more else b""
        if size == ELSEWHERE and len(extra) == _EXTRA.size + 16:
            size = int.from_bytes(extra[-8:], "little")
        header = _local(name, size, crc)
        if start + raw + extra != header:
            raise EvidenceError(f"The header at byte {at} is not the one that {name} would have.")
        member = Member(name, at + len(header), size, crc)
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
    raw, told = name.encode("ascii"), _told(size)
    extra = _extra(size, size) if size > FITS else b""
    needs = _NEEDS64 if extra else _NEEDS
    return _LOCAL.pack(LOCAL_MARK, needs, 0, 0, 0, _DAY, crc, told, told, len(raw), len(extra)) + raw + extra


def _central(member: Member, start: int) -> bytes:
    raw, told = member.name.encode("ascii"), _told(member.size)
    sizes = (member.size, member.size) if member.size > FITS else ()
    extra = _extra(*sizes, *((start,) if start > FITS else ()))
    needs = _NEEDS64 if extra else _NEEDS
    fields = (member.crc, told, told, len(raw), len(extra), 0, 0, 0, _MODE, _told(start))
    return _CENTRAL.pack(_CENTRAL_MARK, _MADE_BY, needs, 0, 0, 0, _DAY, *fields) + raw + extra


def _told(number: int) -> int:
    """It, or that it stands in ZIP64's field."""
    return number if number <= FITS else ELSEWHERE


def _extra(*numbers: int) -> bytes:
    """ZIP64's field with what does not fit elsewhere; nothing where all does."""
    return _EXTRA.pack(1, 8 * len(numbers)) + struct.pack(f"<{len(numbers)}Q", *numbers) if numbers else b""


def _directory(members: list[tuple[Member, int]], at: int) -> bytes:
    entries = b"".join(_central(member, start) for member, start in members)
    count, end = len(members), b""
    if at > FITS:
        place = at + len(entries)
        end = _END64.pack(
            _END64_MARK, _END64.size - 12, _MADE_BY, _NEEDS64, 0, 0, count, count, len(entries), at
        ) + _LOCATOR.pack(_LOCATOR_MARK, 0, place, 1)
    return entries + end + _END.pack(_END_MARK, 0, 0, count, count, len(entries), _told(at), 0)

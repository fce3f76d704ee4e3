"""SFTP's packets, wherever the stream is split; what is in a file goes by in pieces and is never gathered. Pure.

SSH File Transfer Protocol version 3, draft-ietf-secsh-filexfer-02, with the extensions of OpenSSH (its file PROTOCOL, section 4).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

LONGEST_PACKET: Final = 1024 * 1024
"""OpenSSH takes 256 KiB; nobody sends more than it, and a list of names can be long."""

LONGEST_HANDLE: Final = 256  # section 6.2: "MUST NOT exceed 256 bytes"

INIT, VERSION = 1, 2
OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = range(3, 13)
REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK = range(13, 21)
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED, EXTENDED_REPLY = 200, 201

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE = range(6)
OP_UNSUPPORTED = 8  # section 7

WRITES, APPENDS = 0x02, 0x04
READS, CREATES, TRUNCATES, EXCLUSIVE = 0x01, 0x08, 0x10, 0x20  # section 6.3

SIZE, OWNER, MODE, TIMES, MORE = 0x01, 0x02, 0x04, 0x08, 0x80000000  # section 5

FORMS: Final[dict[int, str]] = {
    OPEN: "sua",
    CLOSE: "s",
    READ: "squ",
    LSTAT: "s",
    FSTAT: "s",
    SETSTAT: "sa",
    FSETSTAT: "sa",
    OPENDIR: "s",
    READDIR: "s",
    REMOVE: "s",
    MKDIR: "sa",
    RMDIR: "s",
    REALPATH: "s",
    STAT: "s",
    RENAME: "ss",
    READLINK: "s",
    SYMLINK: "ss",
}
"""What stands in a request behind its number: a string, 32 or 64 bits, attributes. WRITE is told by its head."""

EXTENSIONS: Final[dict[bytes, str]] = {
    b"posix-rename@openssh.com": "ss",
    b"statvfs@openssh.com": "s",
    b"fstatvfs@openssh.com": "s",
    b"hardlink@openssh.com": "ss",
    b"fsync@openssh.com": "s",
    b"lsetstat@openssh.com": "sa",
    b"limits@openssh.com": "",
    b"expand-path@openssh.com": "s",
    b"copy-data": "sqqsq",
    b"home-directory": "s",
    b"users-groups-by-id@openssh.com": "ss",
}

_HEAD = struct.Struct(">IB")
_NUMBER = struct.Struct(">I")
_LONG = struct.Struct(">Q")


class Part(Enum):
    """What a token is."""

    WHOLE = "whole"
    """A packet, from its type on."""
    HEAD = "head"
    """The beginning of one that holds a part of a file, up to the first byte of that."""
    PIECE = "piece"
    """Some of that part."""


@dataclass(frozen=True, slots=True)
class Token:
    """What can be judged next. It is ``carried`` and then what lies from ``start`` to ``end`` in the bytes that were fed."""

    part: Part
    body: bytes | memoryview
    """Of a whole packet and of a head without the length in front."""
    start: int
    end: int
    carried: bytes = b""
    last: bool = True
    """Whether its packet ends with it."""


class Packets:
    """One direction of a channel."""

    def __init__(self, streamed: int) -> None:
        """``streamed``: the type of packet whose contents go by in pieces, WRITE or DATA."""
        self._streamed = streamed
        self._held = bytearray()
        self._left = 0
        self.fault = ""
        """Why this is not SFTP from here on, in a few words; empty while it is."""

    def feed(self, view: memoryview) -> Iterator[Token]:
        """What can be judged by now. Once ``fault`` is set nothing more comes."""
        at, size = 0, len(view)
        while at < size and self.fault == "":
            if self._left:
                end = min(at + self._left, size)
                self._left -= end - at
                yield Token(Part.PIECE, view[at:end], at, end, last=not self._left)
                at = end
            elif self._held:
                take = min(self._need(self._held, 0) - len(self._held), size - at)
                self._held += view[at : at + take]
                at += take
                need = self._need(self._held, 0)
                if not self.fault and need == len(self._held):
                    carried = bytes(self._held)
                    self._held.clear()
                    yield self._token(carried, memoryview(carried)[4:], at, at, carried)
            else:
                need = self._need(view, at)
                if at + need > size:
                    self._held += view[at:]
                    return
                if not self.fault:
                    yield self._token(view[at : at + need], view[at + 4 : at + need], at, at + need)
                    at += need

    def _token(
        self, packet: bytes | memoryview, body: memoryview, start: int, end: int, carried: bytes = b""
    ) -> Token:
        length, kind = _HEAD.unpack_from(packet)
        if kind != self._streamed:
            return Token(Part.WHOLE, bytes(body), start, end, carried)
        self._left = length - len(body)
        return Token(Part.HEAD, bytes(body), start, end, carried, last=not self._left)

    def _need(self, data: bytearray | memoryview, at: int) -> int:
        """How many bytes from ``at`` on it takes to know more: all of a packet, or the head of one that is streamed."""
        there = len(data) - at
        if there < _HEAD.size:
            return _HEAD.size
        length, kind = _HEAD.unpack_from(data, at)
        if not 0 < length <= LONGEST_PACKET:
            self.fault = f"a packet of {length} bytes"
            return _HEAD.size
        if kind != self._streamed:
            return int(length) + 4
        head = 13
        if kind == WRITE and there >= head:
            (handle,) = _NUMBER.unpack_from(data, at + 9)
            head += handle + 12
        elif kind == WRITE:
            return head
        if head > 25 + LONGEST_HANDLE or length + 4 < head:
            self.fault = "a part of a file whose lengths contradict each other"
        elif there >= head and head + _NUMBER.unpack_from(data, at + head - 4)[0] != length + 4:
            self.fault = "a part of a file with two lengths"
        return head if not self.fault else there


def fields(form: str, packet: bytes, at: int) -> list[bytes | int] | None:
    """What stands in ``packet`` from ``at`` on, by its form; None when it is not exactly that."""
    found: list[bytes | int] = []
    try:
        for one in form:
            match one:
                case "s":
                    text, at = string_at(packet, at)
                    found.append(text)
                case "u":
                    found.append(*_NUMBER.unpack_from(packet, at))
                    at += 4
                case "q":
                    found.append(*_LONG.unpack_from(packet, at))
                    at += 8
                case _:
                    begin, at = at, attributes_end(packet, at)
                    found.append(packet[begin:at])
    except (struct.error, IndexError):
        return None
    return found if at == len(packet) else None


def names_hold(packet: bytes) -> bool:
    """Whether a NAME holds as many names as it says (section 7)."""
    try:
        (count,) = _NUMBER.unpack_from(packet, 5)
        at = 9
        for _ in range(count):
            _name, at = string_at(packet, at)
            _line, at = string_at(packet, at)
            at = attributes_end(packet, at)
    except (struct.error, IndexError):
        return False
    return at == len(packet)


def string_at(packet: bytes, at: int) -> tuple[bytes, int]:
    """The string at ``at`` and where it ends; IndexError when it ends beyond the packet."""
    (length,) = _NUMBER.unpack_from(packet, at)
    end = at + 4 + length
    if end > len(packet):
        raise IndexError(end)
    return packet[at + 4 : end], end


def attributes_end(packet: bytes, at: int) -> int:
    """Where the attributes at ``at`` end; IndexError for attributes that version 3 does not have."""
    (flags,) = _NUMBER.unpack_from(packet, at)
    if flags & ~(SIZE | OWNER | MODE | TIMES | MORE):
        raise IndexError(flags)
    at += (
        4
        + 8 * bool(flags & SIZE)
        + 8 * bool(flags & OWNER)
        + 4 * bool(flags & MODE)
        + 8 * bool(flags & TIMES)
    )
    if flags & MORE:
        (count,) = _NUMBER.unpack_from(packet, at)
        at += 4
        for _ in range(2 * count):
            _text, at = string_at(packet, at)
    if at > len(packet):
        raise IndexError(at)
    return at


def size_in(attributes: bytes) -> int | None:
    """The size that attributes say; None where they say none."""
    (flags,) = _NUMBER.unpack_from(attributes, 0)
    return int(_LONG.unpack_from(attributes, 4)[0]) if flags & SIZE else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What attributes say of a file: by this it is known again."""

    size: int
    owner: bytes
    """User and group, as they come; empty where they are not said."""
    mode: int
    """What kind of file, and who may do what; 0 where it is not said."""
    changed: int
    """When it was written last, in seconds since 1970; 0 where it is not said."""


def facts_in(attributes: bytes) -> Facts:
    """What ``attributes`` say; nothing where they can't be read."""
    found = fields("a", attributes, 0)
    if found is None:
        return Facts(0, b"", 0, 0)
    flags, at = number_at(attributes, 0), 4
    size = owner = mode = changed = b""
    if flags & SIZE:
        size, at = attributes[at : at + 8], at + 8
    if flags & OWNER:
        owner, at = attributes[at : at + 8], at + 8
    if flags & MODE:
        mode, at = attributes[at : at + 4], at + 4
    if flags & TIMES:
        changed = attributes[at + 4 : at + 8]
    return Facts(int.from_bytes(size), owner, int.from_bytes(mode), int.from_bytes(changed))


def sentence_in(packet: bytes) -> str:
    """What a STATUS says in words."""
    try:
        said, _at = string_at(packet, 9)
    except (IndexError, struct.error):
        return ""
    return said.decode("utf-8", "backslashreplace")[:200]


def without_size(attributes: bytes) -> bytes:
    """The same attributes without a size."""
    (flags,) = _NUMBER.unpack_from(attributes, 0)
    return _NUMBER.pack(flags & ~SIZE) + attributes[12:] if flags & SIZE else attributes


def text(data: bytes) -> bytes:
    """``data`` as a string of the protocol."""
    return _NUMBER.pack(len(data)) + data


def packet(kind: int, *parts: bytes) -> bytes:
    """A packet with its length."""
    body = b"".join(parts)
    return _HEAD.pack(len(body) + 1, kind) + body


def request(kind: int, number: int, *parts: bytes) -> bytes:
    """A packet with a number."""
    return packet(kind, _NUMBER.pack(number), *parts)


def status(number: int, code: int, sentence: str = "") -> bytes:
    """The answer that says how it went, with a sentence that some clients show."""
    return request(STATUS, number, _NUMBER.pack(code), text(sentence.encode()), text(b"en"))


def number32(value: int) -> bytes:
    """32 bits."""
    return _NUMBER.pack(value)


def number64(value: int) -> bytes:
    """64 bits."""
    return _LONG.pack(value)


def long_at(data: bytes, at: int) -> int:
    """The 64 bits at ``at``."""
    return int(_LONG.unpack_from(data, at)[0])


def number_at(data: bytes, at: int) -> int:
    """The 32 bits at ``at``."""
    return int(_NUMBER.unpack_from(data, at)[0])

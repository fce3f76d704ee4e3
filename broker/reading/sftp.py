"""What was done to files over sftp, read from the recorded bytes of one channel. Pure.

SSH File Transfer Protocol version 3, draft-ietf-secsh-filexfer-02, with the extensions of OpenSSH that change names.
Only for telling afterwards: nothing is allowed or refused by it. What can't be read ends the reading of this channel.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_PACKET = 4 * 1024 * 1024
"""OpenSSH takes 256 KiB; what is longer is not sftp."""

MOST_OPEN = 4096
OPEN, CLOSE, READ, WRITE, SETSTAT, REMOVE, MKDIR, RMDIR, RENAME, SYMLINK = 3, 4, 5, 6, 9, 13, 14, 15, 18, 20
STATUS, HANDLE, DATA, EXTENDED = 101, 102, 103, 200
WRITES = 0x00000002  # SSH_FXF_WRITE, section 6.3
RENAMES = frozenset({b"posix-rename@openssh.com", b"hardlink@openssh.com"})
DEEDS = {REMOVE: "remove", MKDIR: "mkdir", RMDIR: "rmdir", SETSTAT: "setstat"}


@dataclass(frozen=True, slots=True)
class Transfer:
    """One thing done to a file. ``deed``: put, get, remove, rename, mkdir, rmdir, symlink, link, setstat."""

    at_us: int
    deed: str
    path: str
    octets: int = 0
    worked: bool = True


@dataclass(slots=True)
class _File:
    at_us: int
    path: str
    read: int = 0
    written: int = 0
    writes: bool = False


@dataclass(slots=True)
class SftpReader:
    """Both directions of one channel, in the order in which they were recorded."""

    broken: bool = False
    """Something came that is not sftp; nothing is read from there on."""
    _buffers: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _asked: dict[int, tuple[str, _File | Transfer]] = field(default_factory=dict)
    _open: dict[bytes, _File] = field(default_factory=dict)

    def sent(self, data: bytes, at_us: int) -> list[Transfer]:
        """The vendor's client sent this."""
        return [done for packet in self._packets(0, data) for done in self._asks(packet, at_us)]

    def answered(self, data: bytes, at_us: int) -> list[Transfer]:  # noqa: ARG002 - the time is that of the asking
        """The asset answered this."""
        return [done for packet in self._packets(1, data) for done in self._answers(packet)]

    def finish(self) -> list[Transfer]:
        """What was never closed, as far as it went."""
        done = [one for file in self._open.values() for one in _closed(file)]
        self._open.clear()
        return done

    def _packets(self, side: int, data: bytes) -> Iterator[bytes]:
        buffer = self._buffers[side]
        if self.broken:
            return
        buffer += data
        at = 0
        while len(buffer) - at >= 4:
            (length,) = struct.unpack_from(">I", buffer, at)
            if not 0 < length <= LONGEST_PACKET:
                self.broken = True
                break
            if len(buffer) - at - 4 < length:
                break
            yield bytes(buffer[at + 4 : at + 4 + length])
            at += 4 + length
        del buffer[:at]
        if self.broken:
            buffer.clear()

    def _asks(self, packet: bytes, at_us: int) -> Iterator[Transfer]:
        kind = packet[0]
        try:
            match kind:
                case 3:  # OPEN
                    number, path, at = _named(packet)
                    (flags,) = struct.unpack_from(">I", packet, at)
                    self._ask(number, "open", _File(at_us, path, writes=bool(flags & WRITES)))
                case 4 | 5 | 6:  # CLOSE, READ, WRITE
                    yield from self._handles(kind, packet)
                case 9 | 13 | 14 | 15:
                    number, path, _at = _named(packet)
                    self._ask(number, "done", Transfer(at_us, DEEDS[kind], path))
                case 18 | 20:  # RENAME, SYMLINK
                    number, one, at = _named(packet)
                    other, _at = _string(packet, at)
                    deed = "rename" if kind == RENAME else "symlink"
                    self._ask(number, "done", Transfer(at_us, deed, f"{one} -> {_text(other)}"))
                case 200:  # EXTENDED
                    self._extended(packet, at_us)
                case _:
                    pass  # it changes nothing
        except (struct.error, IndexError):
            self.broken = True

    def _handles(self, kind: int, packet: bytes) -> Iterator[Transfer]:
        (number,) = struct.unpack_from(">I", packet, 1)
        handle, at = _string(packet, 5)
        file = self._open.get(handle)
        if file is None:
            return  # a folder
        if kind == CLOSE:
            del self._open[handle]
            yield from _closed(file)
        elif kind == READ:
            self._ask(number, "read", file)
        else:
            (length,) = struct.unpack_from(">I", packet, at + 8)
            file.written += length

    def _extended(self, packet: bytes, at_us: int) -> None:
        (number,) = struct.unpack_from(">I", packet, 1)
        name, at = _string(packet, 5)
        if name in RENAMES:
            one, at = _string(packet, at)
            other, _at = _string(packet, at)
            deed = "rename" if name.startswith(b"posix") else "link"
            self._ask(number, "done", Transfer(at_us, deed, f"{_text(one)} -> {_text(other)}"))

    def _answers(self, packet: bytes) -> Iterator[Transfer]:
        kind = packet[0]
        if kind not in {STATUS, HANDLE, DATA}:
            return
        try:
            (number,) = struct.unpack_from(">I", packet, 1)
            asked = self._asked.pop(number, None)
            match asked:
                case ("open", _File() as file) if kind == HANDLE:
                    handle, _at = _string(packet, 5)
                    if len(self._open) < MOST_OPEN:
                        self._open[handle] = file
                case ("open", _File() as file):
                    yield Transfer(file.at_us, "put" if file.writes else "get", file.path, worked=False)
                case ("read", _File() as file) if kind == DATA:
                    (length,) = struct.unpack_from(">I", packet, 5)
                    file.read += length
                case ("done", Transfer() as done):
                    (status,) = struct.unpack_from(">I", packet, 5)
                    yield Transfer(done.at_us, done.deed, done.path, worked=status == 0)
                case _:
                    pass
        except (struct.error, IndexError):
            self.broken = True

    def _ask(self, number: int, what: str, about: "_File | Transfer") -> None:
        if len(self._asked) < MOST_OPEN:
            self._asked[number] = (what, about)


def _closed(file: _File) -> Iterator[Transfer]:
    if file.written or file.writes:
        yield Transfer(file.at_us, "put", file.path, file.written)
    if file.read or not (file.written or file.writes):
        yield Transfer(file.at_us, "get", file.path, file.read)


def _named(packet: bytes) -> tuple[int, str, int]:
    (number,) = struct.unpack_from(">I", packet, 1)
    path, at = _string(packet, 5)
    return number, _text(path), at


def _string(packet: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">I", packet, at)
    end = at + 4 + length
    if end > len(packet):
        raise IndexError
    return packet[at + 4 : end], end


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")

"""Which files crossed over scp's own protocol, read from what its sending side wrote. Pure.

As OpenSSH's scp.c writes it: ``C0644 SIZE NAME``, the bytes, a zero; ``D0755 0 NAME`` and ``E`` around a folder; ``T…`` times.
"""

import re
from dataclasses import dataclass, field

from broker.reading.sftp import Transfer

LONGEST_LINE = 8192
_HEADER = re.compile(rb"([CD])[0-7]{4} ([0-9]{1,18}) ([^\n]*)\n")


@dataclass(slots=True)
class ScpReader:
    """The side that sends files. ``deed`` is ``put`` or ``get``, as the command's flag says."""

    deed: str
    broken: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _left: int = 0
    """Bytes of the file that is crossing, its closing zero included, still to come."""
    _file: tuple[int, str, int] | None = None
    _folders: list[str] = field(default_factory=list)

    def sent(self, data: bytes, at_us: int) -> list[Transfer]:
        """The sending side wrote this."""
        done: list[Transfer] = []
        if self.broken:
            return done
        self._buffer += data
        while self._buffer and not self.broken:
            if self._left:
                taken = min(self._left, len(self._buffer))
                del self._buffer[:taken]
                self._left -= taken
                if not self._left:
                    done += self.finish()
                continue
            end = self._buffer.find(b"\n")
            if self._buffer[0] == 0:
                del self._buffer[:1]  # an acknowledgement
            elif end < 0:
                self.broken = len(self._buffer) > LONGEST_LINE
                break
            else:
                self._line(bytes(self._buffer[: end + 1]), at_us)
                del self._buffer[: end + 1]
        return done

    def finish(self) -> list[Transfer]:
        """The file that was crossing, as far as it came."""
        if self._file is None:
            return []
        at_us, path, size = self._file
        self._file = None
        crossed = size - max(self._left - 1, 0)
        return [Transfer(at_us, self.deed, path, crossed, worked=crossed == size)]

    def _line(self, line: bytes, at_us: int) -> None:
        if header := _HEADER.fullmatch(line):
            name = header[3].decode("utf-8", "backslashreplace")
            if header[1] == b"D":
                self._folders.append(name)
                return
            size = int(header[2])
            self._file = (at_us, "/".join([*self._folders, name]), size)
            self._left = size + 1
        elif line == b"E\n":
            del self._folders[-1:]
        elif not line.startswith((b"T", b"\x01", b"\x02")):
            self.broken = True

"""Looking into archives, and into what lies in those, without unpacking anything to anywhere.

The standard library reads the formats; the bounds are ours, for it has none: how deep, how many, how much in all, how much
more than came in, and how large a thing may be that is held in memory. Every byte is counted as it is unpacked, so no
header is believed. Runs in a process of its own with a limit on memory (``looking``), which is what holds if this does not.
"""

import bz2
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Protocol, cast

import zstandard

from broker.quarantine.judging import Contents
from broker.quarantine.kinds import HEAD_BYTES, OPENED, SHUT, kind_of
from domain.screening import FileKind
from recorder.replay import inert

MIB = 1024 * 1024
CHUNK_BYTES = 64 * 1024
HEADER_BYTES = 16 * MIB
"""The most that a format's own tables may take at once: a zip's list of names, a tar's long name."""

LONG_NAME_BYTES = 64 * 1024
LOCAL_HEADER_BYTES = 30
"""Of a zip's member, without its name (APPNOTE 6.3.10 section 4.3.7)."""
MOST_NAMED = 200
LONGEST_NAME = 200
RATIO_FREE_BYTES = 16 * MIB
"""Below it nothing is a bomb, however well it was packed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far an archive is followed."""

    depth: int = 5
    members: int = 20_000
    octets: int = 8 * 1024 * MIB
    """Unpacked, of all members together, those of inner archives too."""
    ratio: int = 250
    """How many times the file's own size may be unpacked from it."""
    inner_bytes: int = 64 * MIB
    """How large an inner zip may be: it is held in memory, because it is read from its end."""


class TooMuchError(Exception):
    """A bound was reached, or there is something that nobody can look into. ``code`` begins with ``archive_``."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Stream(Protocol):
    """Bytes from the first on."""

    def read(self, size: int, /) -> bytes:
        """At most ``size``; fewer only at the end."""
        ...


See = Callable[[str, Stream], None]
"""Called for each thing that is no archive, with its path in the archive; it may read as much of it as it likes."""


class Walk:
    """One look into one archive. ``see`` is shown every file in it."""

    def __init__(self, size: int, see: See, bounds: Bounds) -> None:
        self.count = 0
        self.octets = 0
        self.names: list[str] = []
        self._most = min(bounds.octets, max(RATIO_FREE_BYTES, size * bounds.ratio))
        self._see, self._bounds = see, bounds

    def into(self, source: BinaryIO, kind: FileKind, name: str) -> Contents:
        """Walk the archive ``source`` of this kind, as far as the bounds let. Raises nothing that a hostile file can bring about."""
        try:
            self._open(source, kind, name, 0)
        except TooMuchError as error:
            return self._said(f"file_{error.code}", error.sentence)
        except MemoryError:
            return self._said(
                "file_archive_bomb", "Looking into it takes more memory than there is for that."
            )
        except RecursionError:
            return self._said("file_archive_deep", "It is nested too deeply to be looked into.")
        except (*BROKEN, OSError) as error:
            return self._said(
                "file_archive_broken", f"It can't be read to its end: {inert(str(error), 100)}."
            )
        return self._said("", "")

    def _said(self, fault: str, sentence: str) -> Contents:
        return Contents(self.count, self.octets, tuple(self.names), fault, sentence)

    def _open(self, source: BinaryIO, kind: FileKind, name: str, depth: int) -> None:
        if depth >= self._bounds.depth:
            raise TooMuchError("archive_deep", f"Archives lie in it {depth} deep.")
        if kind is FileKind.ZIP:
            self._zip(source, name, depth)
        elif kind is FileKind.TAR:
            self._tar(source, name, depth)
        else:
            self._member(f"{name}/{kind}", _Counted(self, _unpacked(source, kind)), depth)

    def _zip(self, source: BinaryIO, name: str, depth: int) -> None:
        with zipfile.ZipFile(cast("BinaryIO", _Guarded(source))) as archive:
            _apart(archive.infolist())
            for one in archive.infolist():
                if one.is_dir():
                    self._named(f"{name}/{one.filename}")
                    continue
                if one.flag_bits & 0x1:  # APPNOTE 6.3.10 section 4.4.4: encrypted
                    raise TooMuchError(
                        "archive_sealed", "Something in it is encrypted, so nobody can look at it."
                    )
                try:
                    member = archive.open(one)
                except NotImplementedError as error:
                    raise TooMuchError(
                        "archive_shut", "Something in it is packed in a way that is not read here."
                    ) from error
                with member:
                    self._member(f"{name}/{one.filename}", _Counted(self, member), depth)

    def _tar(self, source: BinaryIO, name: str, depth: int) -> None:
        with tarfile.open(fileobj=source, mode="r|", tarinfo=_Modest, bufsize=CHUNK_BYTES) as archive:
            for one in archive:
                if not isinstance(one, _Modest) or not one.looked_at:
                    # Another Python's library, which asks elsewhere: nobody knows then what it would hold in memory.
                    raise TooMuchError("archive_strange", "Its headers can't be looked at with this Python.")
                if not one.isreg():  # links and devices hold nothing, and are never made
                    self._named(f"{name}/{one.name}")
                    continue
                member = archive.extractfile(one)
                assert member is not None, "a regular file has contents"
                with member:
                    self._member(f"{name}/{one.name}", _Counted(self, member), depth)

    def _member(self, name: str, member: "_Counted", depth: int) -> None:
        self._named(name)
        head = member.peek(HEAD_BYTES)
        kind = kind_of(head)
        if kind in SHUT:
            raise TooMuchError(
                "archive_shut", f"In it lies an archive of the kind '{kind}', into which nobody has looked."
            )
        if kind in OPENED:
            inner = self._held(member) if kind is FileKind.ZIP else cast("BinaryIO", member)
            self._open(inner, kind, name, depth + 1)
        else:
            self._see(name, member)
        while member.read(CHUNK_BYTES):  # what nobody read is counted too, and its checksum looked at
            pass

    def _held(self, member: "_Counted") -> BinaryIO:
        data = member.read(self._bounds.inner_bytes + 1)
        if len(data) > self._bounds.inner_bytes:
            raise TooMuchError("archive_large", "In it lies an archive that is too large to be looked into.")
        return BytesIO(data)

    def _named(self, name: str) -> None:
        self.count += 1
        if self.count > self._bounds.members:
            raise TooMuchError("archive_many", f"It holds more than {self._bounds.members} things.")
        if len(self.names) < MOST_NAMED:
            self.names.append(inert(name.encode("utf-8", "backslashreplace").decode(), LONGEST_NAME))

    def counted(self, octets: int) -> None:
        """So many bytes more were unpacked."""
        self.octets += octets
        if self.octets > self._most:
            raise TooMuchError(
                "archive_bomb",
                f"It unpacks to more than {self._most // MIB} MiB, which is out of all proportion.",
            )


class _Counted:
    """A member while it is read: every byte counts, and its first ones can be looked at beforehand."""

    def __init__(self, walk: Walk, source: Stream) -> None:
        self._walk, self._source = walk, source
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size and (more := self._fetch(size - len(self._ahead))):
            self._ahead += more
        return self._ahead

    def read(self, size: int, /) -> bytes:
        found = [self._ahead[:size]]
        self._ahead = self._ahead[size:]
        wanted = size - len(found[0])
        while wanted > 0 and (more := self._fetch(wanted)):
            found.append(more)
            wanted -= len(more)
        return b"".join(found)

    def _fetch(self, size: int) -> bytes:
        data = self._source.read(min(size, CHUNK_BYTES))
        self._walk.counted(len(data))
        return data


class _Guarded:
    """A file that is not read in pieces larger than a format's tables may be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(min(size, HEADER_BYTES + 1) if size >= 0 else HEADER_BYTES + 1)
        if len(data) > HEADER_BYTES:
            raise TooMuchError("archive_many", "Its list of contents is too long to be looked at.")
        return data

    def seek(self, at: int, whence: int = 0, /) -> int:
        return self._file.seek(at, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Whoever opened it closes it."""


def _apart(members: Iterable[zipfile.ZipInfo]) -> None:
    """TooMuchError where members lie over one another: few packed bytes then stand for as many as one likes.

    Some Pythons refuse them while they unpack, some don't; the answer is the same with each.
    """
    end = 0
    for one in sorted(members, key=lambda member: member.header_offset):
        if one.header_offset < end:
            raise TooMuchError("archive_bomb", "Things in it lie over one another, as only a bomb's do.")
        end = one.header_offset + LOCAL_HEADER_BYTES + one.compress_size


class _Modest(tarfile.TarInfo):
    """A header whose own text is short, and that describes no file full of holes: the library would hold both in memory."""

    looked_at = False

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        """Called for every header, before anything behind it is read.

        The one place that the library keeps for classes of one's own (its own comment says so). Not ``frombuf``: since
        its repair of how long names are read, it goes past that one.
        """
        long = self.type in {
            tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
        }  # fmt: skip
        if (long and not 0 <= self.size <= LONG_NAME_BYTES) or self.type == tarfile.GNUTYPE_SPARSE:
            raise TooMuchError("archive_strange", "It holds headers that no ordinary archive has.")
        self.looked_at = True
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]  # the stubs leave it out


def _unpacked(source: BinaryIO, kind: FileKind) -> Stream:
    """What one packed stream holds."""
    match kind:
        case FileKind.GZIP:
            return _Inflating(source, lambda: zlib.decompressobj(wbits=31))
        case FileKind.BZIP2:
            return _Inflating(source, bz2.BZ2Decompressor)
        case FileKind.XZ:
            return _Inflating(source, lambda: lzma.LZMADecompressor(memlimit=256 * MIB))
        case _:
            return _Inflating(source, _Zstd)


class _Unpacker(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Inflating:
    """A stream that is unpacked a little at a time, one part after another: a bomb is stopped where it is counted."""

    def __init__(self, source: Stream, begin: Callable[[], object]) -> None:
        self._source, self._begin = source, begin
        self._unpacker = cast("_Unpacker", begin())
        self._input = b""
        self._fresh = True
        self._output, self._given = b"", 0

    def read(self, size: int, /) -> bytes:
        if self._given >= len(self._output):
            self._output, self._given = self._some(size), 0
        data = self._output[self._given : self._given + size]
        self._given += len(data)
        return data

    def _some(self, size: int) -> bytes:
        while True:
            if self._unpacker.eof:
                self._input = self._unpacker.unused_data or self._source.read(CHUNK_BYTES)
                if not self._input.strip(b"\0"):  # padding behind the last part
                    return b""
                self._unpacker, self._fresh = cast("_Unpacker", self._begin()), True
            elif not self._input and self._wants_more():
                self._input = self._source.read(CHUNK_BYTES)
                if not self._input and not self._fresh:
                    raise EOFError("it stops in the middle")
            data, self._input = self._unpacker.decompress(self._input, size), self._rest()
            self._fresh = False
            if data:
                return data

    def _wants_more(self) -> bool:
        return bool(getattr(self._unpacker, "needs_input", True))

    def _rest(self) -> bytes:
        return bytes(getattr(self._unpacker, "unconsumed_tail", b""))


class _Zstd:
    """Zstandard unpacked from 256 bytes at a time: its library bounds no output, and those are 85 blocks of 128 KiB at most (RFC 8878)."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=128 * MIB).decompressobj()
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self.unconsumed_tail

    def decompress(self, data: bytes, _size: int, /) -> bytes:
        self.unconsumed_tail = data[256:]
        return self._inner.decompress(data[:256])


BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError, NotImplementedError,
    UnicodeError, KeyError, IndexError, OverflowError, RuntimeError,
)  # fmt: skip
"""What the libraries raise for bytes that are no archive of theirs."""

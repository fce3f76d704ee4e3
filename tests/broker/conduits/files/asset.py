"""A filter of sftp between a client's packets and a real sftp-server: what either gets, and what the gate is told to do."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import (
    Abandon,
    Begin,
    Fetch,
    FileOutput,
    Finish,
    Keep,
    Moved,
    Say,
)
from broker.conduits.files.roots import Roots
from broker.conduits.files.sftp import SftpFilter
from domain.access import Flow
from domain.limits import limit_of
from domain.output import Answer, Cut, ToAsset, ToVendor
from tests.programs import program

BOTH = frozenset({Flow.GET, Flow.PUT})
READ, WRITE = sftp.READS, sftp.WRITES | sftp.CREATES | sftp.TRUNCATES
NOTHING = sftp.number32(0)


def init(version: int = 3) -> bytes:
    return sftp.packet(sftp.INIT, sftp.number32(version))


def opened(number: int, path: Path | bytes, flags: int) -> bytes:
    name = path if isinstance(path, bytes) else str(path).encode()
    return sftp.request(sftp.OPEN, number, sftp.text(name), sftp.number32(flags), NOTHING)


def named(kind: int, number: int, *names: Path | bytes) -> bytes:
    texts = [sftp.text(one if isinstance(one, bytes) else str(one).encode()) for one in names]
    more = [NOTHING] if kind in {sftp.MKDIR, sftp.SETSTAT, sftp.FSETSTAT} else []
    return sftp.request(kind, number, *texts, *more)


def extended(number: int, name: bytes, *names: Path | bytes) -> bytes:
    texts = [sftp.text(one if isinstance(one, bytes) else str(one).encode()) for one in names]
    return sftp.request(sftp.EXTENDED, number, sftp.text(name), *texts)


def write(number: int, handle: bytes, at: int, data: bytes) -> bytes:
    return sftp.request(sftp.WRITE, number, sftp.text(handle), sftp.number64(at), sftp.text(data))


def read(number: int, handle: bytes, at: int, count: int) -> bytes:
    return sftp.request(sftp.READ, number, sftp.text(handle), sftp.number64(at), sftp.number32(count))


class Between:
    """One channel. ``said`` is what else the filter asked for, in order; the bytes of views are copied at once."""

    def __init__(
        self,
        flows: frozenset[Flow] = BOTH,
        *,
        screened: bool = False,
        folder: Path,
        limits: Iterable[str] = (),
    ) -> None:
        self.filter = SftpFilter(flows, screened=screened, roots=Roots(map(limit_of, limits)))
        self.said: list[FileOutput] = []
        self.to_asset = bytearray()
        self.kept: dict[int, bytearray] = {}
        self.source: dict[int, bytes] = {}
        """What a released file holds, by its number."""
        self.before: Callable[[bytes], None] = lambda _packet: None
        """Is called with what goes to the asset, before it does."""
        self._back = bytearray()
        self._server = subprocess.Popen(
            [program("sftp-server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, bufsize=0
        )

    def __enter__(self) -> Self:
        assert self.ask(init())[4] == sftp.VERSION
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.kill()
        self._server.wait()
        for pipe in (self._server.stdin, self._server.stdout):
            assert pipe is not None
            pipe.close()

    def ask(self, packet: bytes) -> bytes:
        """Send one packet; the one that comes back."""
        self.obey(self.filter.from_vendor(packet))
        return self.answer()

    def answer(self) -> bytes:
        """The next packet for the client."""
        assert self._server.stdout is not None
        while len(self._back) < 4 or len(self._back) < 4 + sftp.number_at(self._back, 0):
            came = self._server.stdout.read(65536)
            assert came, "the server has gone"
            self.obey(self.filter.from_asset(came))
        size = 4 + sftp.number_at(self._back, 0)
        packet = bytes(self._back[:size])
        del self._back[:size]
        return packet

    def status(self, packet: bytes) -> int:
        """Send one packet; the status that comes back."""
        came = self.ask(packet)
        assert came[4] == sftp.STATUS, came
        return sftp.number_at(came, 9)

    def handle(self, packet: bytes) -> bytes:
        """Send one packet; the handle that comes back."""
        came = self.ask(packet)
        assert came[4] == sftp.HANDLE, came
        return sftp.string_at(came, 9)[0]

    def obey(self, outputs: Iterable[FileOutput]) -> None:
        for output in outputs:
            match output:
                case ToAsset(data):
                    self.before(bytes(data))
                    self.to_asset += data
                    assert self._server.stdin is not None
                    self._server.stdin.write(bytes(data))
                case ToVendor(data):
                    self._back += data
                case Answer(data=data):
                    self.said.append(output)
                    self._back += data
                case Keep(file, at, data):
                    held = self.kept.setdefault(file, bytearray())
                    assert at == len(held)
                    held += data
                case Fetch(file, at, length):
                    self.obey(self.filter.fetched(file, at, self.source[file][at : at + length]))
                case Abandon() | Begin() | Cut() | Finish() | Moved() | Say():
                    self.said.append(output)

    def moved(self) -> list[Moved]:
        return [one for one in self.said if isinstance(one, Moved)]

    def codes(self) -> list[str]:
        return [one.code for one in self.said if isinstance(one, Answer | Cut)]

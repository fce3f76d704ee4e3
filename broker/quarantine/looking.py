"""The process that looks at files: one after another, by what is written to it, with a limit on its memory, and nothing to write to.

It is given a file's place and its key, opens it by itself, and answers with what it found. It meets a vendor's bytes with every
parser that there is, so it holds no key of the node, has no socket but clamd's, and may die at any time: then the file is held.
The gate starts it, or systemd does for each connection to a socket (``deploy/systemd/penstock-looker.socket``).
"""

import hashlib
import json
import resource
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from broker.quarantine.archives import Bounds, Stream, Walk
from broker.quarantine.clamav import ClamdStream
from broker.quarantine.judging import Contents, Scan, ScanResult
from broker.quarantine.kept_reader import KeptReader
from broker.quarantine.kinds import HEAD_BYTES, OPENED, kind_of
from broker.quarantine.yara_rules import NAME as YARA
from broker.quarantine.yara_rules import YaraRules, compiled
from domain.errors import ConfigError, EvidenceError
from domain.screening import FileKind

MIB = 1024 * 1024
CHUNK_BYTES = 256 * 1024
LAST_S = 5.0
"""How long it goes on after whoever asked has stopped waiting."""


class _Seekable(RawIOBase):
    """A kept file as the archive readers want it."""

    def __init__(self, reader: KeptReader) -> None:
        super().__init__()
        self._reader = reader
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._reader.read(self._at, self._reader.size if size < 0 else size)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        start = (0, self._at, self._reader.size)[whence]
        if start + offset < 0:
            raise ValueError("it leads before the file's beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at


class Looker:
    """What this process looks with. ``fault`` says why its rules can't be used; then every look has failed."""

    def __init__(
        self, clamd: str, rules: list[str], patience_s: float, largest_bytes: int, bounds: Bounds
    ) -> None:
        self._clamd, self._patience_s = clamd, patience_s
        self._largest_bytes, self._bounds = largest_bytes, bounds
        self._yara: YaraRules | None = None
        self.fault = ""
        if rules:
            try:
                self._yara = YaraRules(compiled([Path(one) for one in rules]), patience_s)
            except ConfigError as error:
                self.fault = str(error)

    def look(self, reader: KeptReader, name: str) -> Mapping[str, object]:
        """Everything that can be found out about one file, as JSON."""
        scans: list[Scan] = []
        (sha256, sha512), head = self._through(reader, scans)
        kind = kind_of(head)
        contents = None
        yara = _Gathered(self._yara, self._largest_bytes, self.fault)
        yara.see("", _Whole(reader), reader.size)
        if kind in OPENED:
            contents = self._into(reader, kind, name, yara)
        scans += yara.scans()
        return {
            "sha256": sha256,
            "sha512": sha512,
            "kind": kind,
            "scans": [asdict(one) for one in scans],
            "contents": None if contents is None else asdict(contents),
        }

    def _through(self, reader: KeptReader, scans: list[Scan]) -> tuple[tuple[str, str], bytes]:
        """One way through all of it: its hashes, its head, and ClamAV's word."""
        hashed, other, head, at = hashlib.sha256(), hashlib.sha512(), b"", 0
        stream = ClamdStream(Path(self._clamd), self._patience_s) if self._clamd else None
        try:
            while data := reader.read(at, CHUNK_BYTES):
                hashed.update(data)
                other.update(data)
                at += len(data)
                if len(head) < HEAD_BYTES:
                    head += data[: HEAD_BYTES - len(head)]
                if stream is not None:
                    stream.feed(data)
            if stream is not None:
                scans.append(stream.scan())
        finally:
            if stream is not None:
                stream.__exit__()
        return (hashed.hexdigest(), other.hexdigest()), head

    def _into(self, reader: KeptReader, kind: FileKind, name: str, yara: "_Gathered") -> Contents:
        walk = Walk(reader.size, yara.see, self._bounds)
        return walk.into(cast("BinaryIO", _Seekable(reader)), kind, name)


class _Whole:
    """A kept file from its first byte on."""

    def __init__(self, reader: KeptReader) -> None:
        self._reader, self._at = reader, 0

    def read(self, size: int, /) -> bytes:
        data = self._reader.read(self._at, size)
        self._at += len(data)
        return data


class _Gathered:
    """What the rules say of a file and of all that lies in it, as one answer."""

    def __init__(self, yara: YaraRules | None, largest_bytes: int, fault: str) -> None:
        self._yara, self._largest_bytes = yara, largest_bytes
        self._fault = fault
        self._found: list[str] = []
        self._beyond = False

    def see(self, name: str, stream: Stream, size: int = 0) -> None:
        """Look at one thing; it is held in memory, so a larger one is not looked at, and said to be beyond."""
        if self._yara is None or self._fault:
            return
        data = b"" if size > self._largest_bytes else stream.read(self._largest_bytes + 1)
        if size > self._largest_bytes or len(data) > self._largest_bytes:
            self._beyond = True
            return
        scan = self._yara.scan(name, data)
        if scan.outcome is ScanResult.FAILED:
            self._fault = ", ".join(scan.what)
        self._found += scan.what if scan.outcome is ScanResult.FOUND else ()

    def scans(self) -> tuple[Scan, ...]:
        """One answer, or none where the plant has no rules."""
        if self._yara is None:
            return (Scan(YARA, "", ScanResult.FAILED, (self._fault,)),) if self._fault else ()
        if self._found:
            return (Scan(YARA, self._yara.version, ScanResult.FOUND, tuple(self._found[:20])),)
        if self._fault:
            return (Scan(YARA, self._yara.version, ScanResult.FAILED, (self._fault,)),)
        outcome = ScanResult.BEYOND if self._beyond else ScanResult.CLEAN
        return (Scan(YARA, self._yara.version, outcome),)


def main(given: TextIO, answers: TextIO) -> None:
    """Answer each line of ``given`` with one, until it ends. The first says what to look with."""
    begun = json.loads(given.readline())
    _limit(int(begun["memory_bytes"]))
    looker = Looker(
        begun["clamd"], begun["yara"], begun["patience_s"], begun["yara_bytes"], Bounds(**begun["bounds"])
    )
    unseen = "" if Path(begun["folder"]).is_dir() else f"It does not see the folder {begun['folder']}."
    _say(answers, {"ready": True, "fault": looker.fault or unseen})
    for line in given:
        asked = json.loads(line)
        _end_after(float(asked["within_s"]) + LAST_S)
        try:
            reader = KeptReader(Path(asked["path"]), bytes.fromhex(asked["key"]), asked["size"])
            try:
                _say(answers, looker.look(reader, asked["name"]))
            finally:
                reader.close()
        except EvidenceError as error:
            _say(answers, {"fault": error.fact})
        except MemoryError:
            _say(answers, {"fault": "Looking at it takes more memory than there is for that."})
        finally:
            _end_after(0)


def _limit(memory_bytes: int) -> None:
    """No more memory than this, no file written, no core with a vendor's bytes or a key in it."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_after(seconds: float) -> None:
    """Be ended by the kernel then, in the middle of any parser: behind a socket there is nobody who could. 0: not any more."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _say(answers: TextIO, what: Mapping[str, object]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)

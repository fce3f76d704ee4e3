"""Having files looked at, by processes beside the gate: a few of them, each with one file at a time, ended when it takes too long.

The gate starts them itself, or finds each behind a unix socket that is a unit of its own: then what meets a vendor's bytes is
not held by what the gate's unit may and sees. Whatever goes wrong with one is a fault that is told; the file is then held, and
looked at again later.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from broker.quarantine.archives import Bounds
from broker.quarantine.judging import Contents, Scan, ScanResult
from domain.screening import FileKind

log = structlog.get_logger()

MIB = 1024 * 1024
LONGEST_LINE = 4 * MIB
START_S = 60.0
BYTES_PER_S = 4 * MIB
"""So slowly a file may be looked at before it counts as too long, on top of the patience for each."""
NOBODY = "Nobody answers where files are looked at."


@dataclass(frozen=True, slots=True)
class Means:
    """What files are looked at with."""

    clamd: str = ""
    """The unix socket of clamd; empty where there is none."""
    yara: tuple[str, ...] = ()
    patience_s: float = 120.0
    """How long one scanner may be silent, and how long a small file may take in all."""
    yara_bytes: int = 64 * MIB
    memory_bytes: int = 1024 * MIB
    processes: int = 2
    bounds: Bounds = field(default_factory=Bounds)
    folder: str = "/"
    """Where the files lie: a process of another unit may not see it."""
    looker: str = ""
    """The unix socket behind which each connection is a process that looks; empty where the gate starts them."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a process found out about one file. ``fault`` where it found out nothing."""

    sha256: str = ""
    kind: FileKind = FileKind.UNKNOWN
    scans: tuple[Scan, ...] = ()
    contents: Contents | None = None
    fault: str = ""
    sha512: str = ""


class Lookers:
    """The processes, started when first needed and again after one has died. Enter it, and leave it to end them."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self._free: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()
        self._all: list[_Process] = []

    async def __aenter__(self) -> Self:
        self._all = [_Process(self.means) for _ in range(self.means.processes)]
        for one in self._all:
            self._free.put_nowait(one)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._all:
            await one.end()

    async def look(self, path: Path, key: bytes, size: int, name: str) -> Report:
        """What is to be known of the file at ``path``; waits for its turn."""
        process = await self._free.get()
        try:
            patience_s = self.means.patience_s + size / BYTES_PER_S
            asked = {"path": str(path), "key": key.hex(), "size": size, "name": name, "within_s": patience_s}
            return await process.ask(asked, patience_s)
        finally:
            self._free.put_nowait(process)

    def pids(self) -> tuple[int, ...]:
        """Those that run now and that the gate started."""
        return tuple(one.pid for one in self._all if one.pid)


class _Process:
    def __init__(self, means: Means) -> None:
        self._means = means
        self._process: asyncio.subprocess.Process | None = None
        self._asked: asyncio.StreamWriter | None = None
        self._answers: asyncio.StreamReader | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    async def ask(self, asked: Mapping[str, object], patience_s: float) -> Report:
        try:
            if not self._runs():
                await self._start()
            async with asyncio.timeout(patience_s):
                return _report(await self._exchange(asked))
        except TimeoutError:
            await self.end()
            return Report(fault="It took too long.")
        except (OSError, ValueError, KeyError, TypeError, asyncio.IncompleteReadError) as error:
            status = None if self._process is None else self._process.returncode
            log.warning("looker_lost", error=type(error).__name__, status=status)
            nobody = self._asked is None
            await self.end()
            return Report(
                fault=NOBODY if nobody else "The process that looks at files ended before it was done."
            )
        except asyncio.CancelledError:
            await self.end()  # it would answer the next question with this file's answer
            raise

    def _runs(self) -> bool:
        if self._asked is None or self._answers is None or self._asked.is_closing():
            return False
        return not self._answers.at_eof() and (self._process is None or self._process.returncode is None)

    async def _start(self) -> None:
        await self.end()
        means = self._means
        if means.looker:
            self._answers, self._asked = await asyncio.open_unix_connection(means.looker, limit=LONGEST_LINE)
        else:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "broker.quarantine.looking"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
            )
            self._answers, self._asked = self._process.stdout, self._process.stdin
        async with asyncio.timeout(START_S):
            ready = await self._exchange(begun(means))
        if ready.get("fault"):
            log.warning("looker_unable", fact=str(ready["fault"]))

    async def _exchange(self, asked: Mapping[str, object]) -> Mapping[str, object]:
        assert self._asked is not None, "it was started"
        assert self._answers is not None, "it was started"
        self._asked.write(json.dumps(asked).encode() + b"\n")
        await self._asked.drain()
        answer = json.loads(await self._answers.readuntil(b"\n"))
        if not isinstance(answer, dict):
            raise TypeError("an answer is an object")
        return answer

    async def end(self) -> None:
        """Kill it, and see it gone; one behind a socket sees its end there, or its time run out."""
        process, self._process = self._process, None
        asked, self._asked, self._answers = self._asked, None, None
        if process is not None:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
        elif asked is not None:
            asked.transport.abort()


def begun(means: Means) -> Mapping[str, object]:
    """What a process is told first: what to look with."""
    return {
        "folder": means.folder,
        "clamd": means.clamd,
        "yara": list(means.yara),
        "patience_s": means.patience_s,
        "yara_bytes": means.yara_bytes,
        "memory_bytes": means.memory_bytes,
        "bounds": asdict(means.bounds),
    }


def _report(answer: Mapping[str, object]) -> Report:
    """The answer as values; ValueError, KeyError or TypeError for one that is none."""
    if answer.get("fault"):
        return Report(fault=str(answer["fault"]))
    scans, contents = answer["scans"], answer["contents"]
    if not isinstance(scans, list):
        raise TypeError("scans are a list")
    return Report(
        sha256=str(answer["sha256"]),
        sha512=str(answer["sha512"]),
        kind=FileKind(str(answer["kind"])),
        scans=tuple(
            Scan(
                str(one["scanner"]),
                str(one["version"]),
                ScanResult(one["outcome"]),
                tuple(map(str, one["what"])),
            )
            for one in scans
        ),
        contents=Contents(
            int(contents["count"]),
            int(contents["octets"]),
            tuple(map(str, contents["names"])),
            str(contents["fault"]),
            str(contents["sentence"]),
        )
        if isinstance(contents, dict)
        else None,
    )

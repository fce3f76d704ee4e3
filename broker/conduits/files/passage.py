"""One channel by which files go: the passage of a program, with a filter in the path of its bytes.

The filter says what crosses; what is put over a screened conduit goes to the quarantine from here. A leaf tells of each file.
Looking at a file may take minutes: the channel stays open meanwhile, and its other requests are served.
"""

from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import structlog

from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
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
from broker.conduits.files.telling import TellingPassage
from broker.conduits.files.told import mark_of, shown
from broker.conduits.seams import Live, Program
from broker.conduits.terminal.passage import STDERR, Early
from broker.exit_status import REFUSED
from broker.quarantine.seams import Came, Intake, NotTakenError, Quarantine, Reader, Verdict
from domain.errors import EvidenceError
from domain.output import Answer, Cut, ToAsset, ToVendor
from recorder.format.frame import Kind
from recorder.format.payloads import mark

log = structlog.get_logger()

MOST_LINES = 20
"""Of refusals beside the protocol; what comes after is in the answers, and in the evidence."""

MOST_LEAVES_WAITING, FEW_LEAVES_WAITING = 256, 64
"""Leaves that are not kept yet: with so many the asset's answers wait, until there are so few."""

NO_QUARANTINE = Answer(
    "file_no_quarantine", "Files are screened on this way, and this gate has no quarantine.", b""
)
NOT_JUDGED = Answer("file_not_judged", "What becomes of the file can't be looked up or kept now.", b"")


class FileFilter(Protocol):
    """What judges a channel's bytes. Pure; each output is obeyed before the next is asked for."""

    def from_vendor(self, data: bytes | memoryview) -> Iterable[FileOutput]: ...
    def from_asset(self, data: bytes | memoryview) -> Iterable[FileOutput]: ...
    def not_taken(self, file: int, code: str, sentence: str) -> Iterable[FileOutput]: ...
    def judged(self, file: int, verdict: Verdict) -> Iterable[FileOutput]: ...
    def fetched(self, file: int, at: int, data: bytes) -> Iterable[FileOutput]: ...
    def asset_full(self, *, full: bool) -> Iterable[FileOutput]: ...
    def over(self, why: str) -> Iterable[FileOutput]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a passage of files has around it."""

    protocol: str
    """What goes over the channel."""
    came: Callable[[bytes], Came]
    """Where a file of that name comes from, and where it goes."""
    quarantine: Quarantine | None
    """None where this gate has none: then nothing is put over a screened conduit, and no leaf tells of a file."""
    start: Callable[[Coroutine[Any, Any, None]], object]
    """Runs what outlives the channel."""
    refused: Callable[[str, str], None]
    """Has the code and the sentence of a refusal kept."""


@dataclass(slots=True)
class _Intake:
    name: bytes
    intake: Intake
    reader: Reader | None = None


class FilePassage(TellingPassage):
    """Both ends of one channel whose bytes are files."""

    def __init__(
        self, live: Live, vendor: VendorChannel, early: Early, filter_: FileFilter, desk: Desk
    ) -> None:
        super().__init__(live, vendor, early)
        self._filter = filter_
        self._desk = desk
        self._intakes: dict[int, _Intake] = {}
        self._finishing: set[int] = set()
        """Closed by their client, and not answered yet."""
        self._lines = 0
        self._leaves = 0
        self._slow = self._crowded = self._ended = False

    # -- the bytes ----------------------------------------------------------------------------------

    def vendor_sent(self, data: bytes | memoryview) -> None:
        """Bytes of the client, for the filter."""
        if self._asset is not None and not self._asset.is_closing() and not self._finished:
            self._obey(self._filter.from_vendor(data))

    def asset_sent(self, data: bytes | memoryview, datatype: int | None = None) -> None:
        """Bytes of the asset, for the filter; what its program says beside the protocol passes as it is."""
        if datatype == STDERR:
            super().asset_sent(data, datatype)
        elif not self._finished:
            self._obey(self._filter.from_asset(data))

    async def open(self, channel: Program, request: str, what: bytes) -> bool:
        """Start the program; the recording says first how its bytes are to be read."""
        self._live.note(Kind.MARK, self.number, mark("filter", protocol=self._desk.protocol))
        return await super().open(channel, request, what)

    def _obey(self, outputs: Iterable[FileOutput]) -> None:
        for output in outputs:
            match output:
                case ToAsset(data):
                    self._to_asset(data)
                case ToVendor(data):
                    self._to_vendor(data)
                case Answer(code, sentence, data):
                    self._live.note(Kind.MARK, self.number, mark("answered", code=code, sentence=sentence))
                    self._desk.refused(code, sentence)
                    if data:
                        self._to_vendor(data)
                case Cut(code, sentence):
                    self._live.note(Kind.MARK, self.number, mark("cut", code=code, sentence=sentence))
                    self._desk.refused(code, sentence)
                    self.finish(code, f"penstock: refused [{code}]: {sentence}", REFUSED)
                    return
                case _:
                    self._see_to(output)

    def _see_to(self, output: Begin | Keep | Finish | Abandon | Fetch | Moved | Say) -> None:
        match output:
            case Keep():
                self._keep(output)
            case Begin():
                self._begin(output)
            case Finish(file):
                self._finishing.add(file)
                self._desk.start(self._finish_intake(file))
            case Abandon(file, why):
                if (one := self._intakes.pop(file, None)) is not None:
                    self._desk.start(self._abandon(one, why))
            case Fetch(file, at, length):
                self._obey(self._filter.fetched(file, at, self._fetch(file, at, length)))
            case Moved():
                self._moved(output)
            case Say(line):
                self._lines += 1
                if self._lines <= MOST_LINES:
                    self.say(line)
            case never:
                assert_never(never)

    def _to_asset(self, data: bytes | memoryview) -> None:
        asset = self._asset
        if (
            asset is not None
            and not asset.is_closing()
            and self._live.cross(Kind.TO_ASSET, self.number, data)
        ):
            with suppress(OSError):  # its client has ended that way, and reads no more answers either
                asset.write(data)

    def _to_vendor(self, data: bytes | memoryview) -> None:
        if self._live.cross(Kind.TO_VENDOR, self.number, data) and not self._vendor.is_closing():
            self._vendor.write(data)

    # -- the quarantine -----------------------------------------------------------------------------

    def _begin(self, begin: Begin) -> None:
        quarantine = self._desk.quarantine
        if quarantine is None:
            self._obey(self._filter.not_taken(begin.file, NO_QUARANTINE.code, NO_QUARANTINE.sentence))
            return
        try:
            intake = quarantine.begin(self._desk.came(begin.name), begin.expected)
        except NotTakenError as error:
            self._obey(self._filter.not_taken(begin.file, error.code, _said(error)))
        else:
            self._intakes[begin.file] = _Intake(begin.name, intake)

    def _keep(self, keep: Keep) -> None:
        one = self._intakes.get(keep.file)
        if one is None:
            return
        try:
            one.intake.write(keep.at, keep.data)
        except NotTakenError as error:
            self._obey(self._filter.not_taken(keep.file, error.code, _said(error)))

    async def _finish_intake(self, file: int) -> None:
        one = self._intakes[file]
        try:
            verdict = await one.intake.finish()
            if verdict.may_pass and self._desk.quarantine is not None and not self._told_over:
                ready = await self._desk.quarantine.released(self._desk.came(one.name), verdict.sha256)
                one.reader = next(each for each in ready if each.id == verdict.id).open()
        except Exception:  # whatever it was: nothing of the file passes, and its client is not left waiting
            log.exception("file_not_judged")
            self._obey(self._filter.not_taken(file, NOT_JUDGED.code, NOT_JUDGED.sentence))
            self._settled(file)
            return
        self._live.note(
            Kind.MARK,
            self.number,
            mark(
                "screened", path=shown(one.name), file=verdict.id, state=verdict.state, sha256=verdict.sha256
            ),
        )
        if not self._told_over:
            self._obey(self._filter.judged(file, verdict))
        if one.reader is None:
            self._settled(file)

    async def _abandon(self, one: _Intake, why: str) -> None:
        try:
            await one.intake.abandon(why)
        except (EvidenceError, OSError) as error:
            log.warning("file_not_abandoned", error=repr(error))

    def _fetch(self, file: int, at: int, length: int) -> bytes:
        one = self._intakes.get(file)
        if one is None or one.reader is None:
            return b""
        try:
            return one.reader.read(at, length)
        except (EvidenceError, OSError) as error:
            log.error("released_file_not_read", error=repr(error))  # noqa: TRY400 - the error says it all
            return b""

    # -- the evidence -------------------------------------------------------------------------------

    def _moved(self, moved: Moved) -> None:
        for file, one in list(self._intakes.items()):
            if one.reader is not None and one.name == moved.name:
                one.reader.close()
                self._settled(file)
        self._live.note(Kind.MARK, self.number, mark_of(moved))
        quarantine = self._desk.quarantine
        if quarantine is not None:
            self._leaves += 1
            if self._leaves == MOST_LEAVES_WAITING and self._asset is not None:
                self._crowded = True
                self._asset.pause_reading()
            self._desk.start(self._leaf(quarantine, self._desk.came(moved.name), moved))

    async def _leaf(self, quarantine: Quarantine, came: Came, moved: Moved) -> None:
        try:
            await super()._leaf(quarantine, came, moved)
        finally:
            self._leaves -= 1
            if self._crowded and self._leaves == FEW_LEAVES_WAITING:
                self._crowded = False
                if not self._slow and self._asset is not None:
                    self._asset.resume_reading()

    # -- the course ---------------------------------------------------------------------------------

    def vendor_ended(self) -> None:
        """The client will send no more; the asset hears of it once what the client put is there."""
        self._ended = True
        if not self._finishing:
            super().vendor_ended()

    def _settled(self, file: int) -> None:
        """The quarantine and the asset are done with a file."""
        self._intakes.pop(file, None)
        self._finishing.discard(file)
        if self._ended and not self._finishing and not self._told_over:
            super().vendor_ended()

    def vendor_slow(self) -> None:
        self._slow = True
        super().vendor_slow()

    def vendor_ready(self) -> None:
        self._slow = False
        if not self._crowded:
            super().vendor_ready()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._obey(self._filter.asset_full(full=True))

    def resume_writing(self) -> None:
        super().resume_writing()
        self._obey(self._filter.asset_full(full=False))

    def tell_over(self, why: str) -> None:
        self._obey(self._filter.over(why))


def _said(error: NotTakenError) -> str:
    return f"{error.fact} What to do: {error.remedy}" if error.remedy else error.fact

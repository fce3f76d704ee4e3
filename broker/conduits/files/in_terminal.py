"""A terminal, or a command, in which files may begin to move."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
from broker.conduits.files.outputs import Moved
from broker.conduits.files.passage import Desk
from broker.conduits.files.telling import TellingPassage
from broker.conduits.files.told import mark_of
from broker.conduits.files.zmodem import CANCEL, Announced, Begun, Through, Watch
from broker.conduits.files.zmodem_reader import Transfers
from broker.conduits.seams import Live, Question
from broker.conduits.terminal.passage import STDERR, Early
from domain.access import Flow, Grant, PassageKind
from domain.output import Answer
from recorder.format.frame import Kind
from recorder.format.payloads import mark

MOST_TOLD = 5
"""Refusals on one channel that are told: who was refused tries again by itself."""

REFUSED = Answer(
    "zmodem_refused",
    "Files in the terminal (zmodem) are not let through this way by the permit and the conduit.",
    b"",
)
REMEDY = "What to do: use sftp, or ask for a permit that names zmodem."


class WatchedPassage(TellingPassage):
    """Both ends of one channel: all of it passes, but for files that nobody granted."""

    def __init__(
        self,
        live: Live,
        vendor: VendorChannel,
        early: Early,
        flows: frozenset[Flow],
        *,
        line: bool,
        refused: Callable[[str, str], None],
        question: Question | None = None,
        desk: Desk | None = None,
    ) -> None:
        """``desk``: who is told of a file that crossed; None where nobody is."""
        super().__init__(live, vendor, early, line=line, refused=refused, question=question)
        self._keep_refusal = refused
        self._inward, self._outward = Watch(Flow.PUT, flows), Watch(Flow.GET, flows)
        self._told = 0
        self._desk = desk
        self._read = {flow: Transfers(flow) for flow in flows}

    def _take(self, data: bytes | memoryview) -> None:
        """Bytes of the client for the program."""
        if self._inward.nothing_in(data):
            super()._take(data)
            self._see(Flow.PUT, (data,))
            return
        crossed: list[bytes | memoryview] = []
        for one in self._inward.feed(data):
            match one:
                case Through(part):
                    super()._take(part)
                    crossed.append(part)
                case Begun():
                    super().asset_sent(CANCEL)
                    self._tell()
                case Announced():
                    self._note(one)
        self._see(Flow.PUT, crossed)

    def asset_sent(self, data: bytes | memoryview, datatype: int | None = None) -> None:
        """Bytes of the program."""
        if datatype == STDERR:
            super().asset_sent(data, datatype)
            return
        if self._outward.nothing_in(data):
            super().asset_sent(data)
            self._see(Flow.GET, (data,))
            return
        crossed: list[bytes | memoryview] = []
        for one in self._outward.feed(data):
            match one:
                case Through(part):
                    super().asset_sent(part)
                    crossed.append(part)
                case Begun():
                    asset = self._asset
                    if asset is not None and self._live.cross(Kind.TO_ASSET, self.number, CANCEL):
                        with suppress(
                            OSError
                        ):  # its client has ended that way: the program reads that it is over
                            asset.write(CANCEL)
                    self._tell()
                case Announced():
                    self._note(one)
        self._see(Flow.GET, crossed)

    def _tell(self) -> None:
        self._live.note(
            Kind.MARK, self.number, mark("answered", code=REFUSED.code, sentence=REFUSED.sentence)
        )
        self._told += 1
        if self._told <= MOST_TOLD:
            self._keep_refusal(REFUSED.code, REFUSED.sentence)
            self.say(f"penstock: refused [{REFUSED.code}]: {REFUSED.sentence} {REMEDY}")

    def _see(self, flow: Flow, crossed: Iterable[bytes | memoryview]) -> None:
        if (reader := self._read.get(flow)) is not None:
            for moved in (one for part in crossed for one in reader.feed(part)):
                self._moved(moved)

    def _moved(self, moved: Moved) -> None:
        """A file crossed, or some of it."""
        self._live.note(Kind.MARK, self.number, mark_of(moved))
        if self._desk is not None and self._desk.quarantine is not None:
            came = replace(self._desk.came(moved.name), way=Grant(PassageKind.ZMODEM, flow=moved.flow))
            self._desk.start(self._leaf(self._desk.quarantine, came, moved))

    def tell_over(self, why: str) -> None:  # noqa: ARG002 - zmodem's own reader knows no why
        for moved in (one for reader in self._read.values() for one in reader.over()):
            self._moved(moved)

    def _note(self, one: Announced) -> None:
        name = one.name.decode("utf-8", "backslashreplace")
        self._live.note(
            Kind.MARK,
            self.number,
            mark(
                "file",
                path=name,
                way=one.flow,
                begin=0,
                bytes=one.size,
                sha256="",
                outcome="announced",
                file="",
            ),
        )

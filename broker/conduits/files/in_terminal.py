"""A terminal, or a command, in which files may begin to move."""

from collections.abc import Callable
from contextlib import suppress

from broker.conduits.asyncssh_internals.vendor_channel import VendorChannel
from broker.conduits.files.zmodem import CANCEL, Announced, Begun, Through, Watch
from broker.conduits.seams import Live, Question
from broker.conduits.terminal.passage import STDERR, Early, TerminalPassage
from domain.access import Flow
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


class WatchedPassage(TerminalPassage):
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
    ) -> None:
        super().__init__(live, vendor, early, line=line, refused=refused, question=question)
        self._keep_refusal = refused
        self._inward, self._outward = Watch(Flow.PUT, flows), Watch(Flow.GET, flows)
        self._told = 0

    def _take(self, data: bytes | memoryview) -> None:
        """Bytes of the client for the program."""
        for one in self._inward.feed(data):
            match one:
                case Through(part):
                    super()._take(part)
                case Begun():
                    super().asset_sent(CANCEL)
                    self._tell()
                case Announced():
                    self._note(one)

    def asset_sent(self, data: bytes | memoryview, datatype: int | None = None) -> None:
        """Bytes of the program."""
        if datatype == STDERR:
            super().asset_sent(data, datatype)
            return
        for one in self._outward.feed(data):
            match one:
                case Through(part):
                    super().asset_sent(part)
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

    def _tell(self) -> None:
        self._live.note(
            Kind.MARK, self.number, mark("answered", code=REFUSED.code, sentence=REFUSED.sentence)
        )
        self._told += 1
        if self._told <= MOST_TOLD:
            self._keep_refusal(REFUSED.code, REFUSED.sentence)
            self.say(f"penstock: refused [{REFUSED.code}]: {REFUSED.sentence} {REMEDY}")

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

"""A channel of files from both ends, with what the filter asks for; stock clients and a real quarantine are in tests/peers."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from broker.conduits.files import packets as sftp
from broker.conduits.files.passage import (
    FEW_LEAVES_WAITING,
    MOST_LEAVES_WAITING,
    MOST_LINES,
    Desk,
    FilePassage,
)
from broker.conduits.files.sftp import SftpFilter
from broker.conduits.terminal.passage import Early
from broker.quarantine.seams import Came, FileState, NotTakenError, Outcome, Verdict
from domain.access import Flow, Grant, PassageKind
from domain.errors import EvidenceError
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.broker.conduits.files.asset import BOTH, WRITE, init, named, opened, write
from tests.broker.conduits.terminal.test_passage import Asset, Vendor
from tests.broker.conduits.test_relay import Session as Crossing

VERSION = sftp.packet(sftp.VERSION, sftp.number32(3))


@dataclass
class Session(Crossing):
    """Keeps what is noted, too."""

    marks: list[Any] = field(default_factory=list)

    def note(self, kind: Kind, channel: int, payload: bytes) -> None:
        super().note(kind, channel, payload)
        if kind is Kind.MARK:
            self.marks.append(read(payload))


CLEAN = Verdict(FileState.RELEASED, "good1", "ab", 3, "file_clean", "It may pass.")


def came(name: bytes) -> Came:
    return Came(
        SessionId("s"),
        PermitId("p"),
        PersonId("ana"),
        VendorId("acme"),
        AssetId("eng-ws-1"),
        ConduitId("dmz-cell"),
        Grant(PassageKind.SFTP),
        name,
    )


@dataclass
class Shelf:
    """A quarantine of one file, which says what it is told to."""

    verdict: Verdict = CLEAN
    full: bool = False
    broken: bool = False
    id: str = "good1"
    sha256: str = "ab"
    name: bytes = b"put"
    size: int = 0
    content: bytearray = field(default_factory=bytearray)
    told: list[object] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, came: Came, expected: int | None = None) -> "Shelf":
        if self.full:
            raise NotTakenError("There is no room.", code="file_quarantine_full", remedy="Ask the plant.")
        return self

    def write(self, at: int, data: bytes | memoryview) -> None:
        if at != len(self.content):
            raise NotTakenError("It has a gap.", code="file_sparse")
        self.content += data

    async def finish(self) -> Verdict:
        if self.broken:
            raise EvidenceError("The ledger is away.")
        return self.verdict

    async def abandon(self, why: str) -> Verdict:
        self.told.append(why)
        return self.verdict

    async def released(self, came: Came, sha256: str) -> Sequence["Shelf"]:
        return (self,)

    async def moved(
        self, came: Came, *, size: int, sha256: str, outcome: Outcome, released: str = ""
    ) -> None:
        await self.gate.wait()
        if self.broken:
            raise EvidenceError("The ledger is away.")
        self.told.append((came.name, size, sha256, outcome, released))

    def open(self) -> "Shelf":
        return self

    def read(self, at: int, length: int) -> bytes:
        return bytes(self.content[at : at + length])

    def close(self) -> None:
        self.told.append("closed")


@dataclass
class Running:
    """One channel under way."""

    passage: FilePassage
    session: Session
    vendor: Vendor
    asset: Asset
    refused: list[str]
    tasks: list[asyncio.Task[None]]

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)

    def marks(self, name: str) -> list[Any]:
        return [one for one in self.session.marks if one["mark"] == name]


async def running(shelf: Shelf | None, *, screened: bool = True, flows: frozenset[Flow] = BOTH) -> Running:
    session, vendor, asset = Session(), Vendor(), Asset()
    refused: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    def start(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.get_running_loop().create_task(work))

    desk = Desk("sftp", came, shelf, start, lambda code, _sentence: refused.append(code))
    passage = FilePassage(session, vendor, Early(), SftpFilter(flows, screened=screened), desk)
    passage.number = 1
    assert await passage.open(asset, "subsystem", b"sftp")
    passage.vendor_sent(init())
    passage.asset_sent(VERSION)
    return Running(passage, session, vendor, asset, refused, tasks)


def put(run: Running) -> None:
    run.passage.vendor_sent(opened(1, b"put", WRITE) + write(2, b"penstock-1", 0, b"abc"))
    run.passage.vendor_sent(named(sftp.CLOSE, 3, b"penstock-1"))


async def test_a_clean_file_is_kept_judged_and_only_then_written_to_the_asset() -> None:
    shelf = Shelf()
    shelf.gate.set()
    run = await running(shelf)
    before = len(run.asset.sent)
    put(run)
    assert (bytes(shelf.content), len(run.asset.sent)) == (b"abc", before)
    await run.done()
    assert b"put" in run.asset.sent[before:]
    number = 0xE0000000
    run.passage.asset_sent(sftp.request(sftp.HANDLE, number, sftp.text(b"there")))
    run.passage.asset_sent(sftp.status(number + 1, sftp.OK))
    run.passage.asset_sent(sftp.status(number + 2, sftp.OK))
    await run.done()
    assert shelf.told == ["closed", (b"put", 3, "ab", Outcome.WHOLE, "good1")]
    assert run.vendor.sent.endswith(sftp.status(3, sftp.OK))
    assert run.marks("filter")[0]["protocol"] == "sftp"
    assert run.marks("screened")[0]["state"] == "released"
    assert (run.marks("file")[0]["path"], run.marks("file")[0]["outcome"]) == ("put", "whole")


async def test_a_client_that_ends_early_does_not_end_the_asset_before_its_file_is_there() -> None:
    run = await running(Shelf())
    put(run)
    run.passage.vendor_ended()
    assert "eof" not in run.asset.calls
    await run.done()
    for answer in (
        sftp.request(sftp.HANDLE, 0xE0000000, sftp.text(b"there")),
        sftp.status(0xE0000001, sftp.OK),
    ):
        run.passage.asset_sent(answer)
        assert "eof" not in run.asset.calls
    run.passage.asset_sent(sftp.status(0xE0000002, sftp.OK))
    assert run.asset.calls[-1] == "eof"


async def test_without_a_quarantine_or_without_room_nothing_is_put_over_a_screened_conduit() -> None:
    for shelf, code in ((None, "file_no_quarantine"), (Shelf(full=True), "file_quarantine_full")):
        run = await running(shelf)
        before = len(run.asset.sent)
        put(run)
        await run.done()
        assert run.refused == [code]
        assert code in run.vendor.errors.decode()
        assert len(run.asset.sent) == before


async def test_a_file_that_nobody_can_judge_is_refused() -> None:
    run = await running(Shelf(broken=True))
    put(run)
    await run.done()
    assert run.refused == ["file_not_judged"]


async def test_a_channel_that_ends_tells_the_quarantine_and_the_ledger_what_was_cut() -> None:
    shelf = Shelf()
    shelf.gate.set()
    run = await running(shelf)
    run.passage.vendor_sent(opened(1, b"put", WRITE) + write(2, b"penstock-1", 0, b"abc"))
    run.passage.vendor_gone()
    run.passage.connection_lost(None)
    await run.done()
    assert shelf.told == ["client gone"]
    run = await running(shelf, screened=False)
    run.passage.vendor_sent(opened(1, b"put", WRITE))
    run.passage.asset_sent(sftp.request(sftp.HANDLE, 1, sftp.text(b"h")))
    run.passage.vendor_sent(write(2, b"h", 0, b"abc"))
    run.passage.finish("revoked", "penstock: over", 77)
    await run.done()
    assert [one[3] for one in shelf.told[1:] if isinstance(one, tuple)] == [Outcome.CUT]


async def test_files_wait_for_their_leaves_and_a_ledger_that_is_away_ends_the_channel() -> None:
    """D15: with many leaves on their way nothing more is taken from the asset, and memory stays bounded."""
    shelf = Shelf()
    run = await running(shelf, screened=False)
    for number in range(MOST_LEAVES_WAITING):
        run.passage.vendor_sent(opened(1, b"put", WRITE))
        run.passage.asset_sent(sftp.request(sftp.HANDLE, 1, sftp.text(b"h")))
        run.passage.vendor_sent(named(sftp.CLOSE, 2, b"h"))
        assert "pause" not in run.asset.calls, number
        run.passage.asset_sent(sftp.status(2, sftp.OK))
    assert run.asset.calls[-1] == "pause"
    run.passage.vendor_slow()
    run.passage.vendor_ready()
    assert run.asset.calls[-1] == "pause"
    shelf.gate.set()
    await run.done()
    assert run.asset.calls[-1] == "resume"
    assert len(shelf.told) == MOST_LEAVES_WAITING > FEW_LEAVES_WAITING
    shelf.broken = True
    run.passage.vendor_sent(opened(1, b"put", WRITE))
    run.passage.asset_sent(sftp.request(sftp.HANDLE, 1, sftp.text(b"h")))
    run.passage.vendor_sent(named(sftp.CLOSE, 2, b"h"))
    run.passage.asset_sent(sftp.status(2, sftp.OK))
    await run.done()
    assert run.vendor.status == 77


async def test_refusals_beside_the_protocol_are_few_lines_and_what_is_no_sftp_ends_it() -> None:
    run = await running(None, flows=frozenset({Flow.GET}))
    for number in range(2 * MOST_LINES):
        run.passage.vendor_sent(named(sftp.REMOVE, number, b"x"))
    assert run.vendor.errors.decode().count("sftp_put_refused") == MOST_LINES
    assert run.refused == ["sftp_put_refused"] * 2 * MOST_LINES
    run.passage.vendor_sent(b"\xff" * 9)
    assert (run.refused[-1], run.vendor.status) == ("sftp_malformed", 77)
    assert run.passage.closed()

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.events import SessionHeartbeat
from domain.events import document as event_document
from domain.ids import SessionId
from recorder import case
from recorder.export.case_file import EXPLANATION, case_bytes, gather, write_case
from recorder.format.archive import Archive
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader, Proven
from recorder.report import Verdict
from recorder.snapshots import TrustSnapshot
from recorder.verify import verify_case
from tests.clock import STARTS
from tests.recorder.cases import OTHER_SESSION, Story, approval, code, permit, story
from tests.recorder.ledger.logs import SIGNER
from tests.recorder.recordings import SESSION


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    return await story(tmp_path)


def test_any_program_can_unpack_it_and_the_manifest_lists_all(told: Story) -> None:
    with zipfile.ZipFile(BytesIO(told.case())) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read(case.MANIFEST))
        assert set(manifest["files"]) == set(archive.namelist()) - {case.MANIFEST}
        for name, said in manifest["files"].items():
            data = archive.read(name)
            assert said == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        assert archive.read(case.RECORDING) == told.recording
        assert archive.read(case.README) == EXPLANATION.read_bytes()


def test_the_same_session_gives_the_same_bytes(told: Story) -> None:
    assert told.case() == told.case()


def test_without_the_key_nothing_is_exported(told: Story) -> None:
    with zipfile.ZipFile(BytesIO(told.case(with_key=False))) as archive:
        assert not [name for name in archive.namelist() if name.startswith("exports/") or name == case.KEY]


def test_other_sessions_of_the_permit_stay_out(told: Story) -> None:
    other = SessionHeartbeat(at=STARTS, session=SessionId(OTHER_SESSION), frames=1, head="00" * 32)
    told.events += [other, replace(told.events[-1], session=SessionId(OTHER_SESSION))]  # type: ignore[type-var]
    data = told.case()
    assert OTHER_SESSION.encode() not in data
    assert verify_case(BytesIO(data), SIGNER.key).verdict is Verdict.PASS


def test_a_ledger_that_grew_since_proves_the_same_events(told: Story) -> None:
    log = told.log()
    before = gather(log, SESSION, [permit().id], TrustSnapshot.of(told.trust).digest)
    writer = Log.open(told.folder / "ledger", SIGNER, memory=told.folder / "ledger.signed")
    more = SessionHeartbeat(at=STARTS, session=SessionId(OTHER_SESSION), frames=1, head="00" * 32)
    writer.append([submission(f"x{number}", event_document(more)) for number in range(300)])
    writer.close()
    after = gather(log, SESSION, [permit().id], TrustSnapshot.of(told.trust).digest)
    assert before.indexes == after.indexes
    assert before.checkpoint != after.checkpoint
    assert verify_case(BytesIO(told.case()), SIGNER.key).verdict is Verdict.PASS


class GrowingLog(LogReader):
    """A ledger that is told of fifty things whenever something is proven."""

    writer: Log
    times = 0

    def proven(self, indexes: Iterable[int], under: str) -> Iterator[Proven]:
        self.grow()
        for one in super().proven(indexes, under):
            yield one
            self.grow()

    def grow(self) -> None:
        self.times += 1
        beat = SessionHeartbeat(at=STARTS, session=SESSION, frames=self.times, head="00" * 32)
        self.writer.append([submission(f"{self.times}-{one}", event_document(beat)) for one in range(50)])


def test_a_ledger_that_never_stands_still_proves_what_it_held_when_it_was_asked(told: Story) -> None:
    told.log()
    log = GrowingLog(told.folder / "ledger")
    log.writer = Log.open(told.folder / "ledger", SIGNER, memory=told.folder / "ledger.signed")
    data = case_bytes(told.contents(), BytesIO(told.recording), log)
    log.writer.close()
    assert log.times >= 6, "it grew past the end of a full tile"
    assert verify_case(BytesIO(data), SIGNER.key).verdict is Verdict.PASS


def test_a_charter_that_the_node_no_longer_has_leaves_the_verdict_open(told: Story) -> None:
    contents = replace(told.contents(), charter=None)
    data = case_bytes(contents, BytesIO(told.recording), told.log())
    assert verify_case(BytesIO(data), SIGNER.key).verdict is Verdict.INCOMPLETE


def test_a_wrong_key_is_noticed_before_anything_is_handed_over(told: Story) -> None:
    contents = replace(told.contents(), key=bytes(32))
    with pytest.raises(EvidenceError):
        write_case(BytesIO(), contents, BytesIO(told.recording), told.log())


def test_the_manifest_says_when_it_was_made(told: Story) -> None:
    manifest = write_case(BytesIO(), told.contents(), BytesIO(told.recording), told.log())
    assert manifest["created_at"] == "2026-03-03T08:00:00Z"
    assert STARTS + timedelta(days=1) == told.contents().created_at


def test_an_approval_given_after_the_session_opened_stays_out(told: Story) -> None:
    later = approval(code(), "deniz")
    told.approvals = (*told.approvals, later)
    data = told.case()
    assert b"deniz" not in Archive(BytesIO(data)).read(case.APPROVALS, 100_000)
    assert verify_case(BytesIO(data), SIGNER.key).verdict is Verdict.PASS

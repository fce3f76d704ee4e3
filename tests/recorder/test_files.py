import csv
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.events import Event, EvidenceErased, FileErased, FileRefused, document
from domain.ids import PersonId
from recorder import case
from recorder.files import COLUMNS, FileRow, SessionFiles, csv_of, files_of
from recorder.format.archive import Archive
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from recorder.report import Verdict
from recorder.verify import verify_case
from tests.clock import STARTS
from tests.recorder.cases import permit, story
from tests.recorder.honest_files import (
    BEFORE,
    EARLIER,
    EARLIER_SHA,
    FORMULA,
    NOW,
    NOW_SHA,
    delivered,
    released,
    screened,
    taken,
    visit,
)
from tests.recorder.ledger.logs import SIGNER
from tests.recorder.recordings import SESSION


def rows(*events: Event) -> tuple[FileRow, ...]:
    with TemporaryDirectory() as folder:
        return tuple(files_of(log_of(Path(folder) / "log", *events), SESSION))


def log_of(folder: Path, *events: Event) -> LogReader:
    log = Log.create(folder, SIGNER)
    log.append([submission(f"r{number}", document(one)) for number, one in enumerate(events)])
    log.close()
    return LogReader(folder)


def test_each_file_has_its_way_bytes_verdict_who_released_it_and_how_it_ended(tmp_path: Path) -> None:
    found = tuple(files_of(log_of(tmp_path / "log", *visit(STARTS, permit())), SESSION))
    told = [
        (one.what, one.way, one.name, one.size, one.sha256[:2], one.verdict, one.code, one.released_by, one.outcome)
        for one in found
    ]  # fmt: skip
    assert told == [
        ("delivered", "scp:put", "fw.bin", 2048, "ea", "held", "file_waits", ("olga",), "whole"),
        ("taken in", "sftp:put", FORMULA, 2048, "0b", "held", "file_waits", ("olga",), "whole"),
        ("moved", "sftp:get", "log.txt", 7, "d0", "", "", (), "cut"),
        ("not taken", "sftp:put", "holes.bin", None, "", "refused", "file_sparse", (), ""),
    ]
    assert [one.kept for one in found] == ["quarantine", "quarantine", "recording", ""]
    assert [one.leaf for one in found] == [3, 4, 6, 7]
    assert not list(files_of(LogReader(tmp_path / "log"), "z" * 26))


def test_a_release_counts_for_what_passed_after_it_by_its_permit_and_in_its_time_alone() -> None:
    came = (taken(STARTS, permit(), EARLIER, BEFORE, "a", EARLIER_SHA), screened(STARTS, permit(), EARLIER, BEFORE, "a", EARLIER_SHA))  # fmt: skip
    word = released(STARTS, permit(), EARLIER, BEFORE, EARLIER_SHA)
    gone = delivered(STARTS, permit())
    for yes, expected in (
        (word, ("olga",)),
        (replace(word, permit=""), ("olga",)),
        (replace(word, permit="another"), ()),
        (replace(word, until=STARTS), ()),
        (replace(word, file=NOW), ()),
    ):
        assert rows(*came, yes, gone)[0].released_by == expected, yes
    assert rows(*came, gone, word)[0].released_by == ()
    by_charter = replace(came[1], state="released", code="file_clean")
    assert rows(came[0], by_charter, gone)[0].released_by == ("charter",)
    two = replace(word, by=PersonId("petra"))
    assert rows(*came, word, two, word, gone)[0].released_by == ("olga", "petra")


def test_what_is_not_looked_at_yet_cut_refused_or_erased_says_so() -> None:
    came = taken(STARTS, permit(), NOW, SESSION, "a\x1b[2J\n", NOW_SHA)
    (waits,) = rows(came)
    assert (waits.verdict, waits.code, waits.name) == ("held", "file_not_screened", "a\\x1b[2J\\n")
    (cut,) = rows(replace(came, whole=False, cause="the vendor left"))
    assert (cut.code, cut.outcome) == ("file_cut", "cut")
    no = FileRefused(
        at=STARTS, file=NOW, session=SESSION, asset=permit().asset, sha256=NOW_SHA, by=PersonId("olga"), reason="no"
    )  # fmt: skip
    gone = FileErased(at=STARTS, file=NOW, session=SESSION, sha256=NOW_SHA, ask="00" * 32)
    (ended,) = rows(came, no, gone)
    assert (ended.refused_by, ended.kept) == ("olga", "erased")
    download = visit(STARTS, permit())[6]
    let_go = EvidenceErased(
        at=STARTS + timedelta(days=90), session=SESSION, ask="00" * 32, deed="erase",
        recording_sha256="00" * 32, removed_bytes=0, elsewhere=(),
    )  # fmt: skip
    assert rows(download, let_go)[0].kept == "erased"


def test_the_list_as_csv_has_no_cell_that_a_spreadsheet_would_reckon() -> None:
    lines = list(csv.reader(StringIO(b"".join(csv_of(rows(*visit(STARTS, permit())))).decode())))
    assert lines[0] == list(COLUMNS)
    assert lines[2][3] == f"'{FORMULA}"
    assert rows(*visit(STARTS, permit()))[0].document()["released_by"] == ["olga"]


async def test_a_case_file_has_the_list_and_every_leaf_that_it_stands_on(tmp_path: Path) -> None:
    """D15: those from before the session as well: a file may come, wait, and pass in a later one."""
    told = await story(tmp_path)
    told.events[3:3] = visit(STARTS, permit())
    for with_key in (True, False):
        data = told.case(with_key=with_key)
        archive = Archive(BytesIO(data))
        listed = archive.read(case.FILES, case.MIB)
        assert listed == b"".join(csv_of(files_of(told.log(), SESSION)))
        enclosed = [
            case.LedgerEvent.of(line + b"\n") for line in case.lines_of(archive.read(case.EVENTS, case.MIB))
        ]
        assert {3, 4, 5, 6, 7, 8, 9, 10, 11} <= {one.index for one in enclosed}
        report = verify_case(BytesIO(data), SIGNER.key)
        assert report.verdict is Verdict.PASS
        assert any(case.FILES in fact for fact in report.facts)
    other = tmp_path / "other"
    other.mkdir()
    assert case.FILES not in Archive(BytesIO((await story(other)).case())).members


def test_a_session_s_files_are_read_on_from_where_they_were_read_and_from_any_row(tmp_path: Path) -> None:
    events = visit(STARTS, permit())
    for first in range(1, len(events)):
        folder = tmp_path / str(first)
        whole = log_of(folder, *events[:first])
        known = SessionFiles(whole, SESSION)
        before = list(known.rows())
        log = Log.open(folder, SIGNER)
        log.append([submission(f"x{number}", document(one)) for number, one in enumerate(events[first:])])
        log.close()
        assert list(known.rows()) == list(files_of(LogReader(folder), SESSION))
        assert [one.leaf for one in known.rows(4)] == [6, 7]
        below = SessionFiles(LogReader(folder), SESSION, first)
        assert list(below.rows()) == before
        assert set(below.leaves()) <= set(range(first))

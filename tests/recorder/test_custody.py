import hashlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain.custody_events import Deed, EvidenceHandled
from domain.events import Event, EvidenceViewed, SessionEnded, SessionWatched, document
from domain.ids import PermitId
from recorder.custody import LONGEST_PURPOSE, custody, handlings, item_of, measured, stated
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from tests.recorder.ledger.logs import BEGAN, SIGNER, session

MINE, OTHER = session(1), session(2)


def handled(number: int, deed: Deed = Deed.EXPORT, of: str = MINE) -> EvidenceHandled:
    return EvidenceHandled(
        at=BEGAN + timedelta(minutes=number),
        session=of,  # type: ignore[arg-type] # an id
        item="ab" * 32,
        by="iris",
        deed=str(deed),
        what="case file",
        door="console",
        source="192.0.2.9",
        office="auditor",
        purpose="yearly audit",
        copy_sha256="cd" * 32,
        copy_bytes=1234,
        changed="nothing",
    )


def log_of(folder: Path, *events: Event) -> LogReader:
    log = Log.create(folder, SIGNER)
    log.append([submission(f"r{number}", document(one)) for number, one in enumerate(events)])
    log.close()
    return LogReader(folder)


def test_two_exports_are_two_records_with_every_field(tmp_path: Path) -> None:
    """G07: export twice, two records; the field list is ISO/IEC 27037's."""
    found = custody(log_of(tmp_path / "log", handled(1), handled(2), handled(3, of=OTHER)), MINE)
    assert [(one.index, one.deed, one.by) for one in found] == [(0, "export", "iris"), (1, "export", "iris")]
    assert found[0].document() == {
        "index": 0,
        "at": "2026-03-01T06:01:00Z",
        "session": MINE,
        "by": "iris",
        "deed": "export",
        "what": "case file",
        "item": "ab" * 32,
        "door": "console",
        "source": "192.0.2.9",
        "office": "auditor",
        "purpose": "yearly audit",
        "copy_sha256": "cd" * 32,
        "copy_bytes": 1234,
        "changed": "nothing",
    }


@pytest.mark.parametrize("subject", [f"session:{MINE}", f"session {MINE}"])
def test_a_look_from_before_there_were_custody_events_is_in_the_log(tmp_path: Path, subject: str) -> None:
    looked = EvidenceViewed(at=BEGAN, subject=subject, by="iris", how="replay")
    (one,) = custody(log_of(tmp_path / "log", looked), MINE)
    assert (one.deed, one.by, one.what) == ("view", "iris", "replay")


def test_who_watched_the_live_session_is_in_the_log_as_well(tmp_path: Path) -> None:
    watched = SessionWatched(at=BEGAN, session=MINE, by="milo", way="console", since="")
    found = custody(log_of(tmp_path / "log", watched, handled(1)), MINE)
    assert [(one.deed, one.by) for one in found] == [("watch", "milo"), ("export", "iris")]


def test_another_s_search_that_holds_the_id_is_no_handling(tmp_path: Path) -> None:
    searched = EvidenceViewed(at=BEGAN, subject="ledger:all", by="iris", how=f"search for {MINE}")
    assert custody(log_of(tmp_path / "log", searched), MINE) == ()


def test_an_event_that_can_not_be_read_is_passed_over() -> None:
    assert (
        handlings([(3, {}), (4, {"event": "EvidenceHandled", "session": MINE, "at": "yesterday"})], MINE)
        == ()
    )


def test_the_item_is_the_recording_that_the_ledger_names(tmp_path: Path) -> None:
    ended = SessionEnded(
        at=BEGAN, session=MINE, permit=PermitId("p" * 26), cause="finished", frames=1, bytes_to_asset=0,
        bytes_to_vendor=0, head="00" * 32, recording_sha256="11" * 32, verified=True, remote_job="none",
    )  # fmt: skip
    log = log_of(tmp_path / "log", ended)
    assert (item_of(log, MINE), item_of(log, OTHER)) == ("11" * 32, "")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  yearly\n audit ", "yearly audit"),
        ("x" * 400, "x" * LONGEST_PURPOSE),
        ("bad \x1b[2J", ""),
        ("", ""),
    ],
)
def test_a_purpose_is_kept_as_one_printable_line(given: str, kept: str) -> None:
    assert stated(given) == kept


def test_what_leaves_is_measured_piece_by_piece_and_stands_at_its_beginning_again() -> None:
    data = bytes(range(256)) * 9999
    file = BytesIO(data)
    file.read(7)
    assert measured(file) == measured(data) == (hashlib.sha256(data).hexdigest(), len(data))
    assert file.tell() == 0
    assert measured(None) == ("", 0)

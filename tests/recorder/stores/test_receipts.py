from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.stores.receipts import (
    Receipts,
    manifest_name,
    receipt_document,
    recording_name,
    safely_elsewhere,
)
from recorder.uploading import Receipt, begun, copying

ONE, TWO = SessionId("a" * 26), SessionId("b" * 26)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCKED = Receipt("recordings/x.pnr", "s3://h/b/", "v1", 9, "ff", NOW, NOW + timedelta(days=1))
MIB = 1024 * 1024


def test_a_receipt_is_read_as_it_was_kept_and_ends_the_copying(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path / "stored")
    assert receipts.sessions() == frozenset()
    one = begun(copying("recordings/x.pnr", 9, "ff", 5 * MIB), "upload-1")
    receipts.note(ONE, one)
    assert receipts.copying(ONE) == one
    assert receipts.uploads() == {"upload-1"}
    assert (receipts.receipt(ONE), receipts.sessions()) == (None, frozenset())
    receipts.keep(ONE, LOCKED)
    assert (receipts.receipt(ONE), receipts.copying(ONE), receipts.uploads()) == (LOCKED, None, frozenset())
    assert receipts.sessions() == {ONE}


def test_a_recording_is_safely_elsewhere_while_the_store_keeps_it(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.keep(ONE, LOCKED)
    receipts.keep(TWO, Receipt("n", "s3://h/b/", "v", 1, "00", NOW, None))
    assert safely_elsewhere(tmp_path, ONE, NOW) == LOCKED
    assert safely_elsewhere(tmp_path, ONE, NOW + timedelta(days=1)) is None
    assert safely_elsewhere(tmp_path, TWO, NOW + timedelta(days=9999)) is not None
    assert safely_elsewhere(tmp_path, SessionId("c" * 26), NOW) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "penstock-stored/1"}', "[" * 100_000])
def test_a_receipt_that_can_t_be_read_is_none(tmp_path: Path, text: str) -> None:
    receipts = Receipts(tmp_path)
    for ending in ("json", "copying"):
        (tmp_path / f"{ONE}.{ending}").write_text(text)
    assert receipts.receipt(ONE) is None
    assert receipts.copying(ONE) is None
    assert receipts.uploads() == frozenset()


def test_an_instant_that_is_none_makes_no_receipt(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.keep(ONE, LOCKED)
    path = tmp_path / f"{ONE}.json"
    path.write_text(path.read_text().replace("2026-03-01T12:00:00Z", "yesterday"))
    assert receipts.receipt(ONE) is None


def test_what_is_known_of_a_copy_goes_with_its_recording_and_a_receipt_stays(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    for session in (ONE, TWO):
        receipts.note(session, begun(copying("n", 9, "ff", 5 * MIB), f"upload-{session}"))
    receipts.keep(SessionId("c" * 26), LOCKED)
    receipts.forget(lambda session: session == TWO)
    assert receipts.uploads() == {f"upload-{TWO}"}
    assert receipts.sessions() == {"c" * 26}


def test_only_a_session_id_names_a_file(tmp_path: Path) -> None:
    for name in ("../x", "status", ""):
        with pytest.raises(EvidenceError):
            Receipts(tmp_path).receipt(SessionId(name))
    (tmp_path / "status.json").write_text("{}")
    assert Receipts(tmp_path).sessions() == frozenset()


def test_names_in_a_store_say_what_they_are_and_hold_no_person() -> None:
    assert recording_name(ONE) == f"recordings/{ONE}.pnr"
    assert manifest_name(ONE) == f"manifests/{ONE}.json"
    assert set(receipt_document(LOCKED)) == {
        "format", "name", "store", "version", "size", "sha256", "verified_at", "locked_until",
    }  # fmt: skip

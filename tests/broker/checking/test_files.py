from datetime import timedelta
from pathlib import Path

from broker.checking.files import of_copies, of_recording, of_stamps, recordings, strangers
from broker.checking.told import Told
from domain.ids import SessionId
from recorder.keyring import FixedKey
from recorder.stores.receipts import Receipts
from recorder.uploading import Receipt
from tests.domain.samples import OPENS

SESSION = "s" * 26


def test_only_what_the_ledger_has_a_hash_of_is_to_be_here() -> None:
    told = Told(recordings={"b" * 26: "1", "a" * 26: "2", "c" * 26: "", "..": "3"})
    assert recordings(told) == ["a" * 26, "b" * 26]


def test_what_two_persons_let_go_is_not_missed_and_a_stranger_is_told(tmp_path: Path) -> None:
    key = FixedKey(bytes(32))
    told = Told(recordings={SESSION: "00"})
    (missing,) = of_recording(tmp_path, key, told, SESSION, lambda _read: None)
    assert missing.code == "missing"
    told.gone[SESSION].add("remove")
    assert list(of_recording(tmp_path, key, told, SESSION, lambda _read: None)) == []
    (tmp_path / f"{'t' * 26}.pnr").write_bytes(b"grafted")
    (one,) = strangers(tmp_path, told)
    assert (one.item, one.code) == ("t" * 26, "unknown")


def test_a_receipt_is_for_the_copy_that_the_ledger_tells_of(tmp_path: Path) -> None:
    """F13: a receipt that was changed or taken away is found."""
    told = Told(copies={SESSION: ("aa", "v1")})
    assert [one.code for one in of_copies(tmp_path, told)] == ["missing"]
    receipt = Receipt("recordings/x", "store", "v1", 9, "aa", OPENS, OPENS + timedelta(days=1))
    Receipts(tmp_path).keep(SessionId(SESSION), receipt)
    assert list(of_copies(tmp_path, told)) == []
    path = tmp_path / f"{SESSION}.json"
    path.write_bytes(path.read_bytes().replace(b'"aa"', b'"ab"'))
    assert [one.code for one in of_copies(tmp_path, told)] == ["changed"]


def test_a_time_stamp_that_is_gone_is_found(tmp_path: Path) -> None:
    assert list(of_stamps(tmp_path, Told())) == []
    assert [one.code for one in of_stamps(tmp_path, Told(stamps={9: "aa"}))] == ["missing"]

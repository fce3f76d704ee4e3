from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broker.stamping.shelf import CHAIN, CHECKPOINT, CRLS, TOKEN, Shelf, sha256_of
from domain.errors import EvidenceError
from tests.tsa import Authority

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TSA = Authority()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "stamps")


def stamped(shelf: Shelf, size: int, *, leaf: int = 0) -> None:
    shelf.wait(size, b"note", AT)
    shelf.take(size, b"token", (TSA.certificate,), (TSA.root.crl(made=AT),))
    shelf.keep(size, at=AT, until=AT + timedelta(days=1), leaf=leaf or size)


def test_heads_wait_in_their_order_and_are_put_up_once(shelf: Shelf) -> None:
    assert (shelf.waiting(), shelf.newest(), shelf.trouble()) == ((), None, {})
    for size in (12, 3, 700):
        shelf.wait(size, b"%d" % size, AT + timedelta(seconds=size))
    shelf.wait(3, b"other", AT)
    assert [(one.size, one.note) for one in shelf.waiting()] == [(3, b"3"), (12, b"12"), (700, b"700")]
    assert shelf.waiting()[0].asked == AT + timedelta(seconds=3)


def test_what_the_authority_answered_is_there_after_a_restart_and_can_be_forgotten(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.wait(3, b"note", AT)
    assert shelf.token(3) == b""
    shelf.take(3, b"token", (TSA.certificate,), ())
    again = Shelf(tmp_path / "stamps")
    assert (again.token(3), again.crls(3)) == (b"token", b"")
    again.drop(3)
    assert shelf.token(3) == b""


def test_a_stamp_is_kept_with_all_that_judging_it_took(shelf: Shelf) -> None:
    stamped(shelf, 3, leaf=4)
    stamped(shelf, 9)
    assert shelf.waiting() == ()
    found = shelf.newest()
    assert found is not None
    assert (found.size, found.leaf, found.asked, found.until - found.at) == (9, 9, AT, timedelta(days=1))
    assert [one.size for one in shelf.kept()] == [3, 9]
    assert [one.size for one in shelf.kept(4)] == [9]
    first = next(shelf.kept())
    assert (first.read(CHECKPOINT), first.read(TOKEN), first.leaf) == (b"note", b"token", 4)
    assert first.read(CHAIN).count(b"BEGIN CERTIFICATE") == 1
    assert first.read(CRLS).count(b"BEGIN X509 CRL") == 1
    assert first.read("nothing") == b""
    shelf.wait(3, b"note", AT)
    assert shelf.waiting() == ()


def test_a_folder_that_was_broken_off_is_no_head_and_one_that_was_spoiled_is_named(
    shelf: Shelf, tmp_path: Path
) -> None:
    stamped(shelf, 3)
    (tmp_path / "stamps" / "waiting" / f"{9:020}.new").mkdir()
    assert shelf.waiting() == ()
    shelf.wait(9, b"note", AT)
    assert [one.size for one in shelf.waiting()] == [9]
    for spoiled in (b"", b"{}", b"[]", b'{"at":"x","leaf":1,"until":"y"}'):
        (tmp_path / "stamps" / "kept" / f"{3:020}" / "stamp.json").write_bytes(spoiled)
        with pytest.raises(EvidenceError, match="can't be read"):
            shelf.newest()


def test_trouble_is_kept_until_it_is_over(shelf: Shelf) -> None:
    shelf.say_trouble({"code": "unreachable", "told": ["x"]})
    assert shelf.trouble() == {"code": "unreachable", "told": ("x",)} or shelf.trouble()["told"] == ["x"]
    shelf.say_trouble({})
    assert shelf.trouble() == {}
    shelf.say_trouble({})
    assert (sha256_of(b""), len(sha256_of(b"x"))) == ("", 64)

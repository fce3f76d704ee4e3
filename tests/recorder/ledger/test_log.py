import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from domain.events import document
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader, remembered_beside
from recorder.ledger.merkle import leaf_hash, node_of, root, verify_consistency
from recorder.ledger.note import sign
from recorder.ledger.restore import kept_elsewhere
from recorder.ledger.tiles import tiles_of
from tests.recorder.ledger.logs import (
    ORIGIN,
    SIGNER,
    STRANGER,
    batch,
    copied,
    heartbeat,
    memory_of,
    new_log,
    reopened,
    submitted,
)


def test_an_append_returns_the_indexes_in_order_and_the_checkpoint_covers_them(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    assert log.append(batch(0, 3)) == [0, 1, 2]
    assert log.append([]) == []
    assert log.append(batch(3, 4)) == [3]
    head = open_checkpoint((tmp_path / "ledger" / "checkpoint").read_bytes(), ORIGIN, [SIGNER.key])
    reader = LogReader(tmp_path / "ledger")
    assert head.size == log.size == 4
    assert head.root == root(4, node_of([leaf_hash(reader.leaf(index)) for index in range(4)]))
    assert remembered_beside(tmp_path / "ledger").read_bytes() == reader.checkpoint.encode()
    log.close()


@given(st.lists(st.integers(0, 300), max_size=8))
def test_however_appends_are_batched_the_log_reads_back_and_has_every_file_of_the_specification(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("log") / "ledger"
    log = Log.create(folder, SIGNER, memory=memory_of(folder))
    reader = LogReader(folder)
    heads = [reader.head]
    for size in sizes:
        log.append(batch(log.size, log.size + size))
        heads.append(reader.head)
    log.close()
    for old, new in pairwise(heads):
        path = reader.prove_consistency(old.size, new.size)
        assert verify_consistency(old.size, new.size, old.root, new.root, path)
    for level, number, width in tiles_of(heads[-1].size):
        name = f"tile/{level}/{number:03}" + (f".p/{width}" if width < 256 else "")
        assert len((folder / name).read_bytes()) == width * 32
    again = reopened(folder)
    assert again.size == sum(sizes)
    assert again.facts == ()
    again.close()
    assert [kept.event["frames"] for kept in reader.events()] == list(range(sum(sizes)))


def test_a_request_made_again_gives_its_old_index_also_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = Log.create(folder, SIGNER, memory=memory_of(folder))
    assert log.append([submitted(1), submitted(2), submitted(1)]) == [0, 1, 0]
    assert log.append([submitted(2), submitted(3)]) == [1, 2]
    log.close()
    log = reopened(folder)
    assert log.append([submitted(3), submitted(1)]) == [2, 0]
    assert log.index_of(submitted(2)) == 1
    assert log.index_of(submitted(4)) is None
    assert log.size == 3
    other = submission("request-1", document(heartbeat(99)))
    with pytest.raises(EvidenceError, match="another event"):
        log.append([other])
    assert log.append([submitted(5)]) == [3]
    log.close()


def test_two_equal_events_get_leaves_that_have_nothing_in_common(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = Log.create(folder, SIGNER)
    event = document(heartbeat(1))
    log.append([submission("a", event), submission("b", event)])
    reader = LogReader(folder)
    assert reader.event(0) == reader.event(1) == event
    assert reader.leaf(0) != reader.leaf(1)
    log.close()


def test_a_log_is_begun_once_in_its_life(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 1)
    with pytest.raises(EvidenceError, match="already"):
        Log.create(folder, SIGNER, memory=tmp_path / "elsewhere")
    with pytest.raises(EvidenceError, match="already"):
        Log.create(tmp_path / "new", SIGNER, memory=memory_of(folder))


def test_a_second_writer_is_locked_out(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = Log.create(folder, SIGNER, memory=memory_of(folder))
    with pytest.raises(EvidenceError, match="Another process"):
        reopened(folder)
    log.close()
    reopened(folder).close()


def test_a_failed_opening_leaves_no_lock_behind(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 1)
    with pytest.raises(EvidenceError, match="No known key"):
        reopened(folder, STRANGER)
    reopened(folder).close()


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    log.close()
    with pytest.raises(EvidenceError, match="closed"):
        log.append(batch(0, 1))


def test_a_log_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no log"):
        reopened(tmp_path / "ledger")


def test_a_folder_that_can_not_be_written_begins_no_log(tmp_path: Path) -> None:
    memory = tmp_path / "missing" / "memory"
    with pytest.raises(EvidenceError, match="can't be begun"):
        Log.create(tmp_path / "ledger", SIGNER, memory=memory)


def test_no_file_of_the_log_is_for_everybody(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 300)
    assert all(path.stat().st_mode & 0o007 == 0 for path in folder.rglob("*"))


def test_f05_a_head_kept_elsewhere_that_the_log_extends_changes_nothing(tmp_path: Path) -> None:
    """F05: what somebody else kept is compared."""
    log = Log.open(new_log(tmp_path / "ledger"), SIGNER, memory=tmp_path / "ledger.signed")
    for size in (1, 255, 256, 257, 300):
        log.append(batch(log.size, size))
        kept = (tmp_path / "ledger" / "checkpoint").read_bytes()
        log.append(batch(log.size, size + 3))
        assert log.holds(kept)
        assert not log.dead
    log.close()
    assert not kept_elsewhere(tmp_path / "ledger.signed").exists()


def test_f05_a_head_that_another_signed_says_nothing_of_this_log(tmp_path: Path) -> None:
    log = Log.open(new_log(tmp_path / "ledger", 3), SIGNER, memory=tmp_path / "ledger.signed")
    other = sign(Checkpoint(ORIGIN, 99, bytes(32)).body(), STRANGER.key, STRANGER.sign)
    with pytest.raises(EvidenceError, match="No known key"):
        log.holds(other.text().encode())
    log.append(batch(3, 4))
    log.close()


def test_f05_a_log_set_back_with_its_memory_stops_at_the_head_that_a_witness_kept(tmp_path: Path) -> None:
    """F05: both were restored from yesterday's backup, so that only somebody else can know."""
    folder = new_log(tmp_path / "ledger", 5)
    yesterday = copied(folder, tmp_path / "backup")
    today = Log.open(folder, SIGNER, memory=memory_of(folder))
    today.append(batch(5, 300))
    today.close()
    kept = (folder / "checkpoint").read_bytes()

    log = reopened(yesterday)
    assert log.holds(kept) is False
    with pytest.raises(EvidenceError, match="set back to an older copy"):
        log.append(batch(5, 6))
    log.close()
    with pytest.raises(EvidenceError, match="where 256 were signed for"):
        reopened(yesterday)

    shutil.rmtree(yesterday)
    shutil.copytree(folder, yesterday)  # restored from what is complete
    log = reopened(yesterday)
    assert log.size == 300
    assert any("kept elsewhere" in fact for fact in log.facts)
    log.close()
    reopened(yesterday).close()


@pytest.mark.parametrize("size", [5, 9])
def test_f05_a_second_history_stops_and_does_not_open_again(tmp_path: Path, size: int) -> None:
    """F05: what somebody else kept is compared."""
    folder = new_log(tmp_path / "ledger", 4)
    copy = copied(folder, tmp_path / "copy")
    fork = reopened(copy)
    fork.append([submitted(number) for number in range(100, 101 + size - 5)])
    fork.close()
    kept = (copy / "checkpoint").read_bytes()

    log = reopened(folder)
    log.append(batch(4, 9))
    assert log.holds(kept) is False
    with pytest.raises(EvidenceError, match="there are two of it"):
        log.append(batch(9, 10))
    log.close()
    with pytest.raises(EvidenceError, match=r"forked|not those that were signed for"):
        reopened(folder)

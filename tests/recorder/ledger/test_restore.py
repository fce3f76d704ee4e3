"""Crimes against a log's files while its signer is down, and the accidents that are none."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.leaf import Text, leaf, salt_for
from recorder.ledger.log import LogReader
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import VerifierKey, sign
from recorder.ledger.restore import drop_partials, partial_files, restore
from recorder.ledger.tiles import RightEdge, pack, unpack
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
from tests.stride import DEEP, places


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_log(tmp_path_factory.mktemp("small") / "ledger", 3)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_log(tmp_path_factory.mktemp("large") / "ledger", 1, 2, 100, 256, 300, 513, 600)


def files(folder: Path) -> list[Path]:
    """Every file that holds evidence; the lock holds nothing."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return sorted([*found, memory_of(folder)])


def check(folder: Path) -> list[str]:
    """Check the log as its signer does at its start; returns what was mended."""
    return restore(folder, memory_of(folder), SIGNER.key).facts


def rewrite_entries(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the growing bundle, and bring texts in line where their number allows."""
    growing = next((folder / "tile" / "entries").glob("*.growing"))
    growing.write_bytes(pack(change(unpack(growing.read_bytes())[0])))


def test_a_clean_log_verifies_and_nothing_needs_mending(large: Path) -> None:
    before = {file: file.read_bytes() for file in files(large)}
    assert check(large) == []
    assert {file: file.read_bytes() for file in files(large)} == before


def test_abuse_34_every_single_flipped_byte_in_every_file_is_found(small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    flips = 0
    for file in files(folder):
        right = file.read_bytes()
        for at in places(len(right), 5):
            file.write_bytes(right[:at] + bytes([right[at] ^ 0x41]) + right[at + 1 :])
            with pytest.raises(EvidenceError):
                check(folder)
            flips += 1
        file.write_bytes(right)
    assert flips > 400
    assert check(folder) == []


@given(data=st.data())
def test_abuse_34_any_flipped_bit_in_a_large_log_is_found(
    large: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(large, tmp_path_factory.mktemp("flip"))
    file = data.draw(st.sampled_from(files(folder)))
    right = file.read_bytes()
    at = data.draw(st.integers(0, len(right) - 1))
    file.write_bytes(right[:at] + bytes([right[at] ^ 1 << data.draw(st.integers(0, 7))]) + right[at + 1 :])
    with pytest.raises(EvidenceError):
        check(folder)


def test_abuse_34_every_deleted_file_is_found_or_was_only_derived(large: Path, tmp_path: Path) -> None:
    for name in [file.relative_to(large.parent) for file in files(large)]:
        folder = copied(large, tmp_path)
        (tmp_path / name).unlink()
        if name.parent.suffix == ".p":  # a partial tile says nothing that the entries do not
            check(folder)
            assert LogReader(folder).prove(599)
        else:
            with pytest.raises(EvidenceError):
                check(folder)


def test_abuse_34_every_truncated_file_is_found_or_was_only_derived(large: Path, tmp_path: Path) -> None:
    for name in [file.relative_to(large.parent) for file in files(large)]:
        for keep in (0.0, 0.5, 0.99):
            folder = copied(large, tmp_path)
            file = tmp_path / name
            right = file.read_bytes()
            file.write_bytes(right[: int(len(right) * keep)])
            if name.parent.suffix == ".p":
                check(folder)
                assert file.read_bytes() == right
            else:
                with pytest.raises(EvidenceError):
                    check(folder)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda entries: entries[:-1], id="the last one dropped"),
        pytest.param(lambda entries: entries[1:], id="the first one dropped"),
        pytest.param(lambda entries: [*entries[:40], *entries[41:]], id="one in the middle dropped"),
        pytest.param(lambda entries: [entries[1], entries[0], *entries[2:]], id="two swapped"),
        pytest.param(lambda entries: [*entries[:40], entries[40], *entries[40:]], id="one doubled"),
        pytest.param(lambda entries: [leaf(submitted(9), "0" * 64), *entries], id="one inserted"),
        pytest.param(lambda entries: [leaf(submitted(9), "0" * 64), *entries[1:]], id="one replaced"),
        pytest.param(lambda _: [], id="all dropped"),
    ],
)
def test_abuse_34_a_dropped_moved_or_inserted_leaf_is_found(
    large: Path, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    folder = copied(large, tmp_path)
    rewrite_entries(folder, change)
    with pytest.raises(EvidenceError):
        check(folder)


def test_abuse_34_an_event_rewritten_with_its_text_leaf_and_tiles_is_found(
    small: Path, tmp_path: Path
) -> None:
    """Everything a database administrator could do, done consistently; only the key is missing."""
    folder = copied(small, tmp_path)
    texts = folder / "events" / "000"
    lines = texts.read_bytes().splitlines(keepends=True)
    forged = Text(1, "request-77", salt_for("request-77", bytes(16)), submitted(77).event)
    texts.write_bytes(lines[0] + forged.line() + lines[2])
    entries = unpack((folder / "tile" / "entries" / "000.growing").read_bytes())[0]
    entries[1] = leaf(submitted(77), forged.commitment())
    (folder / "tile" / "entries" / "000.growing").write_bytes(pack(entries))
    edge = RightEdge()
    for entry in entries:
        edge.add(entry)
    for path, width, data in partial_files(3, edge, pack(entries)):
        (folder / f"{path}.p/{width}").write_bytes(data)
    with pytest.raises(EvidenceError, match="not those that were signed for"):
        check(folder)
    forged_head = sign(Checkpoint(ORIGIN, 3, edge.root()).body(), STRANGER.key, STRANGER.sign)
    (folder / "checkpoint").write_text(forged_head.text())
    memory_of(folder).write_text(forged_head.text())
    with pytest.raises(EvidenceError, match="No known key"):
        check(folder)


def test_abuse_34_texts_may_not_be_swapped_or_dropped_either(large: Path, tmp_path: Path) -> None:
    for bundle in ("000", "002"):
        for change in (
            lambda lines: [lines[1], lines[0], *lines[2:]],
            lambda lines: lines[:-1],
            lambda lines: [*lines[:7], *lines[8:]],
        ):
            folder = copied(large, tmp_path)
            texts = folder / "events" / bundle
            texts.write_bytes(b"".join(change(texts.read_bytes().splitlines(keepends=True))))
            with pytest.raises(EvidenceError):
                check(folder)


def test_abuse_34_a_text_put_behind_a_closed_bundle_is_found(large: Path, tmp_path: Path) -> None:
    folder = copied(large, tmp_path)
    with (folder / "events" / "000").open("ab") as texts:
        texts.write(b"a note by nobody\n")
    with pytest.raises(EvidenceError, match="257 texts"):
        check(folder)


def test_abuse_34_a_restored_older_snapshot_of_the_log_is_refused(tmp_path: Path) -> None:
    """F05: restored alone, the folder is older than the memory."""
    folder = new_log(tmp_path / "now" / "ledger", 10)
    shutil.copytree(folder, tmp_path / "snapshot")
    log = reopened(folder)
    log.append(batch(10, 20))
    log.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "snapshot", folder)
    with pytest.raises(EvidenceError, match="holds 10 whole entries"):
        reopened(folder)


def test_abuse_34_a_fork_from_an_older_snapshot_is_refused(tmp_path: Path) -> None:
    """Two histories, both signed by the right key in two places: they never pass for one."""
    base = new_log(tmp_path / "base" / "ledger", 10)
    ours, theirs = copied(base, tmp_path / "ours"), copied(base, tmp_path / "theirs")
    for folder, more in ((ours, batch(10, 20)), (theirs, batch(100, 110))):
        log = reopened(folder)
        log.append(more)
        log.close()
    shutil.copy(memory_of(ours), memory_of(theirs))
    with pytest.raises(EvidenceError, match="forked"):
        check(theirs)
    (theirs / "checkpoint").unlink()
    shutil.copy(base / "checkpoint", theirs)
    with pytest.raises(EvidenceError, match="not those that were signed for"):
        check(theirs)


def test_abuse_34_a_longer_fork_is_refused_too(tmp_path: Path) -> None:
    base = new_log(tmp_path / "base" / "ledger", 10)
    ours, theirs = copied(base, tmp_path / "ours"), copied(base, tmp_path / "theirs")
    for folder, more in ((ours, batch(10, 20)), (theirs, batch(100, 300))):
        log = reopened(folder)
        log.append(more)
        log.close()
    shutil.copy(memory_of(ours), memory_of(theirs))
    with pytest.raises(EvidenceError, match="first 20 entries"):
        check(theirs)


def test_a_log_of_another_key_or_origin_is_refused(small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    with pytest.raises(EvidenceError, match="No known key"):
        restore(folder, memory_of(folder), STRANGER.key)


def test_without_the_memory_of_the_last_signature_nothing_is_signed(small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    memory_of(folder).unlink()
    with pytest.raises(EvidenceError, match="last checkpoint") as refused:
        check(folder)
    assert "Compare" in refused.value.remedy
    shutil.copy(folder / "checkpoint", memory_of(folder))  # the remedy
    assert check(folder) == []


def test_a_memory_that_was_restored_from_an_older_backup_is_brought_up(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 10)
    old = memory_of(folder).read_bytes()
    log = reopened(folder)
    log.append(batch(10, 20))
    log.close()
    memory_of(folder).write_bytes(old)
    assert [fact for fact in check(folder) if "behind the published checkpoint" in fact]
    assert memory_of(folder).read_bytes() == (folder / "checkpoint").read_bytes()


def test_an_entry_slipped_in_behind_the_last_signed_one_is_set_aside_and_never_signed(
    large: Path, tmp_path: Path
) -> None:
    folder = copied(large, tmp_path)
    text = Text(600, "request-600", salt_for("request-600", bytes(16)), submitted(600).event)
    with (folder / "tile" / "entries" / "002.growing").open("ab") as entries:
        entries.write(pack([leaf(submitted(600), text.commitment())]))
    with (folder / "events" / "002").open("ab") as texts:
        texts.write(text.line())
    assert [fact for fact in check(folder) if fact.startswith("1 entries behind leaf 600")]
    assert (folder / "aside" / "600-1.texts").read_bytes() == text.line()
    assert check(folder) == []
    log = reopened(folder)
    assert log.append(batch(700, 701)) == [600]
    log.close()
    assert LogReader(folder).event(600)["frames"] == heartbeat(700).frames


def test_a_torn_tail_is_set_aside_and_said(large: Path, tmp_path: Path) -> None:
    folder = copied(large, tmp_path)
    before = {file: file.read_bytes() for file in files(folder)}
    with (folder / "tile" / "entries" / "002.growing").open("ab") as entries:
        entries.write(b"\x00\xd0half an ent")
    with (folder / "events" / "002").open("ab") as texts:
        texts.write(b'{"event":{"at":"2026-')
    (folder / "events" / "003").write_bytes(b"the next bundle, already begun\n")
    (facts,) = check(folder)
    assert "aside/600-1" in facts
    assert not (folder / "events" / "003").exists()
    for file, right in before.items():
        assert file.read_bytes() == right


def test_a_partial_tile_that_a_power_cut_left_short_or_zeroed_is_written_again(
    large: Path, tmp_path: Path
) -> None:
    for torn in (
        lambda right: right[:100],
        lambda right: b"",
        lambda right: right[:64] + bytes(len(right) - 64),
    ):
        folder = copied(large, tmp_path)
        tile = folder / "tile" / "0" / "002.p" / "88"
        right = tile.read_bytes()
        tile.write_bytes(torn(right))
        assert [fact for fact in check(folder) if "was torn" in fact]
        assert tile.read_bytes() == right


def test_partial_tiles_of_a_full_one_are_dropped(large: Path, tmp_path: Path) -> None:
    folder = copied(large, tmp_path)
    left = folder / "tile" / "0" / "001.p"
    left.mkdir()
    (left / "7").write_bytes(b"whatever")
    (folder / "tile" / "0" / "000.new").write_bytes(b"half")
    assert check(folder) == []
    assert not left.exists()
    drop_partials(folder, "tile/0/001")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/003",
        "tile/1/007",
        "tile/entries/003",
        "tile/0/002.p/99",
        "tile/0/note",
        "events/003.old",
        "events/note",
    ],
)
def test_a_file_that_the_tree_does_not_call_for_is_refused(large: Path, tmp_path: Path, path: str) -> None:
    folder = copied(large, tmp_path)
    (folder / path).write_bytes(b"put here by somebody")
    with pytest.raises(EvidenceError):
        check(folder)


def test_a_log_that_never_had_a_leaf_opens(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger")
    assert check(folder) == []
    (folder / "checkpoint").unlink()  # a crash between the memory and the first checkpoint
    assert check(folder) == ["The checkpoint of 0 leaves was signed but not published; it is now."]
    assert LogReader(folder).head == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


VECTORS = Path(__file__).parents[2] / "vectors" / "ledger"


class _CutError(OSError):
    """The power goes."""


def test_a_power_cut_at_any_step_of_an_append_loses_nothing_that_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = new_log(tmp_path / "base" / "ledger", 200)
    kept = lost = 0
    for step in count(0, 1 if DEEP else 4):
        folder = copied(base, tmp_path / "cut")
        log = reopened(folder)
        left = iter(range(step))

        def power(call: Callable[..., object], left: object = left) -> Callable[..., object]:
            def cut(*args: object, **kwargs: object) -> object:
                if next(left, None) is None:  # type: ignore[call-overload]
                    raise _CutError
                return call(*args, **kwargs)

            return cut

        with monkeypatch.context() as patch:
            for name in ("write", "fsync", "fdatasync", "open"):
                patch.setattr(os, name, power(getattr(os, name)))
            for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
                patch.setattr(Path, name, power(getattr(Path, name)))
            try:
                log.append(batch(200, 600))  # over two bundles' ends
                done = True
            except EvidenceError:
                done = False
        if not done:
            with pytest.raises(EvidenceError):
                log.append(batch(600, 601))
        log.close()
        again = reopened(folder)
        assert again.size in ({600} if done else {200, 600})
        kept, lost = kept + (again.size == 600), lost + (again.size == 200)
        indexes = again.append(batch(200, 600))  # asked again: kept once, whatever happened
        assert indexes == list(range(200, 600))
        assert again.size == 600
        again.close()
        assert check(folder) == []
        assert LogReader(folder).event(599)["frames"] == 599
        if done:
            break
    assert lost > 2
    assert kept > 2


def test_the_golden_log_of_format_1_still_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "log-1"
    shutil.copytree(VECTORS / "log-1", folder)
    shutil.copy(VECTORS / "log-1.signed", tmp_path)
    key = VerifierKey.of((VECTORS / "ledger.vkey").read_text("utf-8"))
    log = restore(folder, tmp_path / "log-1.signed", key)
    assert (log.edge.size, log.facts) == (3, [])

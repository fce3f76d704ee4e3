"""A log whose beginning went by a leaf of its own: what is left is proven as before, and what is missing is told as pruned."""

import json
import shutil
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.events import LedgerPruned, document
from domain.ids import PersonId
from recorder.ledger import pruned
from recorder.ledger.leaf import Submission, submission
from recorder.ledger.log import Log
from recorder.ledger.merkle import leaf_hash, verify_consistency
from recorder.ledger.proof import verify_proof
from recorder.ledger.reader import LogReader
from recorder.ledger.tiles import RightEdge
from tests.recorder.ledger.logs import BEGAN, ORIGIN, SIGNER, batch, copied, memory_of, new_log, reopened

SIZE = 256 * 6 + 40
BELOW = 256 * 5
KEPT = (1, 3)
LONG = 256 * 258 + 5


def word(below: int = BELOW, kept: tuple[int, ...] = KEPT) -> Submission:
    return submission(
        f"prune-{below}",
        document(
            LedgerPruned(
                at=BEGAN,
                ask="ab" * 32,
                first=PersonId("olga"),
                second=PersonId("petra"),
                term="ledger-7-years",
                below=below,
                kept=kept,
            )
        ),
    )


def all_gone(log: Log, below: int = BELOW) -> Log:
    log.prune(word(below))
    log.sweep(range(below // 256))
    return log


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_log(tmp_path_factory.mktemp("whole") / "ledger", 100, SIZE)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "copy")


def files(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def test_f09_pruned_to_an_index_every_proof_from_there_on_holds_and_what_is_gone_says_so(
    folder: Path,
) -> None:
    """F09: proofs for what is left hold, under every later head; kept bundles are proven too."""
    before = LogReader(folder)
    old_head, old_proof = before.checkpoint, before.prove(0)
    entries = {index: before.leaf(index) for index in range(SIZE)}
    log = all_gone(reopened(folder))
    reader = LogReader(folder)
    assert reader.check(SIGNER.key).size == SIZE + 1
    for _ in range(2):
        stays = [*range(256, 512, 51), *range(768, 1024, 51), *range(BELOW, SIZE, 37)]
        for index in stays:
            verify_proof(reader.prove(index), entries[index], ORIGIN, [SIGNER.key])
            assert reader.event(index)["event"] == "SessionHeartbeat"
        for index in (0, 255, 512, 767, 1024, 1279):
            for look in (reader.leaf, reader.text, reader.event, reader.prove):
                with pytest.raises(EvidenceError) as caught:
                    look(index)
                assert (caught.value.code, "pruned" in caught.value.fact) == ("pruned", True)
        log.append(batch(5000, 5300))  # and under a later head as well
    for old in (256, BELOW, BELOW + 3, SIZE, reader.size):
        path = reader.prove_consistency(old)
        if old > BELOW:
            edge = RightEdge.at(BELOW, pruned.read_pruned(folder).levels)  # type: ignore[union-attr]
            for index in range(BELOW, old):
                edge.add(reader.leaf(index))
            assert verify_consistency(old, reader.size, edge.root(), reader.head.root, path)
    assert log.holds(old_head.encode())
    verify_proof(old_proof, entries[0], ORIGIN, [SIGNER.key])  # what was taken before stays proven
    log.close()
    gone = {f"{kind}/{number:03}" for kind in ("events", "tile/entries", "tile/0") for number in (0, 2, 4)}
    assert not gone & files(folder)


def test_a_reader_counts_every_leaf_and_finds_only_what_is_left(folder: Path) -> None:
    all_gone(reopened(folder)).close()
    reader = LogReader(folder)
    told = list(reader.events())
    assert [one.index for one in told] == list(range(SIZE + 1))
    assert {one.index for one in told if one.fault} == {*range(256), *range(512, 768), *range(1024, 1280)}
    assert [one.index for one in reader.events(newest_first=True)] == list(reversed(range(SIZE + 1)))
    found = list(reader.find(event="SessionHeartbeat", newest_first=False, limit=SIZE))
    assert (len(found), found[0].index) == (SIZE - 768, 256)


def test_a_pruned_log_opens_grows_and_is_pruned_again(folder: Path) -> None:
    all_gone(reopened(folder)).close()
    log = reopened(folder)
    assert not log.facts
    log.append(batch(9000, 9600))
    for wrong in (word(BELOW, ()), word(BELOW + 256, (0,)), word(BELOW + 1, ()), word(256 * 99, ())):
        with pytest.raises(EvidenceError) as caught:
            log.prune(wrong)
        assert caught.value.code == "nothing_to_prune"
    assert not log.dead
    log.prune(word(256 * 8, (3,)))
    log.sweep(range(8))
    log.close()
    reopened(folder).close()
    reader = LogReader(folder)
    assert reader.check(SIGNER.key).size == reader.size
    assert reader.event(800)["event"] == "SessionHeartbeat"


def test_a_tree_of_three_levels_goes_on_from_what_stayed(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", LONG)
    below = 256 * 257
    log = reopened(folder)
    all_gone(log, below)
    log.close()
    again = reopened(folder)
    again.append(batch(LONG + 1, LONG + 300))
    again.close()
    reader = LogReader(folder)
    assert reader.check(SIGNER.key).size == LONG + 300
    verify_proof(reader.prove(below), reader.leaf(below), ORIGIN, [SIGNER.key])
    shutil.rmtree(folder)


def test_cut_off_anywhere_it_is_finished_at_the_next_start(folder: Path, tmp_path: Path) -> None:
    log = reopened(folder)
    log.prune(word())
    log.close()
    # The leaf stands, the file was not written.
    only_leaf = copied(folder, tmp_path / "leaf")
    (only_leaf / pruned.FILE).unlink()
    # The file stands, and some of the files are gone: each prefix of the sweep.
    cut = [only_leaf]
    for files_gone in (0, 1, 4, 8):
        some = copied(folder, tmp_path / str(files_gone))
        doomed = [some / f"{kind}/{n:03}" for n in (0, 2, 4) for kind in ("events", "tile/entries", "tile/0")]
        for one in doomed[:files_gone]:
            one.unlink()
        cut.append(some)
    for one in cut:
        assert LogReader(one).size == SIZE + 1
        again = reopened(one)
        assert any("pruned" in fact for fact in again.facts), one
        again.append(batch(7000, 7001))
        again.close()
        assert LogReader(one).check(SIGNER.key).size == SIZE + 2
        assert not (one / "tile/0/000").exists()
        assert reopened(one).facts == ()


def test_what_somebody_took_or_changed_is_no_pruning(folder: Path, tmp_path: Path) -> None:
    all_gone(reopened(folder)).close()

    def refused(spoil: str, *, by_reader: bool = True) -> str:
        one = copied(folder, tmp_path / "spoiled")
        file, _, change = spoil.partition(" ")
        path = one / file
        if change == "gone":
            path.unlink()
        elif change == "flip":
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        else:
            kept = json.loads(path.read_bytes())
            kept |= json.loads(change)
            path.write_bytes(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode() + b"\n")
        with pytest.raises(EvidenceError) as caught:
            reopened(one)
        if by_reader:
            with pytest.raises(EvidenceError):
                LogReader(one).check(SIGNER.key)
        assert caught.value.code != "pruned", spoil
        return caught.value.fact

    for spoil in (
        "pruned gone",
        "tile/entries/001 gone",  # a bundle that the leaf says stays
        "tile/entries/003 flip",
        "events/003 flip",
        "tile/entries/005 gone",  # one above the index
        'pruned {"below":1536,"kept":[1,3,5]}',
        'pruned {"kept":[1]}',
        'pruned {"leaf":1400}',
        'pruned {"leaf":99999}',
        'pruned {"levels":["00"]}',
        f'pruned {{"levels":["{"ab" * 160}"]}}',
        'pruned {"more":1}',
    ):
        assert refused(spoil)


def test_a_leaf_s_hash_is_that_of_its_entry(folder: Path) -> None:
    reader = LogReader(folder)
    assert (folder / "tile/0/000").read_bytes()[:32] == leaf_hash(reader.leaf(0))
    assert memory_of(folder).exists()

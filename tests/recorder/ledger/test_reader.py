import shutil
import threading
from base64 import b64decode
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.events import document
from recorder.ledger.leaf import Text, opens, submission
from recorder.ledger.log import Log
from recorder.ledger.merkle import leaf_hash, root, verify_consistency
from recorder.ledger.proof import Proof, verify_proof
from recorder.ledger.reader import LogReader
from recorder.ledger.shelf import node_on_disk
from tests.recorder.ledger.logs import (
    ORIGIN,
    SIGNER,
    STRANGER,
    batch,
    copied,
    heartbeat,
    new_log,
    refusal,
    session,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_log(tmp_path_factory.mktemp("log") / "ledger", 1, 300, 600)


def test_a_reader_gives_leaf_text_and_event_by_index(folder: Path) -> None:
    reader = LogReader(folder)
    assert reader.size == reader.head.size == 600
    for index in (0, 255, 256, 599):
        assert reader.event(index) == document(heartbeat(index))
        assert opens(reader.leaf(index), Text.of(reader.text(index)))
    assert reader.entries(250, 520) == [reader.leaf(index) for index in range(250, 520)]


@pytest.mark.parametrize("index", [-1, 600, 10**6])
def test_an_index_outside_the_published_tree_is_an_index_error(folder: Path, index: int) -> None:
    reader = LogReader(folder)
    for ask in (reader.leaf, reader.text, reader.event, reader.prove):
        with pytest.raises(IndexError):
            ask(index)


def test_events_come_in_either_order_and_from_any_part(folder: Path) -> None:
    reader = LogReader(folder)
    assert [kept.index for kept in reader.events()] == list(range(600))
    assert [kept.index for kept in reader.events(newest_first=True)] == list(range(599, -1, -1))
    assert [kept.index for kept in reader.events(250, 260)] == list(range(250, 260))
    assert [kept.index for kept in reader.events(250, 260, newest_first=True)] == list(range(259, 249, -1))
    assert [kept.index for kept in reader.events(598, 10_000)] == [598, 599]
    assert list(reader.events(600)) == []


def test_events_are_found_by_session_code_and_text(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = Log.create(folder, SIGNER)
    log.append(batch(0, 300))
    log.append([submission("r1", document(refusal("The valve «Größe 7» is shut.", code="zone_isolated")))])
    log.append([submission("r2", document(refusal("Nobody holds this right.")))])
    log.close()
    reader = LogReader(folder)
    assert [kept.index for kept in reader.find(code="zone_isolated")] == [300]
    assert [kept.index for kept in reader.find(text="GRÖSSE 7".casefold().upper())] == [300]
    assert [kept.index for kept in reader.find(session=session(3))] == list(range(297, -1, -7))
    assert [kept.index for kept in reader.find(session=session(3), newest_first=False, limit=2)] == [3, 10]
    assert [kept.index for kept in reader.find(text="192.0.2.7", code="no_permit")] == [301]
    assert list(reader.find(permit="0" * 26)) == []
    assert len(list(reader.find())) == 302
    assert list(reader.find(text="r1")) == []  # the request's name and the salt are not the event


def test_several_kinds_of_event_are_found_in_one_pass_in_their_order(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    log.append(batch(0, 300))
    log.append([submission("r1", document(refusal('It said "SessionHeartbeat".')))])
    log.append([submission("r2", document(heartbeat(400)))])
    log.close()
    reader = LogReader(tmp_path / "ledger")
    kinds = {str(kept.event["event"]) for kept in reader.events()}
    assert {"SessionHeartbeat", "RequestRefused"} <= kinds
    whole = [kept.index for kept in reader.find(event=kinds)]
    assert whole == list(range(301, -1, -1))
    both = {"SessionHeartbeat", "RequestRefused", "NoSuchKind"}
    alone = sorted(kept.index for kind in both for kept in reader.find(event=kind))
    assert [kept.index for kept in reader.find(event=both, newest_first=False)] == alone
    assert [kept.index for kept in reader.find(event=both, limit=2)] == [301, 300]
    assert [kept.index for kept in reader.find(event="SessionHeartbeat", limit=1)] == [301]
    assert [kept.index for kept in reader.find(event=both, start=299)] == [301, 300, 299]
    assert [kept.index for kept in reader.find(event=both, start=-5, limit=1)] == [301]
    assert list(reader.find(event={"NoSuchKind"})) == []
    assert list(reader.find(event=())) == []


def test_a_letter_that_folds_to_ascii_is_found_in_a_bundle_that_is_passed_over_by_its_bytes(
    tmp_path: Path,
) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    log.append(batch(0, 600))
    log.append(
        [
            submission(
                "r",
                document(
                    refusal("Cooled to 77 \N{KELVIN SIGN}elvin in the Stra\N{LATIN SMALL LETTER SHARP S}e.")
                ),
            )
        ]
    )
    log.append(batch(601, 700))
    log.close()
    reader = LogReader(tmp_path / "ledger")
    assert [kept.index for kept in reader.find(text="77 kelvin")] == [600]
    assert [kept.index for kept in reader.find(text="STRASSE")] == [600]
    assert [kept.index for kept in reader.find(text="cooled TO")] == [600]
    assert list(reader.find(text="elvin of")) == []
    assert list(reader.find(text='","index":')) == []


def test_a_value_that_only_stands_somewhere_else_in_the_event_is_not_found_as_a_field(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "ledger", SIGNER)
    log.append([submission("r", document(refusal('a sentence with "no_permit" in it', code="other")))])
    log.close()
    assert list(LogReader(tmp_path / "ledger").find(code="no_permit")) == []


def test_a_text_that_was_changed_is_shown_as_a_fault_and_never_as_an_event(
    folder: Path, tmp_path: Path
) -> None:
    spoilt = copied(folder, tmp_path)
    texts = spoilt / "events" / "001"
    texts.write_bytes(texts.read_bytes().replace(b'"frames":300,', b'"frames":301,'))
    reader = LogReader(spoilt)
    faults = [kept for kept in reader.events() if kept.fault]
    assert [kept.index for kept in faults] == [300]
    assert faults[0].event == {}
    with pytest.raises(EvidenceError, match="not the one that its leaf commits to"):
        reader.event(300)
    assert reader.event(299)["frames"] == 299


def test_when_a_text_is_gone_its_leaf_and_every_proof_still_hold(folder: Path, tmp_path: Path) -> None:
    spoilt = copied(folder, tmp_path)
    texts = spoilt / "events" / "000"
    lines = texts.read_bytes().splitlines(keepends=True)
    lines[7] = b"erased\n"
    texts.write_bytes(b"".join(lines))
    reader = LogReader(spoilt)
    assert [kept.index for kept in reader.events() if kept.fault] == [7]
    for index in (6, 7, 8):
        assert verify_proof(reader.prove(index), reader.leaf(index), ORIGIN, [SIGNER.key]).size == 600


def test_many_leaves_are_proven_as_each_is_alone(folder: Path) -> None:
    reader = LogReader(folder)
    wanted = [599, 0, 255, 256, 3, 3]
    found = list(reader.proven(wanted, reader.checkpoint))
    assert [one.index for one in found] == [0, 3, 255, 256, 599]
    for one in found:
        assert (one.entry, one.text) == (reader.leaf(one.index), reader.text(one.index))
        assert one.path == Proof.of(reader.prove(one.index)).path
    for wrong in (-1, 600, 10**6):
        with pytest.raises(IndexError):
            list(reader.proven([5, wrong], reader.checkpoint))


@pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/000", "tile/1/000.p/2"])
def test_no_proof_is_given_out_that_would_not_verify(folder: Path, tmp_path: Path, path: str) -> None:
    spoilt = copied(folder, tmp_path)
    right = (spoilt / path).read_bytes()
    (spoilt / path).write_bytes(right[:40] + bytes([right[40] ^ 1]) + right[41:])
    with pytest.raises(EvidenceError):
        LogReader(spoilt).prove(0)


def test_a_whole_log_is_checked_without_changing_it(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert LogReader(folder).check(SIGNER.key) == LogReader(folder).head
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    with pytest.raises(EvidenceError, match="No known key"):
        LogReader(folder).check(STRANGER.key)


def test_abuse_34_a_check_finds_any_edit_of_entries_texts_or_checkpoint(folder: Path, tmp_path: Path) -> None:
    for path in ("tile/entries/000", "tile/entries/002.growing", "events/001", "events/002", "checkpoint"):
        right = (folder / path).read_bytes()
        for at in {0, 1, 5, len(right) // 3, len(right) // 2, len(right) - 2}:
            spoilt = copied(folder, tmp_path)
            (spoilt / path).write_bytes(right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :])
            with pytest.raises(EvidenceError):
                LogReader(spoilt).check(SIGNER.key)
    for path in ("tile/entries/001", "events/000"):
        spoilt = copied(folder, tmp_path)
        (spoilt / path).write_bytes((spoilt / path).read_bytes()[:-300])
        with pytest.raises(EvidenceError):
            LogReader(spoilt).check(SIGNER.key)
        (spoilt / path).unlink()
        with pytest.raises(EvidenceError):
            LogReader(spoilt).check(SIGNER.key)


def test_entries_that_were_swapped_with_their_texts_do_not_give_the_signed_root(
    folder: Path, tmp_path: Path
) -> None:
    spoilt = copied(folder, tmp_path)
    shorter = new_log(tmp_path / "other" / "ledger", 600)
    for path in ("tile/entries/000", "tile/entries/001", "tile/entries/002.growing", "events"):
        source, target = shorter / path, spoilt / path
        shutil.copytree(source, target, dirs_exist_ok=True) if source.is_dir() else shutil.copy(
            source, target
        )
    with pytest.raises(EvidenceError, match="not those that the checkpoint was signed for"):
        LogReader(spoilt).check(SIGNER.key)


def test_a_folder_without_a_log_has_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no checkpoint"):
        LogReader(tmp_path).size  # noqa: B018 - the property is what is tested


def test_consistency_is_proved_between_any_two_sizes(folder: Path) -> None:
    reader = LogReader(folder)
    for old, new in ((0, 600), (1, 600), (255, 256), (300, 599), (600, 600)):
        roots = [root(size, node_on_disk(folder, 600)) for size in (old, new)]
        assert verify_consistency(old, new, roots[0], roots[1], reader.prove_consistency(old, new))
    with pytest.raises(IndexError):
        reader.prove_consistency(5, 601)
    with pytest.raises(IndexError):
        reader.prove_consistency(601)


def test_readers_never_see_a_broken_log_while_the_signer_writes(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    log = Log.create(folder, SIGNER)
    log.append(batch(0, 1))
    faults: list[BaseException] = []
    checked = 0
    done = threading.Event()

    def read() -> None:
        nonlocal checked
        reader = LogReader(folder)
        try:
            while not done.is_set():
                last = reader.size - 1
                for index in {0, last // 2, last}:
                    verify_proof(reader.prove(index), reader.leaf(index), ORIGIN, [SIGNER.key])
                    assert reader.event(index)["frames"] == index
                    checked += 1
                assert not [kept for kept in reader.events(max(0, last - 300)) if kept.fault]
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    while log.size < 800:  # past three whole tiles
        log.append(batch(log.size, log.size + 7))
    done.set()
    for one in readers:
        one.join()
    log.close()
    assert faults == []
    assert checked > 20


def test_a_proofs_first_hash_is_the_neighbours_leaf(folder: Path) -> None:
    reader = LogReader(folder)
    assert b64decode(reader.prove(8).split("\n")[2]) == leaf_hash(reader.leaf(9))

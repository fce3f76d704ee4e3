import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broker.witness.memory import WitnessFolder, hashed
from broker.witness.service import Witness
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import leaf_hash, node_of, prove_consistency, root
from recorder.ledger.note import Note, sign
from recorder.ledger.suites import seconds_of
from recorder.ledger.witness import SIZE_TYPE, Submission, cosignatures
from tests.clock import FrozenClock
from tests.recorder.ledger.logs import BEGAN, ORIGIN, SIGNER

LEAVES = [leaf_hash(bytes([number])) for number in range(60)]


def wish(old: int, new: int) -> bytes:
    head = Checkpoint(ORIGIN, new, root(new, node_of(LEAVES)))
    proof = prove_consistency(old, new, node_of(LEAVES))
    return Submission(old, proof, sign(head.body(), SIGNER.key, SIGNER.sign)).text().encode()


@pytest.fixture
def folder(tmp_path: Path) -> WitnessFolder:
    here = WitnessFolder(tmp_path / "witness")
    here.found("corporate.example/witness/1")
    here.policy_file.write_text(f"log {SIGNER.key.text()}\nquorum none\n")
    return here


@pytest.fixture
def witness(folder: WitnessFolder) -> Witness:
    return Witness(folder, FrozenClock(BEGAN))


def test_what_it_vouches_for_is_signed_in_both_suites_at_this_time_and_served(witness: Witness) -> None:
    answer = witness.add_checkpoint(wish(0, 9))
    assert answer.status == 200
    body = Submission.of(wish(0, 9)).note.body
    keys = [one.key for one in witness.cosigners]
    lines = cosignatures(body, answer.text.encode(), keys)
    assert [seconds_of(key.suite, line.signature) for key, line in zip(keys, lines, strict=True)] == [
        BEGAN.timestamp()
    ] * 2
    served = Note.of(witness.kept(hashed(ORIGIN)) or b"")
    assert set(served.signed_by([SIGNER.key, *keys])) == {SIGNER.key, *keys}
    assert witness.kept(hashed("other.example/log")) is None
    assert witness.kept("../../keys/ed25519.pem") is None


def test_it_goes_on_from_what_it_kept_also_after_a_restart(witness: Witness, folder: WitnessFolder) -> None:
    assert witness.add_checkpoint(wish(0, 9)).status == 200
    again = Witness(folder, FrozenClock(BEGAN))
    told = again.add_checkpoint(wish(0, 20))
    assert (told.status, told.text, told.content_type) == (409, "9\n", SIZE_TYPE)
    assert again.add_checkpoint(wish(9, 20)).status == 200


@pytest.mark.parametrize("body", [b"", b"old 0\n\nnot a note", wish(0, 9)[:-3]])
def test_what_is_no_submission_is_a_bad_request(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_a_log_that_it_does_not_know_is_not_found(witness: Witness, folder: WitnessFolder) -> None:
    folder.policy_file.write_text("quorum none\n")  # taken out while it runs
    assert witness.add_checkpoint(wish(0, 9)).status == 404


def test_f06_racing_submissions_never_bring_it_back_to_a_smaller_tree(
    witness: Witness, folder: WitnessFolder
) -> None:
    """F06: of those that start from the same size one is vouched for, and the size only grows."""
    vouched = 0
    chance = random.Random(7)
    with ThreadPoolExecutor(8) as pool:
        while vouched < len(LEAVES):
            sizes = [chance.randint(vouched + 1, len(LEAVES)) for _ in range(8)]
            answers = list(pool.map(lambda new, old=vouched: witness.add_checkpoint(wish(old, new)), sizes))
            granted = [new for new, one in zip(sizes, answers, strict=True) if one.status == 200]
            assert len(granted) == 1
            assert {one.status for one in answers} <= {200, 409}
            assert folder.seen(ORIGIN).size == granted[0]
            vouched = granted[0]


def test_one_that_can_not_remember_signs_nothing(
    witness: Witness, folder: WitnessFolder, tmp_path: Path
) -> None:
    assert witness.add_checkpoint(wish(0, 9)).status == 200
    seen = tmp_path / "witness" / "seen"
    shutil.rmtree(seen / hashed(ORIGIN))
    (seen / hashed(ORIGIN)).write_bytes(b"a file where its folder should be")
    answer = witness.add_checkpoint(wish(9, 20))
    assert (answer.status, "nothing was signed" in answer.text) == (500, True)

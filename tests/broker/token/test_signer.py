"""A log whose key is in a real token: what it signs, and what it does while the token can't."""

from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pkcs11 import lib

from broker.layout import Layout
from broker.token.keys import make, move
from broker.token.signer import TokenSigner
from domain.errors import EvidenceError
from recorder.ledger.log import Log
from recorder.ledger.note import VerifierKey
from recorder.ledger.proof import Proof, verify_proof
from recorder.ledger.reader import LogReader
from recorder.signing import Ed25519Signer, beside, create_key, create_second_key
from tests.interop.test_tlog import judged
from tests.recorder.ledger.logs import ORIGIN, batch, memory_of
from tests.softhsm import SoftHsm


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    layout.ledger_key.parent.mkdir(parents=True)
    return layout


@pytest.fixture
def signer(layout: Layout, hsm: SoftHsm) -> TokenSigner:
    return TokenSigner(hsm.place, make(layout, hsm.place, ORIGIN))


def begun(layout: Layout, signer: TokenSigner) -> Log:
    return Log.create(layout.ledger, signer, memory=memory_of(layout.ledger))


def code_of(log: Log, start: int, stop: int) -> str:
    with pytest.raises(EvidenceError) as caught:
        log.append(batch(start, stop))
    assert not log.dead
    return caught.value.code


def test_f08_a_whole_log_signed_by_the_token_verifies_here_and_by_code_that_is_not_ours(
    layout: Layout, signer: TokenSigner
) -> None:
    """F08: signed notes of a key in a PKCS#11 token."""
    second = create_second_key(layout.ledger_second_key, ORIGIN)
    log = begun(layout, signer)
    for size in (1, 255, 256, 257, 600):
        log.append(batch(log.size, size))
    log.close()
    log = Log.open(layout.ledger, beside(signer, layout.ledger_second_key), memory=memory_of(layout.ledger))
    log.append(batch(600, 601))
    log.close()
    reader = LogReader(layout.ledger)
    assert reader.check(signer.key).size == reader.check(second).size == 601
    cases = []
    for index in (0, 255, 256, 600):
        assert verify_proof(reader.prove(index), reader.leaf(index), ORIGIN, [signer.key]).size == 601
        proof = Proof.of(reader.prove(index))
        cases.append(
            {
                "checkpoint": proof.checkpoint,
                "index": index,
                "leaf": b64encode(reader.leaf(index)).decode(),
                "path": [b64encode(one).decode() for one in proof.path],
            }
        )
    assert judged(cases, signer.key) == [{"origin": ORIGIN, "size": 601}] * 4


def test_while_the_token_is_out_nothing_is_signed_and_what_was_asked_for_is_signed_when_it_is_back(
    layout: Layout, signer: TokenSigner, hsm: SoftHsm
) -> None:
    log = begun(layout, signer)
    log.append(batch(0, 250))
    hsm.take_out()
    published = (layout.ledger / "checkpoint").read_bytes()
    assert code_of(log, 250, 300) == "token_absent"
    assert code_of(log, 300, 310) == "token_absent"
    assert ((layout.ledger / "checkpoint").read_bytes(), log.size) == (published, 250)
    assert log.holds(published)
    assert signer.look("x\n").code == "token_absent"
    hsm.put_back()
    assert log.append(batch(260, 320)) == list(range(260, 320))
    assert log.size == 320
    assert signer.look("x\n").born
    log.close()
    Log.open(layout.ledger, signer, memory=memory_of(layout.ledger)).close()
    assert LogReader(layout.ledger).check(signer.key).size == 320


def test_what_was_not_signed_for_at_a_crash_is_set_aside(
    layout: Layout, signer: TokenSigner, hsm: SoftHsm
) -> None:
    log = begun(layout, signer)
    log.append(batch(0, 10))
    hsm.take_out()
    assert code_of(log, 10, 300) == "token_absent"
    log.close()
    hsm.put_back()
    again = Log.open(layout.ledger, signer, memory=memory_of(layout.ledger))
    assert (again.size, "290 entries behind leaf 10" in again.facts[0]) == (10, True)
    again.append(batch(10, 300))
    assert again.size == 300
    again.close()


def test_a_lost_session_is_opened_again_and_nobody_hears_of_it(
    layout: Layout, signer: TokenSigner, hsm: SoftHsm
) -> None:
    log = begun(layout, signer)
    for round_ in range(3):
        lib(str(hsm.module)).reinitialize()
        log.append(batch(round_, round_ + 1))
    assert log.size == 3
    log.close()


def test_a_pin_that_becomes_wrong_is_tried_once_and_the_right_one_brings_it_back(
    layout: Layout, signer: TokenSigner, hsm: SoftHsm
) -> None:
    log = begun(layout, signer)
    log.append(batch(0, 1))
    hsm.write_pin("wrong")
    log.append(batch(1, 2))  # it is logged in
    lib(str(hsm.module)).reinitialize()
    assert code_of(log, 2, 3) == "token_pin_wrong"
    hsm.set_flags(0)
    assert {code_of(log, 2, 3) for _ in range(4)} == {"token_pin_wrong"}
    assert not hsm.flags() & 0xFFFF0000
    hsm.write_pin("a pin for tests")
    assert log.append(batch(2, 3)) == [2]
    log.close()


def test_another_key_under_the_same_label_signs_nothing_that_anybody_sees(
    layout: Layout, hsm: SoftHsm, tmp_path: Path
) -> None:
    signer = TokenSigner(hsm.place, make(layout, hsm.place, ORIGIN))
    log = begun(layout, signer)
    log.append(batch(0, 1))
    hsm.take_out()
    hsm.insert("plant")
    stranger = Layout(tmp_path / "stranger")
    stranger.ledger_key.parent.mkdir(parents=True)
    stranger.ledger_vkey.write_text(create_key(stranger.ledger_key, ORIGIN).text())
    move(stranger, hsm.place, ORIGIN)
    published = (layout.ledger / "checkpoint").read_bytes()
    assert code_of(log, 1, 2) == "token_key_wrong"
    assert (layout.ledger / "checkpoint").read_bytes() == memory_of(layout.ledger).read_bytes() == published
    hsm.put_back()
    assert log.append(batch(1, 2)) == [1]
    log.close()


def test_a_key_in_memory_is_where_it_is_and_can_always_sign() -> None:
    signer = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    assert (signer.look("x\n").place, signer.look("x\n").code) == ("file", "")
    assert VerifierKey.of(signer.key.text()) == signer.key

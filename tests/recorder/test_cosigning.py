from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from domain.errors import EvidenceError
from recorder.cosigning import Cosigner, Ed25519Cosigner, MlDsaCosigner
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import Note, SignatureLine, VerifierKey, sign
from recorder.ledger.suites import seconds_of
from tests.recorder.ledger.logs import ORIGIN, SIGNER

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
HEAD = Checkpoint(ORIGIN, 42, EMPTY_ROOT).body()
COSIGNERS: list[Cosigner] = [
    Ed25519Cosigner("corporate.example/w1", Ed25519PrivateKey.generate()),
    MlDsaCosigner("corporate.example/w1", MLDSA44PrivateKey.generate()),
]


@pytest.fixture(params=COSIGNERS, ids=lambda one: one.key.suite.name)
def cosigner(request: pytest.FixtureRequest) -> Cosigner:
    found: Cosigner = request.param
    return found


def under(*lines: SignatureLine, body: str = HEAD) -> Note:
    signed = sign(HEAD, SIGNER.key, SIGNER.sign)
    return Note.of(Note(body, (*signed.lines, *lines)).text().encode())


def test_whoever_knows_the_key_reads_who_vouched_and_when(cosigner: Cosigner) -> None:
    line = cosigner.cosign(HEAD, AT)
    assert under(line).signed_by([cosigner.key]) == (cosigner.key,)
    assert seconds_of(cosigner.key.suite, line.signature) == AT.timestamp()
    assert VerifierKey.of(cosigner.key.text()) == cosigner.key


def test_whoever_does_not_know_the_key_still_reads_the_logs_own(cosigner: Cosigner) -> None:
    """F20: a second suite on the same checkpoint leaves an old verifier as it was."""
    both = under(cosigner.cosign(HEAD, AT))
    assert both.signed_by([SIGNER.key]) == (SIGNER.key,)
    assert set(both.signed_by([SIGNER.key, cosigner.key])) == {SIGNER.key, cosigner.key}


def test_one_bit_of_the_line_or_of_the_head_makes_it_false(cosigner: Cosigner) -> None:
    line = cosigner.cosign(HEAD, AT)
    for place in (0, 7, 8, 40, len(line.signature) - 1):
        spoiled = bytearray(line.signature)
        spoiled[place] ^= 1
        false = SignatureLine(line.name, line.key_id, bytes(spoiled))
        with pytest.raises(EvidenceError, match="does not verify"):
            under(false).signed_by([cosigner.key])
    with pytest.raises(EvidenceError, match="does not verify"):
        under(line, body=HEAD.replace("42", "43")).signed_by([cosigner.key])


def test_a_key_of_one_suite_is_no_key_of_another() -> None:
    private = Ed25519PrivateKey.generate()
    cosigner = Ed25519Cosigner(ORIGIN, private)
    plain = VerifierKey(ORIGIN, cosigner.key.public_key)
    assert plain.id != cosigner.key.id
    with pytest.raises(EvidenceError, match="No known key"):
        under(cosigner.cosign(HEAD, AT)).signed_by([plain])


def test_the_post_quantum_suite_vouches_for_one_name_only() -> None:
    private = MLDSA44PrivateKey.generate()
    one, other = MlDsaCosigner("one.example", private), MlDsaCosigner("other.example", private)
    line = one.cosign(HEAD, AT)
    posed = SignatureLine("other.example", other.key.id, line.signature)
    with pytest.raises(EvidenceError, match="does not verify"):
        under(posed).signed_by([other.key])


def test_a_log_says_no_time_and_a_witness_always_does() -> None:
    ed25519, post_quantum = COSIGNERS
    assert seconds_of(post_quantum.key.suite, post_quantum.cosign(HEAD, None).signature) is None
    with pytest.raises(ValueError, match="says when"):
        ed25519.cosign(HEAD, None)


def test_a_fraction_of_a_second_is_dropped(cosigner: Cosigner) -> None:
    line = cosigner.cosign(HEAD, AT + timedelta(milliseconds=900))
    assert seconds_of(cosigner.key.suite, line.signature) == AT.timestamp()

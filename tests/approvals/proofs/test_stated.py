import pytest

from approvals.proofs.stated import challenge_of, verify_stated
from domain.errors import ProofError
from domain.keeping import NAMESPACE
from domain.proof import SshProof
from tests.approvals.test_keeping import NOBODY, SAID, by_passkey, enrolled


def test_what_a_passkey_signs_begins_with_random_bytes() -> None:
    assert challenge_of(SAID, bytes(32)) == bytes(32) + SAID.digest()
    with pytest.raises(ProofError) as raised:
        challenge_of(SAID, b"short")
    assert raised.value.code == "wrong_nonce"


def test_a_passkey_counts_for_whom_the_trust_file_names() -> None:
    device, trust = enrolled()
    verify_stated(SAID, by_passkey(device, trust).proof, NAMESPACE, trust)
    with pytest.raises(ProofError):
        verify_stated(SAID, by_passkey(device, trust).proof, NAMESPACE, NOBODY)


def test_an_ssh_signature_over_another_statement_is_told_apart_before_it_is_looked_at() -> None:
    with pytest.raises(ProofError) as raised:
        verify_stated(SAID, SshProof(b"another", b""), NAMESPACE, NOBODY)
    assert raised.value.code == "wrong_challenge"

"""F12: what lets evidence go holds by its person's enrolled key, and by nothing else."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from approvals.keeping import purpose_of_keeping, verify_keeping
from approvals.proofs.stated import challenge_of
from approvals.proofs.webauthn import assertion_options, proof_of, register, registration_options
from approvals.trust import Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.keeping import NAMESPACE, KeepingStatement, SignedKeeping
from domain.proof import PasskeyProof, SshProof
from tests.approvals.authenticator import Authenticator
from tests.approvals.ssh import stock_key
from tests.domain.test_keeping import AT, SAID

ORIGIN = "https://localhost:8443"
PETRA = PersonId("petra")
NOBODY = Trust("localhost", (ORIGIN,))


def enrolled() -> tuple[Authenticator, Trust]:
    device = Authenticator(ORIGIN)
    challenge = secrets.token_bytes(32)
    answer = device.create(registration_options(NOBODY, PETRA, "petra", challenge))
    passkey = register(answer, challenge, NOBODY, label="key", at=AT, by=PersonId("olga"))
    return device, NOBODY.with_passkey(PETRA, passkey)


def by_passkey(device: Authenticator, trust: Trust, statement: KeepingStatement = SAID) -> SignedKeeping:
    nonce = secrets.token_bytes(32)
    options = assertion_options(trust, trust.passkeys[PETRA], challenge_of(statement, nonce))
    return SignedKeeping(statement, proof_of(device.get(options), nonce))


def test_a_passkey_signs_random_bytes_and_the_statement_s_digest() -> None:
    device, trust = enrolled()
    verify_keeping(by_passkey(device, trust), trust)
    assert purpose_of_keeping(SAID) == f"keeping:{SAID.digest().hex()}"
    with pytest.raises(ProofError):
        challenge_of(SAID, b"short")


def test_a_passkey_s_signature_is_for_one_statement_and_one_person() -> None:
    device, trust = enrolled()
    signed = by_passkey(device, trust)
    assert isinstance(signed.proof, PasskeyProof)
    for other in (replace(SAID, reason="another"), replace(SAID, by=PersonId("iris"))):
        with pytest.raises(ProofError):
            verify_keeping(SignedKeeping(other, signed.proof), trust)
    with pytest.raises(ProofError):
        verify_keeping(signed, NOBODY)


def test_an_ssh_key_signs_the_statement_itself_in_its_own_namespace(tmp_path: Path) -> None:
    key = stock_key(tmp_path)
    trust = NOBODY.with_signing_key(PETRA, key.enrolled())
    verify_keeping(SignedKeeping(SAID, SshProof(SAID.message(), key.sign(SAID.message(), NAMESPACE))), trust)
    for message, namespace in ((SAID.message(), "review@penstock"), (b"{}", NAMESPACE)):
        with pytest.raises(ProofError):
            verify_keeping(SignedKeeping(SAID, SshProof(message, key.sign(message, namespace))), trust)

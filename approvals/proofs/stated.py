"""Whether somebody's own key stands behind a statement that is no approval: a review, a word on evidence. Pure.

One place for all of them, because a difference between two would be a hole in one.
"""

from hmac import compare_digest
from typing import Protocol, assert_never

from approvals.proofs import webauthn
from approvals.proofs.sshsig import check_bare
from approvals.trust import Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.proof import PasskeyProof, ProofKind, SshProof
from domain.said import say
from domain.ssh_key import in_hardware


class Stated(Protocol):
    """What a person says, in bytes that cannot be read in two ways."""

    @property
    def by(self) -> PersonId:
        """Whose word it is."""
        ...

    def digest(self) -> bytes:
        """SHA-256 of its canonical bytes."""
        ...

    def message(self) -> bytes:
        """What an SSH key signs."""
        ...


def challenge_of(statement: Stated, nonce: bytes) -> bytes:
    """What a passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(
            say("A statement's nonce is {nonce_bytes} bytes.", nonce_bytes=webauthn.NONCE_BYTES),
            code="wrong_nonce",
        )
    return nonce + statement.digest()


def verify_stated(
    statement: Stated, given: PasskeyProof | SshProof, namespace: str, trust: Trust
) -> ProofKind:
    """With what kind of key of theirs in ``trust`` its person signed it; ProofError with a stable code when they did not."""
    match given:
        case PasskeyProof() as proof:
            shown = webauthn.check(proof, challenge_of(statement, proof.nonce), statement.by, trust)
            return ProofKind.PASSKEY if shown.passkey.backup_eligible else ProofKind.PASSKEY_BOUND
        case SshProof() as proof:
            if not compare_digest(proof.message, statement.message()):
                raise ProofError(
                    say("The key signed something else than this statement."), code="wrong_challenge"
                )
            keys = trust.signing_keys.get(statement.by, ())
            key = check_bare(proof.signature, proof.message, namespace, keys, user_verified=True)
            return ProofKind.SSHSIG_SK if in_hardware(key.key) else ProofKind.SSHSIG
        case never:
            assert_never(never)

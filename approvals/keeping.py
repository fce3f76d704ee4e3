"""Whether a signed word on evidence holds: the same keys and the same steps as for an approval."""

from hmac import compare_digest
from typing import assert_never

from approvals.proofs import webauthn
from approvals.proofs.sshsig import check_bare
from approvals.trust import Trust
from domain.errors import ProofError
from domain.keeping import NAMESPACE, KeepingStatement, SignedKeeping
from domain.proof import PasskeyProof, SshProof
from domain.said import say


def challenge_of(statement: KeepingStatement, nonce: bytes) -> bytes:
    """What a passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(
            say("A statement's nonce is {nonce_bytes} bytes.", nonce_bytes=webauthn.NONCE_BYTES),
            code="wrong_nonce",
        )
    return nonce + statement.digest()


def purpose_of_keeping(statement: KeepingStatement) -> str:
    """What a challenge is handed out for, and nothing else."""
    return f"keeping:{statement.digest().hex()}"


def verify_keeping(signed: SignedKeeping, trust: Trust) -> None:
    """Return when its person signed it with a key of theirs in ``trust``; ProofError with a stable code else.

    Whether the person may say so is not asked here: see ``broker.evidence.keeping_desk``.
    """
    statement = signed.statement
    match signed.proof:
        case PasskeyProof() as proof:
            webauthn.check(proof, challenge_of(statement, proof.nonce), statement.by, trust)
        case SshProof() as proof:
            if not compare_digest(proof.message, statement.message()):
                raise ProofError(
                    say("The key signed something else than this statement."), code="wrong_challenge"
                )
            keys = trust.signing_keys.get(statement.by, ())
            check_bare(proof.signature, proof.message, NAMESPACE, keys, user_verified=True)
        case never:
            assert_never(never)

"""Statements with their proofs: what a holder signs of something they answer for, and how it is checked.

The same keys and the same steps as for an approval. A statement that does not verify against the
plant's trust file, here and now, was not made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from approvals.proofs import Spent, totp, webauthn
from approvals.trust import Trust
from domain.attestation import Statement
from domain.canonical import Json, canonical, parse
from domain.errors import PenstockError, ProofError
from domain.proof import PasskeyProof, Proof, SshProof, TotpProof, proof_document, proof_from
from domain.said import say


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement, and the proof that its person made it."""

    statement: Statement
    proof: Proof

    def document(self) -> Json:
        """The attestation as JSON: a line of the plant's file, and what the ledger's leaf is the digest of."""
        return {"statement": self.statement.document(), "proof": proof_document(self.proof)}

    def line(self) -> bytes:
        """One line of the file: canonical JSON (RFC 8785) and a line end."""
        return canonical(self.document()) + b"\n"

    @staticmethod
    def of_line(line: bytes) -> "Attestation":
        """The attestation in such a line, without its end; ProofError for any other bytes."""
        try:
            document = parse(line)
        except PenstockError as error:
            raise ProofError(say("This is not an attestation: {fact}", fact=error.fact)) from error
        if not isinstance(document, Mapping) or document.keys() != {"statement", "proof"}:
            raise ProofError(say("This is not an attestation: it is a statement and a proof."))
        return Attestation(Statement.of(document["statement"]), proof_from(document["proof"]))


def purpose_of(statement: Statement) -> str:
    """What a one-time code is spent on when it signs ``statement``."""
    return f"attest:{statement.digest().hex()}"


def challenge_of(statement: Statement, nonce: bytes) -> bytes:
    """What a passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(
            say("An attestation's nonce is {nonce_bytes} bytes.", nonce_bytes=webauthn.NONCE_BYTES),
            code="wrong_nonce",
        )
    return nonce + statement.digest()


def verify_attestation(attestation: Attestation, trust: Trust, spent: Spent) -> Statement:
    """The statement, once its proof holds; ProofError with a stable code when it does not.

    Whether the person answers for the subject is not asked here: see ``policies.attestation``.
    """
    statement = attestation.statement
    match attestation.proof:
        case PasskeyProof() as proof:
            webauthn.check(proof, challenge_of(statement, proof.nonce), statement.person, trust)
        case TotpProof() as proof:
            totp.check(proof, statement.person, statement.at, trust)
            if not spent(statement.person, proof.step, purpose_of(statement)):
                raise ProofError(
                    say("This one-time code was not spent on this statement."), code="code_not_spent_on_this"
                )
        case SshProof():
            raise ProofError(say("An attestation is not signed by SSH."), code="kind_not_accepted")
        case never:
            assert_never(never)
    return statement

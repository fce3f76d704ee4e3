"""What somebody says who looked at a use of break-glass: one statement, which their key signs whole.

A passkey signs 32 random bytes of the console and then the statement's digest, an SSH key the statement
itself. So a review is believed for its proof, whoever filed it, and years later still.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, parse, text_of
from domain.errors import PenstockError, ProofError
from domain.ids import PermitId, PersonId, is_token, is_word
from domain.proof import PasskeyProof, SshProof, proof_document, proof_from

NAMESPACE = "review@penstock"
"""Of the SSH signature: one made for a permit, a commit or a file never counts here."""

SCHEMA = "penstock-glass-review/1"
NONCE_BYTES = 16
LONGEST_FINDING = 500
LONGEST_NODE = 200


@dataclass(frozen=True, slots=True)
class ReviewStatement:
    """One person's word on one use. Raises ValueError when a field can't be what it says."""

    node: str
    """The ledger's origin of the node that asked."""
    permit: PermitId
    """Which use: a permit's glass is broken once."""
    boundary: str
    used_at: datetime
    """When the glass was broken."""
    by: PersonId
    at: datetime
    finding: str
    trust: str
    """The digest, in hex, of the trust file in which their key stands."""
    nonce: bytes
    """16 random bytes: two like statements are two."""

    def __post_init__(self) -> None:
        if not is_token(self.permit) or not is_word(self.boundary) or not is_word(self.by):
            raise ValueError("a review names its permit, its boundary and its person by their ids")
        if not self.finding.strip() or len(self.finding) > LONGEST_FINDING or not self.finding.isprintable():
            raise ValueError(f"a finding is one printable line, {LONGEST_FINDING} characters at most")
        if not 0 < len(self.node) <= LONGEST_NODE or not self.node.isprintable():
            raise ValueError("a review names the node that asked for it")
        if len(bytes.fromhex(self.trust)) != 32 or len(self.nonce) != NONCE_BYTES:
            raise ValueError("a review names a trust file by its digest, and has a nonce of 16 bytes")

    def document(self) -> Json:
        """The statement as JSON."""
        return {
            "schema": SCHEMA,
            "node": self.node,
            "permit": self.permit,
            "boundary": self.boundary,
            "used_at": instant_text(self.used_at),
            "by": self.by,
            "at": instant_text(self.at),
            "finding": self.finding,
            "trust": self.trust,
            "nonce": self.nonce.hex(),
        }

    def message(self) -> bytes:
        """The bytes that an SSH key signs (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of the message: what a passkey signs, after its random bytes."""
        return hashlib.sha256(self.message()).digest()

    @staticmethod
    def of(document: Json) -> "ReviewStatement":
        """The statement that ``document()`` wrote; ProofError for anything else."""
        try:
            statement = _statement(document)
        except (KeyError, TypeError, ValueError) as error:
            raise ProofError(f"This is no review: {error}.", code="malformed_review") from error
        if statement.document() != document:
            raise ProofError(
                "This is no review: it holds more, or holds it in another form.", code="malformed_review"
            )
        return statement

    @staticmethod
    def of_message(message: bytes) -> "ReviewStatement":
        """The statement whose message is exactly ``message``; ProofError for any other bytes."""
        try:
            document = parse(message)
        except PenstockError as error:
            raise ProofError(f"This is no review: {error.fact}", code="malformed_review") from error
        statement = ReviewStatement.of(document)
        if statement.message() != message:
            raise ProofError("This is no review: it is in another form.", code="malformed_review")
        return statement


@dataclass(frozen=True, slots=True)
class SignedReview:
    """A statement and the proof that its person made it. A one-time code signs nothing, and is none."""

    statement: ReviewStatement
    proof: PasskeyProof | SshProof

    def document(self) -> dict[str, Json]:
        """Both as JSON: what the watchdog keeps."""
        return {"statement": self.statement.document(), "proof": proof_document(self.proof)}

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes: how the ledger names the proof."""
        return hashlib.sha256(canonical(self.document())).digest()

    @staticmethod
    def of(statement: Json, proof: Json) -> "SignedReview":
        """What ``document()`` wrote; ProofError for anything else."""
        read = proof_from(proof)
        if not isinstance(read, PasskeyProof | SshProof):
            raise ProofError("A one-time code signs no review.", code="kind_not_accepted")
        return SignedReview(ReviewStatement.of(statement), read)


def _statement(document: Json) -> ReviewStatement:
    if not isinstance(document, Mapping):
        raise TypeError("it must be an object")
    return ReviewStatement(
        node=text_of(document["node"]),
        permit=PermitId(text_of(document["permit"])),
        boundary=text_of(document["boundary"]),
        used_at=instant_of(text_of(document["used_at"])),
        by=PersonId(text_of(document["by"])),
        at=instant_of(text_of(document["at"])),
        finding=text_of(document["finding"]),
        trust=text_of(document["trust"]),
        nonce=bytes.fromhex(text_of(document["nonce"])),
    )

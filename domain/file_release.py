"""What somebody of the plant signs so that a vendor's file may pass: these bytes, to this asset, until then.

A passkey signs 32 random bytes of the console and then the statement's digest, an SSH key the statement itself. The gate verifies
it against the trust file each time the file wants to pass, whoever filed it and wherever it was kept.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, number_of, parse, text_of
from domain.errors import PenstockError, ProofError
from domain.ids import PersonId, is_token, is_word
from domain.proof import PasskeyProof, SshProof, proof_document, proof_from
from domain.rights import DecisionRight

NAMESPACE = "file@penstock"
"""Of the SSH signature: one made for a permit, a review, a commit or another file never counts here."""

SCHEMA = "penstock-file-release/1"
NONCE_BYTES = 16
LONGEST_REASON = 500
LONGEST_NODE = 200
HEX_32 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileStatement:
    """One person's yes to one file under one right. Raises ValueError when a field can't be what it says."""

    node: str
    """The ledger's origin of the node that asked."""
    file: str
    sha256: str
    """Of its bytes, in hex: what is compared when it passes."""
    size: int
    seen: str
    """The digest, in hex, of what was found out about it (``seen_digest``): a look that finds more voids the yes."""
    asset: str
    conduit: str
    permit: str
    """Under which permit it may pass; empty for any over this conduit to this asset."""
    until: datetime
    """The first instant at which it may not pass any more."""
    right: DecisionRight
    reason: str
    by: PersonId
    at: datetime
    charter: str
    trust: str
    """The digest, in hex, of the trust file in which their key stands; ``charter`` that of the charter by which they may."""
    nonce: bytes
    """16 random bytes: two like statements are two."""

    def __post_init__(self) -> None:
        if not is_token(self.file) or (self.permit and not is_token(self.permit)):
            raise ValueError("a release names a file and a permit by their ids")
        if not all(map(is_word, (self.asset, self.conduit, self.by))):
            raise ValueError("a release names its asset, its conduit and its person by their ids")
        if not all(map(HEX_32.fullmatch, (self.sha256, self.seen, self.charter, self.trust))):
            raise ValueError("a release names bytes, a charter and a trust file by their digests")
        if not self.reason.strip() or len(self.reason) > LONGEST_REASON or not self.reason.isprintable():
            raise ValueError(f"a reason is one printable line, {LONGEST_REASON} characters at most")
        if not 0 < len(self.node) <= LONGEST_NODE or not self.node.isprintable():
            raise ValueError("a release names the node that asked for it")
        if len(self.nonce) != NONCE_BYTES or self.size < 0 or self.until <= self.at:
            raise ValueError("a release has a nonce of 16 bytes, and ends after it was signed")

    def document(self) -> Json:
        """The statement as JSON."""
        return {
            "schema": SCHEMA,
            "node": self.node,
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "seen": self.seen,
            "asset": self.asset,
            "conduit": self.conduit,
            "permit": self.permit,
            "until": instant_text(self.until),
            "right": str(self.right),
            "reason": self.reason,
            "by": self.by,
            "at": instant_text(self.at),
            "charter": self.charter,
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
    def of(document: Json) -> "FileStatement":
        """The statement that ``document()`` wrote; ProofError for anything else."""
        try:
            statement = _statement(document)
        except (KeyError, TypeError, ValueError) as error:
            raise _malformed(f"{error}") from error
        if statement.document() != document:
            raise _malformed("it holds more, or holds it in another form")
        return statement

    @staticmethod
    def of_message(message: bytes) -> "FileStatement":
        """The statement whose message is exactly ``message``; ProofError for any other bytes."""
        try:
            document = parse(message)
        except PenstockError as error:
            raise _malformed(error.fact) from error
        statement = FileStatement.of(document)
        if statement.message() != message:
            raise _malformed("it is in another form")
        return statement


@dataclass(frozen=True, slots=True)
class SignedRelease:
    """A statement and the proof that its person made it. A one-time code signs nothing, and is none."""

    statement: FileStatement
    proof: PasskeyProof | SshProof

    def text(self) -> str:
        """Both as canonical JSON: what the ledger's leaf carries."""
        return canonical(
            {"statement": self.statement.document(), "proof": proof_document(self.proof)}
        ).decode()

    @staticmethod
    def of_text(text: str) -> "SignedRelease":
        """What ``text()`` wrote; ProofError for anything else."""
        try:
            document = parse(text.encode())
        except (PenstockError, ValueError) as error:
            raise _malformed("it is no JSON") from error
        if not isinstance(document, Mapping) or document.keys() != {"statement", "proof"}:
            raise _malformed("it is a statement and a proof")
        proof = proof_from(document["proof"])
        if not isinstance(proof, PasskeyProof | SshProof):
            raise ProofError("A one-time code signs no release.", code="kind_not_accepted")
        return SignedRelease(FileStatement.of(document["statement"]), proof)


def seen_digest(sha256: str, code: str, kind: str, scans: tuple[str, ...], contents: int) -> str:
    """What was found out about a file, as one digest in hex."""
    found: Json = {"sha256": sha256, "code": code, "kind": kind, "scans": list(scans), "contents": contents}
    return hashlib.sha256(canonical(found)).hexdigest()


def _malformed(why: str) -> ProofError:
    return ProofError(f"This is no release of a file: {why}.", code="malformed_release")


def _statement(document: Json) -> FileStatement:
    if not isinstance(document, Mapping):
        raise TypeError("it must be an object")
    return FileStatement(
        node=text_of(document["node"]),
        file=text_of(document["file"]),
        sha256=text_of(document["sha256"]),
        size=number_of(document["size"]),
        seen=text_of(document["seen"]),
        asset=text_of(document["asset"]),
        conduit=text_of(document["conduit"]),
        permit=text_of(document["permit"]),
        until=instant_of(text_of(document["until"])),
        right=DecisionRight(text_of(document["right"])),
        reason=text_of(document["reason"]),
        by=PersonId(text_of(document["by"])),
        at=instant_of(text_of(document["at"])),
        charter=text_of(document["charter"]),
        trust=text_of(document["trust"]),
        nonce=bytes.fromhex(text_of(document["nonce"])),
    )

"""What a person of the plant says in one statement that their key signs whole: the form that every kind of it shares.

A passkey signs 32 random bytes of the console and then the statement's digest, an SSH key the statement itself. So a
statement is believed for its proof, whoever filed it and wherever it was kept, and years later still.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar

from domain.canonical import Json, canonical, object_of, parse
from domain.errors import PenstockError, ProofError
from domain.proof import PasskeyProof, SshProof, proof_document, proof_from

NONCE_BYTES = 16
LONGEST_REASON = 500
LONGEST_NODE = 200
HEX_32 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class SignedStatement(ABC):
    """One person's word, as bytes that cannot be read in two ways. Its kinds are frozen dataclasses."""

    __slots__ = ()

    CALLED: ClassVar[str]
    """What a kind is called, behind "This is no …"."""
    MALFORMED: ClassVar[str]
    """The stable code of what is none of its kind."""

    @abstractmethod
    def document(self) -> Json:
        """The statement as JSON; its schema tells its kind."""

    @classmethod
    @abstractmethod
    def read(cls, document: Mapping[str, Json]) -> Self:
        """The statement that ``document`` speaks of; KeyError, TypeError or ValueError where it speaks of none."""

    def message(self) -> bytes:
        """The bytes that an SSH key signs (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of the message: what a passkey signs, after its random bytes."""
        return hashlib.sha256(self.message()).digest()

    @classmethod
    def of(cls, document: Json) -> Self:
        """The statement that ``document()`` wrote; ProofError for anything else."""
        try:
            statement = cls.read(object_of(document))
        except (KeyError, TypeError, ValueError) as error:
            raise cls.malformed(f"{error}") from error
        if statement.document() != document:
            raise cls.malformed("it holds more, or holds it in another form")
        return statement

    @classmethod
    def of_message(cls, message: bytes) -> Self:
        """The statement whose message is exactly ``message``; ProofError for any other bytes."""
        try:
            document = parse(message)
        except PenstockError as error:
            raise cls.malformed(error.fact) from error
        statement = cls.of(document)
        if statement.message() != message:
            raise cls.malformed("it is in another form")
        return statement

    @classmethod
    def malformed(cls, why: str) -> ProofError:
        """What is raised for bytes that are no statement of this kind."""
        return ProofError(f"This is no {cls.CALLED}: {why.removesuffix('.')}.", code=cls.MALFORMED)


Statement = TypeVar("Statement", bound=SignedStatement)


@dataclass(frozen=True, slots=True)
class Signed(ABC, Generic[Statement]):
    """A statement and the proof that its person made it. A one-time code signs nothing, and is none."""

    statement: Statement
    proof: PasskeyProof | SshProof

    @classmethod
    @abstractmethod
    def kind(cls) -> type[Statement]:
        """Of which kind the statement is."""

    def document(self) -> dict[str, Json]:
        """Both as JSON."""
        return {"statement": self.statement.document(), "proof": proof_document(self.proof)}

    def text(self) -> str:
        """Both as canonical JSON: what a leaf of the ledger carries."""
        return canonical(self.document()).decode()

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes: how a leaf of the ledger names both without carrying them."""
        return hashlib.sha256(canonical(self.document())).digest()

    @classmethod
    def of(cls, statement: Json, proof: Json) -> Self:
        """What ``document()`` wrote; ProofError for anything else."""
        given = proof_from(proof)
        if not isinstance(given, PasskeyProof | SshProof):
            raise ProofError(f"A one-time code signs no {cls.kind().CALLED}.", code="kind_not_accepted")
        return cls(cls.kind().of(statement), given)

    @classmethod
    def of_text(cls, text: str) -> Self:
        """What ``text()`` wrote; ProofError for anything else."""
        try:
            document = parse(text.encode())
        except (PenstockError, ValueError) as error:
            raise cls.kind().malformed("it is no JSON") from error
        if not isinstance(document, Mapping) or document.keys() != {"statement", "proof"}:
            raise cls.kind().malformed("it is a statement and a proof")
        return cls.of(document["statement"], document["proof"])


def check_said(kind: str, *, node: str, digests: tuple[str, ...], nonce: bytes, **lines: str) -> None:
    """Raise ValueError where what each ``kind`` of statement holds can't be what it says.

    ``digests`` are SHA-256 in hex; each of ``lines``, by its name, is one printable line that says something.
    """
    for name, line in lines.items():
        if not line.strip() or len(line) > LONGEST_REASON or not line.isprintable():
            raise ValueError(f"a {name} is one printable line, {LONGEST_REASON} characters at most")
    if not 0 < len(node) <= LONGEST_NODE or not node.isprintable():
        raise ValueError(f"a {kind} names the node that asked for it")
    if not all(map(HEX_32.fullmatch, digests)):
        raise ValueError(f"a {kind} names a charter, a trust file and bytes by their digests")
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a {kind} has a nonce of {NONCE_BYTES} bytes")

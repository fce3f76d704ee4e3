"""The decision that a key counts as a person's, as a statement that whoever decides signs."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_text
from domain.ids import PersonId

NAMESPACE = "enrolment@penstock"
SCHEMA = "penstock-enrolment/1"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One key, one owner, one decision. ``nonce`` (16 random bytes) makes two like decisions two."""

    node: str
    person: PersonId
    """Whose key it is."""
    key: str
    """Its fingerprint, or that it is the secret of one-time codes."""
    by: PersonId
    """Who decides, under ``identity``."""
    at: datetime
    nonce: bytes

    def document(self) -> Json:
        """The decision as JSON."""
        return {
            "schema": SCHEMA,
            "node": self.node,
            "person": self.person,
            "key": self.key,
            "by": self.by,
            "at": instant_text(self.at),
            "nonce": self.nonce.hex(),
        }

    def message(self) -> bytes:
        """What an SSH key signs."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of the message: how the ledger names the decision."""
        return hashlib.sha256(self.message()).digest()

    def purpose(self) -> str:
        """What a one-time code is spent on that makes the decision."""
        return f"enrol:{self.digest().hex()}"

    def sentence(self) -> str:
        """What whoever decides reads."""
        return f"{self.by} decides, under the right identity: {self.key} counts as {self.person}'s at {self.node}."

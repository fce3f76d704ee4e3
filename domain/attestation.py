"""What a person of the plant says, signed, of something they answer for: that they took it over, or gave it on."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text
from domain.delegation import Delegation
from domain.errors import ProofError
from domain.ids import PersonId, is_word
from domain.rights import DecisionRight

SCHEMA = "penstock-statement/1"
SUBJECT = re.compile(r"[a-z-]+:[a-z0-9@_-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statement:
    """``person`` answers for ``subject`` since ``at``. Its digest is what a proof is over.

    Raises ValueError when a field can't be what it says.
    """

    subject: str
    """As the functions below write it."""
    person: PersonId
    at: datetime
    nonce: bytes
    """16 random bytes: two like statements are two."""

    def __post_init__(self) -> None:
        if SUBJECT.fullmatch(self.subject) is None or not is_word(self.person):
            raise ValueError("a statement names its subject and its person by their ids")
        if self.at.tzinfo is None or len(self.nonce) != 16:
            raise ValueError("a statement has an instant in a zone, and a nonce of 16 bytes")

    def document(self) -> Json:
        """The statement as JSON."""
        return {
            "schema": SCHEMA,
            "subject": self.subject,
            "person": self.person,
            "at": instant_text(self.at),
            "nonce": self.nonce.hex(),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes (RFC 8785): 32 bytes."""
        return hashlib.sha256(canonical(self.document())).digest()

    @staticmethod
    def of(document: Json) -> "Statement":
        """The statement that ``document()`` wrote; ProofError for anything else."""
        try:
            statement = _statement(document)
        except (KeyError, TypeError, ValueError) as error:
            raise ProofError(f"This is not a statement: {error!r}.") from error
        if statement.document() != document:
            raise ProofError("This is not a statement: it holds more, or holds it in another form.")
        return statement


def _statement(document: Json) -> Statement:
    if not isinstance(document, Mapping):
        raise TypeError("it must be an object")
    return Statement(
        str(document["subject"]),
        PersonId(str(document["person"])),
        instant_of(str(document["at"])),
        bytes.fromhex(str(document["nonce"])),
    )


def of_right(right: DecisionRight, boundary: str) -> str:
    """The subject of who says that they hold ``right`` over ``boundary``."""
    return f"right:{right}@{boundary}"


def of_exception(exception: str) -> str:
    """The subject of who says that an exception shall go on."""
    return f"exception:{exception}"


def of_delegation(given: Delegation) -> str:
    """The subject of who says that they delegate exactly this: any change of it is another subject."""
    document: Json = {
        "right": str(given.right),
        "boundary": given.boundary,
        "by": given.by,
        "to": given.to,
        "actions": sorted(given.actions),
        "states": sorted(given.states),
        "from": instant_text(given.window.start),
        "until": instant_text(given.window.end),
        "approved": instant_text(given.approved),
    }
    return f"delegation:{hashlib.sha256(canonical(document)).hexdigest()}"

"""A dispute: somebody who may decide said yes to a permit, another said no, and one person settles it.

The default is no. Who settles it is named in the charter, for the right under which the no was said,
and signs the permit's own bytes like any approver. What they sign names this dispute, so that a yes
given in another matter never settles one, and both sides' words are part of what was signed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from domain.canonical import Json, canonical, instant_of, instant_text, text_of
from domain.errors import EvidenceError
from domain.ids import PersonId
from domain.rights import DecisionRight

SCHEMA = "penstock-dispute/1"
_TAG = b"penstock-settles/1"
SALT_BYTES = 16  # WebAuthn Level 3 section 13.4.3: a challenge holds at least 16 random bytes


@dataclass(frozen=True, slots=True)
class Position:
    """What one person said, under which right, and why. Whoever agrees agrees to the purpose that was stated."""

    person: PersonId
    right: DecisionRight
    agrees: bool
    reason: str
    at: datetime

    def document(self) -> Json:
        """The position as JSON."""
        return {
            "person": self.person,
            "right": str(self.right),
            "agrees": self.agrees,
            "reason": self.reason,
            "at": instant_text(self.at),
        }

    def __str__(self) -> str:
        return f"{self.person} ({self.right}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Dispute:
    """One no against at least one yes. Unsettled at ``until``, the permit is refused."""

    permit: bytes
    """SHA-256 of the permit's canonical bytes."""
    right: DecisionRight
    """The right under which somebody said no."""
    boundary: str
    """Over which it is held there."""
    arbiter: PersonId
    positions: tuple[Position, ...]
    """Those who agree, then the one who does not."""
    until: datetime

    @property
    def agreed(self) -> tuple[Position, ...]:
        """Those who said yes."""
        return tuple(one for one in self.positions if one.agrees)

    @property
    def refused(self) -> tuple[Position, ...]:
        """Those who said no."""
        return tuple(one for one in self.positions if not one.agrees)

    def document(self) -> Json:
        """The dispute as JSON; what its digest is taken of."""
        return {
            "schema": SCHEMA,
            "permit": self.permit.hex(),
            "right": str(self.right),
            "boundary": self.boundary,
            "arbiter": self.arbiter,
            "positions": [one.document() for one in self.positions],
            "until": instant_text(self.until),
        }

    def digest(self) -> bytes:
        """SHA-256 of its canonical bytes: 32 bytes."""
        return hashlib.sha256(canonical(self.document())).digest()

    @staticmethod
    def of(document: Json) -> "Dispute":
        """The dispute that ``document()`` wrote; EvidenceError for anything else."""
        try:
            dispute = _dispute(document)
            same = dispute.document() == document
        except (KeyError, TypeError, ValueError) as error:
            raise EvidenceError(f"This is not a dispute: {error!r}.") from error
        if not same:
            raise EvidenceError("This is not a dispute: it holds more, or holds it in another form.")
        return dispute


def settling_nonce(salt: bytes, dispute: bytes) -> bytes:
    """The 32 bytes that an arbiter's challenge begins with: ``salt`` (16 random bytes), then what names the dispute.

    Whoever checks the signature checks that too: no other nonce settles a dispute.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a settling nonce's salt is {SALT_BYTES} bytes")
    return salt + hashlib.sha256(_TAG + salt + dispute).digest()[:16]


def names(nonce: bytes, dispute: bytes) -> bool:
    """Whether this nonce was drawn to settle this dispute."""
    return len(nonce) == 32 and compare_digest(settling_nonce(nonce[:SALT_BYTES], dispute), nonce)


def settling_purpose(purpose: str, dispute: bytes) -> str:
    """What a one-time code is spent on that settles: ``purpose``, in this dispute."""
    return f"{purpose}:settles:{dispute.hex()}"


def _dispute(document: Json) -> Dispute:
    if not isinstance(document, Mapping) or document["schema"] != SCHEMA:
        raise ValueError("wrong schema")
    positions = document["positions"]
    if not isinstance(positions, list | tuple):
        raise TypeError("its positions are a list")
    return Dispute(
        permit=bytes.fromhex(text_of(document["permit"])),
        right=DecisionRight(text_of(document["right"])),
        boundary=text_of(document["boundary"]),
        arbiter=PersonId(text_of(document["arbiter"])),
        positions=tuple(_position(one) for one in positions),
        until=instant_of(text_of(document["until"])),
    )


def _position(document: Json) -> Position:
    if not isinstance(document, Mapping) or not isinstance(document["agrees"], bool):
        raise TypeError("a position agrees or does not")
    return Position(
        person=PersonId(text_of(document["person"])),
        right=DecisionRight(text_of(document["right"])),
        agrees=document["agrees"],
        reason=text_of(document["reason"]),
        at=instant_of(text_of(document["at"])),
    )

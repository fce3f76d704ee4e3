"""What somebody says who looked at a use of break-glass: one statement, which their key signs whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_of, instant_text, text_of
from domain.ids import PermitId, PersonId, is_token, is_word
from domain.signed_statement import Signed, SignedStatement, check_said

NAMESPACE = "review@penstock"
"""Of the SSH signature: one made for a permit, a commit or a file never counts here."""

SCHEMA = "penstock-glass-review/1"


@dataclass(frozen=True, slots=True)
class ReviewStatement(SignedStatement):
    """One person's word on one use. Raises ValueError when a field can't be what it says."""

    CALLED = "review"
    MALFORMED = "malformed_review"

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
        check_said("review", node=self.node, digests=(self.trust,), nonce=self.nonce, finding=self.finding)

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

    @classmethod
    def read(cls, document: Mapping[str, Json]) -> "ReviewStatement":
        """As ``SignedStatement`` says."""
        return cls(
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


class SignedReview(Signed[ReviewStatement]):
    """One review, signed."""

    __slots__ = ()

    @classmethod
    def kind(cls) -> type[ReviewStatement]:
        """As ``Signed`` says."""
        return ReviewStatement

"""What somebody signs so that evidence may go, or must stay: one statement, which their key signs whole.

Two persons sign the same deed on the same subject; the second statement names the first by its digest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.canonical import Json, instant_of, instant_text, number_of, text_of
from domain.ids import PersonId, is_word
from domain.signed_statement import HEX_32, Signed, SignedStatement, check_said

NAMESPACE = "keeping@penstock"
"""Of the SSH signature: one made for a permit, a review, a commit or a file never counts here."""

SCHEMA = "penstock-keeping/1"
SUBJECT = re.compile(r"(session|boundary|vendor|person|asset|hold|ledger):[a-z0-9_-]{1,64}", re.ASCII)


class Deed(StrEnum):
    """What is to happen."""

    ERASE = "erase"
    """The key of a session's recording is destroyed: its contents are gone, its chain still verifies."""
    REMOVE = "remove"
    """The recording goes as well."""
    HOLD = "hold"
    """Nothing under the subject is deleted. One person sets it."""
    LIFT = "lift"
    """A hold ends."""
    PRUNE = "prune"
    """The ledger's own entries and texts below a leaf go, but for those still needed. Every later proof holds."""


DELETES = frozenset({Deed.ERASE, Deed.REMOVE})
"""A session's."""
BY_TERM = DELETES | {Deed.PRUNE}
"""What goes for good, and so by a term of the charter."""


@dataclass(frozen=True, slots=True)
class KeepingStatement(SignedStatement):
    """One person's word. Raises ValueError when a field can't be what it says."""

    CALLED = "word on evidence that may go or stay"
    MALFORMED = "malformed_keeping"

    node: str
    """The ledger's origin of the node that asked."""
    deed: Deed
    subject: str
    """``session:…`` for what is deleted, the scope of a hold, ``hold:…`` for one that is lifted."""
    term: str
    """The charter's retention term by which it may go; empty for a hold."""
    minimum_days: int
    """What that term asks for; 0 for a hold."""
    ended_at: datetime | None
    """When the session ended, or the newest leaf was that is pruned: from here the term counts. None for a hold."""
    charter: str
    """The digest, in hex, of the charter that says so."""
    reason: str
    answers: str
    """The digest, in hex, of the first person's statement; empty in the first."""
    by: PersonId
    at: datetime
    trust: str
    """The digest, in hex, of the trust file in which their key stands."""
    nonce: bytes
    """16 random bytes: two like statements are two."""

    def __post_init__(self) -> None:
        if SUBJECT.fullmatch(self.subject) is None or not is_word(self.by):
            raise ValueError("a statement names its subject and its person by their ids")
        digests = (self.charter, self.trust)
        check_said("statement", node=self.node, digests=digests, nonce=self.nonce, reason=self.reason)
        if self.answers and HEX_32.fullmatch(self.answers) is None:
            raise ValueError("a second statement names the first by its digest")
        if self.minimum_days < 0:
            raise ValueError("a statement has no minimum below nothing")
        self._fits()
        if self.answers and self.deed is Deed.HOLD:
            raise ValueError("a hold takes one person")

    def _fits(self) -> None:
        """The subject is of the deed's kind, and what goes for good goes by a term."""
        kind = self.subject.partition(":")[0]
        by_term = self.deed in BY_TERM
        if by_term != (self.ended_at is not None) or by_term != bool(self.term):
            raise ValueError("what is deleted has ended and goes by a term, and nothing else does")
        if (self.deed in DELETES and kind != "session") or (kind == "hold") != (self.deed is Deed.LIFT):
            raise ValueError("what is deleted is a session's, and what is lifted is a hold")
        if (kind == "ledger") != (self.deed is Deed.PRUNE) or (kind == "ledger" and not self.name.isdigit()):
            raise ValueError("what is pruned is the ledger below a leaf")

    def document(self) -> Json:
        """The statement as JSON."""
        return {
            "schema": SCHEMA,
            "node": self.node,
            "deed": str(self.deed),
            "subject": self.subject,
            "term": self.term,
            "minimum_days": self.minimum_days,
            "ended_at": None if self.ended_at is None else instant_text(self.ended_at),
            "charter": self.charter,
            "reason": self.reason,
            "answers": self.answers,
            "by": self.by,
            "at": instant_text(self.at),
            "trust": self.trust,
            "nonce": self.nonce.hex(),
        }

    @property
    def name(self) -> str:
        """The part of ``subject`` behind its kind."""
        return self.subject.partition(":")[2]

    def wants(self) -> tuple[object, ...]:
        """What both persons must have signed alike."""
        return (
            self.node, self.deed, self.subject, self.term, self.minimum_days, self.ended_at, self.charter,
        )  # fmt: skip

    @classmethod
    def read(cls, document: Mapping[str, Json]) -> "KeepingStatement":
        """As ``SignedStatement`` says."""
        ended = document["ended_at"]
        return cls(
            node=text_of(document["node"]),
            deed=Deed(text_of(document["deed"])),
            subject=text_of(document["subject"]),
            term=text_of(document["term"]),
            minimum_days=number_of(document["minimum_days"]),
            ended_at=None if ended is None else instant_of(text_of(ended)),
            charter=text_of(document["charter"]),
            reason=text_of(document["reason"]),
            answers=text_of(document["answers"]),
            by=PersonId(text_of(document["by"])),
            at=instant_of(text_of(document["at"])),
            trust=text_of(document["trust"]),
            nonce=bytes.fromhex(text_of(document["nonce"])),
        )


class SignedKeeping(Signed[KeepingStatement]):
    """One word on evidence, signed."""

    __slots__ = ()

    @classmethod
    def kind(cls) -> type[KeepingStatement]:
        """As ``Signed`` says."""
        return KeepingStatement

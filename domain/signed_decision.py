"""What a person of the plant signs with an SSH key: one decision on one permit, as one line of canonical JSON.

It holds the permit whole, and a challenge as a passkey's does: 32 random bytes of the node, then SHA-256
of the permit's bytes. So years later ``ssh-keygen -Y verify`` shows, with no program of ours, who decided
what, and on which permit. The form is written down in ``approvals/BUNDLE.md``.
"""

from binascii import Error as HexError
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.canonical import Json, canonical, instant_of, instant_text, parse, text_of
from domain.dispute import names
from domain.errors import PenstockError, ProofError
from domain.ids import PersonId, is_word
from domain.permit import LONGEST_TEXT, Permit
from domain.proof import PasskeyProof, Proof, SshProof, TotpProof
from domain.rights import DecisionRight

NAMESPACE = "permit@penstock"
"""The namespace of the signature: one made for a commit, a file or a charter never counts here."""

SCHEMA = "penstock-decision/1"
NONCE_BYTES = 32  # as for a passkey; WebAuthn Level 3 section 13.4.3 wants at least 16
LONGEST_BYTES = 65_536
LONGEST_NODE = 200


class Verdict(StrEnum):
    """What was decided."""

    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """One decision, before or after its signature. Raises ValueError when a field can't be what it says."""

    verdict: Verdict
    permit: Permit
    right: DecisionRight
    """Under which right it is decided."""
    person: PersonId
    """Who decides."""
    shown: bytes
    """SHA-256 of the text that this person is shown; generated from the permit's bytes."""
    nonce: bytes
    """32 random bytes that the node drew for this decision, and takes back once."""
    node: str
    """The ledger's origin of the node that asked."""
    charter: bytes
    """The digest of the charter that was in force when it asked."""
    until: datetime
    """The first instant at which the node does not take it any more; in whole seconds."""
    reason: str = ""
    """Why; a refusal needs it, and so does an arbiter's word."""

    def __post_init__(self) -> None:
        if not is_word(self.person) or not self.node.isprintable() or not 0 < len(self.node) <= LONGEST_NODE:
            raise ValueError("a decision names its person and its node")
        if (len(self.shown), len(self.nonce), len(self.charter)) != (32, NONCE_BYTES, 32):
            raise ValueError("a decision's digests and its nonce are 32 bytes each")
        if self.until.microsecond:
            raise ValueError("a decision is taken until a whole second")
        if len(self.reason) > LONGEST_TEXT or not self.reason.isprintable():
            raise ValueError(f"a reason is one printable line, {LONGEST_TEXT} characters at most")
        if self.verdict is Verdict.REFUSE and not self.reason.strip():
            raise ValueError("a refusal has a reason")

    def message(self) -> bytes:
        """The bytes that are signed (RFC 8785)."""
        return canonical(
            {
                "schema": SCHEMA,
                "decision": str(self.verdict),
                "permit": self.permit.document(),
                "right": str(self.right),
                "person": self.person,
                "shown": self.shown.hex(),
                "challenge": (self.nonce + self.permit.digest()).hex(),
                "node": self.node,
                "charter": self.charter.hex(),
                "until": instant_text(self.until),
                "reason": self.reason,
            }
        )

    @staticmethod
    def of(data: bytes) -> "SignedDecision":
        """The decision whose message is exactly ``data``; ProofError for anything else."""
        try:
            decision = _decision(parse(data[: LONGEST_BYTES + 1]))  # longer than any is cut, and no JSON
            same = decision.message() == data
        except (KeyError, TypeError, ValueError, HexError, PenstockError) as error:
            raise _malformed(str(error)) from error
        if not same:
            raise _malformed("it holds more than a decision does, or holds it in another form")
        return decision


def names_dispute(proof: Proof, dispute: bytes) -> bool:
    """Whether what was signed names this dispute; a code signs nothing, and is asked what it was spent on."""
    match proof:
        case PasskeyProof(nonce=nonce):
            return names(nonce, dispute)
        case SshProof(message=message):
            return names(SignedDecision.of(message).nonce, dispute)
        case TotpProof():
            return True


def _malformed(why: str) -> ProofError:
    return ProofError(
        f"This is not a decision: {why}.",
        code="malformed_decision",
        remedy="Sign exactly the bytes that the plant's node gave.",
    )


def _decision(document: Json) -> SignedDecision:
    if not isinstance(document, Mapping) or document["schema"] != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    permit = Permit.of(canonical(document["permit"]))
    return SignedDecision(
        verdict=Verdict(text_of(document["decision"])),
        permit=permit,
        right=DecisionRight(text_of(document["right"])),
        person=PersonId(text_of(document["person"])),
        shown=bytes.fromhex(text_of(document["shown"])),
        nonce=bytes.fromhex(text_of(document["challenge"]))[:NONCE_BYTES],
        node=text_of(document["node"]),
        charter=bytes.fromhex(text_of(document["charter"])),
        until=instant_of(text_of(document["until"])),
        reason=text_of(document["reason"]),
    )

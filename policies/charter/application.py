"""A proposed version of the charter as bytes to sign, and an applied one as the document that is kept.

What is signed names the new digest, the one that it replaces, the number of the version, the node and
the reason: a signature can't be used for another plant, another step or another time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, object_of, parse, text_of
from domain.errors import PenstockError
from domain.ids import PersonId

PROPOSAL = "penstock-charter-proposal/1"
WEIGHED = "penstock-charter-proposal/2"
"""A proposal that also names what it would have decided otherwise, as one that relaxes must."""
APPLICATION = "penstock-charter-application/1"
NAMESPACE = "penstock-charter@penstock"
"""Of an SSH signature (``ssh-keygen -Y sign -n``): one made for anything else does not count here."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version of the charter that somebody wants in force. Raises ValueError for what can't be one."""

    node: str
    """The origin of the node's ledger."""
    version: int
    """1 for the first, then one more each time."""
    charter: bytes
    previous: bytes
    """The digest that is in force until then; empty for the first version."""
    reason: str
    at: datetime
    impact: bytes = b""
    """The digest of ``policies.charter.impact.Impact``, which its signers had before them; empty where none was asked."""

    def __post_init__(self) -> None:
        if len(self.impact) not in {0, 32}:
            raise ValueError("an impact is named by its digest")
        if (
            self.version < 1
            or len(self.charter) != 32
            or len(self.previous) != (32 if self.version > 1 else 0)
        ):
            raise ValueError("a proposal names its version, its digest and the one before")
        if not self.reason.strip() or len(self.reason) > LONGEST_REASON or not self.reason.isprintable():
            raise ValueError(f"a reason is one printable line, {LONGEST_REASON} characters at most")

    def document(self) -> Json:
        """The proposal as JSON."""
        weighed: dict[str, Json] = {"impact": self.impact.hex()} if self.impact else {}
        return {
            "schema": WEIGHED if self.impact else PROPOSAL,
            "node": self.node,
            "version": self.version,
            "charter": self.charter.hex(),
            "previous": self.previous.hex(),
            "reason": self.reason,
            "at": instant_text(self.at),
            **weighed,
        }

    def canonical(self) -> bytes:
        """The bytes that are signed (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes: what a passkey signs, behind a random nonce."""
        return hashlib.sha256(self.canonical()).digest()

    @staticmethod
    def of(data: bytes) -> "Proposal":
        """The proposal whose canonical bytes are exactly ``data``; PenstockError for anything else."""
        try:
            proposal = _proposal(parse(data))
        except (KeyError, TypeError, ValueError) as error:
            raise PenstockError(f"This is not a proposal for a charter: {error}.") from error
        if proposal.canonical() != data:
            raise PenstockError("This proposal holds more than a proposal does.")
        return proposal


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's yes to a proposal: an SSH signature, or a passkey's assertion, as ``proof`` says."""

    person: PersonId
    kind: str
    proof: Mapping[str, Json]

    def document(self) -> dict[str, Json]:
        """The signature as JSON."""
        return {"person": self.person, "kind": self.kind, "proof": dict(self.proof)}


@dataclass(frozen=True, slots=True)
class Application:
    """A version that was signed by everybody needed, as it is kept for ever. ``trust`` is what held then."""

    proposal: Proposal
    at: datetime
    by: str
    trust: str
    """The digest of the trust file that the signatures verified against, in hex."""
    signatures: tuple[Signature, ...]

    def document(self) -> Json:
        """The application as JSON."""
        return {
            "schema": APPLICATION,
            "proposal": self.proposal.document(),
            "at": instant_text(self.at),
            "by": self.by,
            "trust": self.trust,
            "signatures": [one.document() for one in self.signatures],
        }

    def canonical(self) -> bytes:
        """The bytes that are kept."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of them: what the ledger's leaf names."""
        return hashlib.sha256(self.canonical()).digest()

    @staticmethod
    def of(data: bytes) -> "Application":
        """The application whose canonical bytes are exactly ``data``; PenstockError for anything else."""
        try:
            application = _application(parse(data))
        except (KeyError, TypeError, ValueError) as error:
            raise PenstockError(f"This is not an applied charter: {error}.") from error
        if application.canonical() != data:
            raise PenstockError("This application holds more than an application does.")
        return application


def signature_of(document: Json) -> Signature:
    """The signature that ``document()`` wrote; TypeError or KeyError for anything else."""
    fields = object_of(document)
    return Signature(
        PersonId(text_of(fields["person"])), text_of(fields["kind"]), dict(object_of(fields["proof"]))
    )


def _proposal(document: Json) -> Proposal:
    fields = object_of(document)
    version = fields["version"]
    if (
        fields["schema"] not in {PROPOSAL, WEIGHED}
        or not isinstance(version, int)
        or isinstance(version, bool)
    ):
        raise ValueError(f"its schema is neither {PROPOSAL} nor {WEIGHED}")
    return Proposal(
        node=text_of(fields["node"]),
        version=version,
        charter=bytes.fromhex(text_of(fields["charter"])),
        previous=bytes.fromhex(text_of(fields["previous"])),
        reason=text_of(fields["reason"]),
        at=instant_of(text_of(fields["at"])),
        impact=bytes.fromhex(text_of(fields.get("impact", ""))),
    )


def _application(document: Json) -> Application:
    fields = object_of(document)
    signatures = fields["signatures"]
    if fields["schema"] != APPLICATION or not isinstance(signatures, Sequence) or isinstance(signatures, str):
        raise ValueError(f"its schema is not {APPLICATION}")
    return Application(
        proposal=_proposal(fields["proposal"]),
        at=instant_of(text_of(fields["at"])),
        by=text_of(fields["by"]),
        trust=text_of(fields["trust"]),
        signatures=tuple(signature_of(one) for one in signatures),
    )

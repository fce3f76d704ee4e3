"""What somebody of the plant signs so that a vendor's file may pass: these bytes, to this asset, until then.

The gate verifies it against the trust file each time the file wants to pass, whoever filed it and wherever it was kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, number_of, text_of
from domain.ids import PersonId, is_token, is_word
from domain.rights import DecisionRight
from domain.signed_statement import Signed, SignedStatement, check_said

NAMESPACE = "file@penstock"
"""Of the SSH signature: one made for a permit, a review, a commit or another file never counts here."""

SCHEMA = "penstock-file-release/1"


@dataclass(frozen=True, slots=True)
class FileStatement(SignedStatement):
    """One person's yes to one file under one right. Raises ValueError when a field can't be what it says."""

    CALLED = "release of a file"
    MALFORMED = "malformed_release"

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
        check_said(
            "release",
            node=self.node,
            digests=(self.sha256, self.seen, self.charter, self.trust),
            nonce=self.nonce,
            reason=self.reason,
        )
        if self.size < 0 or self.until <= self.at:
            raise ValueError("a release is of some bytes, and ends after it was signed")

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

    @classmethod
    def read(cls, document: Mapping[str, Json]) -> "FileStatement":
        """As ``SignedStatement`` says."""
        return cls(
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


class SignedRelease(Signed[FileStatement]):
    """One release, signed."""

    __slots__ = ()

    @classmethod
    def kind(cls) -> type[FileStatement]:
        """As ``Signed`` says."""
        return FileStatement


def seen_digest(sha256: str, code: str, kind: str, scans: tuple[str, ...], contents: int) -> str:
    """What was found out about a file, as one digest in hex."""
    found: Json = {"sha256": sha256, "code": code, "kind": kind, "scans": list(scans), "contents": contents}
    return hashlib.sha256(canonical(found)).hexdigest()

"""Proofs of approval, as values. How they are made and checked is in ``approvals.proofs``."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.canonical import Json, instant_of, instant_text, text_of
from domain.errors import ProofError
from domain.ids import PersonId
from domain.rights import DecisionRight


class ProofKind(StrEnum):
    """Ways to show that a person, and nobody else, decided."""

    PASSKEY = "passkey"
    PASSKEY_BOUND = "passkey-bound"
    """A passkey that its provider can't copy to other devices."""
    SSHSIG = "sshsig"
    SSHSIG_SK = "sshsig-sk"
    """An SSH key that lives in a security key, touched and unlocked for this."""
    TOTP = "totp"


BOUND = {ProofKind.PASSKEY: ProofKind.PASSKEY_BOUND, ProofKind.SSHSIG: ProofKind.SSHSIG_SK}
"""What a proof is besides, when the key that made it can't leave its device."""


def counts(kind: ProofKind, accepted: Collection[str]) -> bool:
    """Whether a charter that names ``accepted`` takes a proof of this kind; one by a bound key counts as either."""
    return kind in accepted or any(kind is bound and plain in accepted for plain, bound in BOUND.items())


@dataclass(frozen=True, slots=True)
class PasskeyProof:
    """A WebAuthn assertion; its challenge is ``nonce`` followed by SHA-256 of the permit's bytes.

    WebAuthn Level 3 section 13.4.3 wants a random challenge; the digest in it binds the permit.
    """

    credential_id: bytes
    nonce: bytes
    """32 random bytes drawn by the console, used once."""
    client_data_json: bytes
    authenticator_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class TotpProof:
    """A one-time code (RFC 6238) and the time-step it belongs to. Says who, but signs nothing."""

    step: int
    code: str


@dataclass(frozen=True, slots=True)
class SshProof:
    """A signature of ``ssh-keygen -Y sign`` (OpenSSH PROTOCOL.sshsig) over a decision."""

    message: bytes
    """The decision that was signed, exactly as it was: see ``domain.signed_decision``."""
    signature: bytes
    """What stands between the armour's two lines, decoded: one form for one signature."""


Proof = PasskeyProof | SshProof | TotpProof


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one permit, under one right, with its proof."""

    permit_digest: bytes
    right: DecisionRight
    approver: PersonId
    at: datetime
    shown_digest: bytes
    """SHA-256 of the text that the approver was shown; it is generated from the permit's bytes."""
    proof: Proof
    settles: bytes | None = None
    """The digest of the dispute that an arbiter settles by it; None for everybody else's yes."""

    @property
    def kind(self) -> ProofKind:
        """Which kind of proof this approval carries; whether its key is a bound one, only verifying shows."""
        return kind_of(self.proof)

    def document(self) -> Json:
        """The approval as JSON: what the database, the ledger and the case file hold."""
        settles: dict[str, Json] = {} if self.settles is None else {"settles": self.settles.hex()}
        return settles | {
            "schema": "penstock-approval/1",
            "permit": self.permit_digest.hex(),
            "right": str(self.right),
            "approver": self.approver,
            "at": instant_text(self.at),
            "shown": self.shown_digest.hex(),
            "kind": str(self.kind),
            "proof": _fields(self.proof),
        }

    @staticmethod
    def of(document: Json) -> "Approval":
        """The approval that ``document()`` wrote; ProofError for anything else."""
        try:
            return _approval(document)
        except (KeyError, TypeError, ValueError, AttributeError, Base64Error) as error:
            raise ProofError(f"This is not an approval: {error!r}.") from error


def proof_document(proof: Proof) -> Json:
    """A proof by itself as JSON: its kind, and its fields."""
    return {"kind": str(kind_of(proof)), "fields": _fields(proof)}


def kind_of(proof: Proof) -> ProofKind:
    """Which kind of proof this is."""
    match proof:
        case PasskeyProof():
            return ProofKind.PASSKEY
        case SshProof():
            return ProofKind.SSHSIG
        case TotpProof():
            return ProofKind.TOTP


def proof_from(document: Json) -> Proof:
    """The proof that ``proof_document`` wrote; ProofError for anything else."""
    try:
        if not isinstance(document, Mapping):
            raise ProofError("A proof is an object.")
        proof = _proof(text_of(document["kind"]), document["fields"])
    except (KeyError, TypeError, ValueError, Base64Error) as error:
        raise ProofError(f"This is not a proof: {error!r}.") from error
    if proof_document(proof) != document:
        raise ProofError("This is not a proof: it holds more, or holds it in another form.")
    return proof


def _fields(proof: Proof) -> dict[str, Json]:
    match proof:
        case PasskeyProof():
            return {
                "credential_id": _text(proof.credential_id),
                "nonce": _text(proof.nonce),
                "client_data_json": _text(proof.client_data_json),
                "authenticator_data": _text(proof.authenticator_data),
                "signature": _text(proof.signature),
            }
        case SshProof():
            return {"message": _text(proof.message), "signature": _text(proof.signature)}
        case TotpProof():
            return {"step": proof.step, "code": proof.code}


def _proof(kind: str, given: Json) -> Proof:
    if not isinstance(given, Mapping):
        raise TypeError("the proof must be an object")
    match ProofKind(kind):
        case ProofKind.PASSKEY:
            return PasskeyProof(
                credential_id=_bytes(given["credential_id"]),
                nonce=_bytes(given["nonce"]),
                client_data_json=_bytes(given["client_data_json"]),
                authenticator_data=_bytes(given["authenticator_data"]),
                signature=_bytes(given["signature"]),
            )
        case ProofKind.SSHSIG:
            return SshProof(message=_bytes(given["message"]), signature=_bytes(given["signature"]))
        case ProofKind.TOTP:
            step = given["step"]
            if not isinstance(step, int) or isinstance(step, bool):
                raise TypeError("a time-step must be an integer")
            return TotpProof(step=step, code=text_of(given["code"]))
        case bound:
            raise ValueError(f"whether a proof is {bound} shows only against the enrolled key")


def _approval(document: Json) -> Approval:
    if not isinstance(document, Mapping) or document["schema"] != "penstock-approval/1":
        raise ValueError("wrong schema")
    proof = _proof(text_of(document["kind"]), document["proof"])
    approval = Approval(
        permit_digest=bytes.fromhex(text_of(document["permit"])),
        right=DecisionRight(text_of(document["right"])),
        approver=PersonId(text_of(document["approver"])),
        at=instant_of(text_of(document["at"])),
        shown_digest=bytes.fromhex(text_of(document["shown"])),
        proof=proof,
        settles=bytes.fromhex(text_of(document["settles"])) if "settles" in document else None,
    )
    if approval.document() != document:
        raise ValueError("it holds more than an approval does, or holds it in another form")
    return approval


def _bytes(value: Json) -> bytes:
    return b64decode(text_of(value), validate=True)


def _text(value: bytes) -> str:
    return b64encode(value).decode("ascii")

"""Whoever approves in honest sessions, with every kind of key: passkeys of three algorithms, SSH keys, codes."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from domain.attestation import Statement
from domain.dispute import settling_nonce
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import Approval, PasskeyProof, Proof, SshProof, TotpProof
from domain.rights import DecisionRight
from domain.signed_decision import SignedDecision, Verdict
from recorder.attested import Attested
from tests.approvals.ssh import HardKey, SoftKey
from tests.recorder.cases import ORIGIN, RP_ID, Passkey, b64
from tests.recorder.ledger.logs import ORIGIN as LOG

KINDS = ("es256", "eddsa", "rs256", "copied", "ssh", "sk-ed25519", "sk-ecdsa", "totp")
BOUND = frozenset({"es256", "eddsa", "rs256", "sk-ed25519", "sk-ecdsa"})
PASSKEYS = frozenset({"es256", "eddsa", "rs256", "copied"})
SHOWN = bytes(range(32))


class Other(Passkey):
    """An authenticator of another algorithm."""

    def __init__(self, person: str, cose: bytes, sign: Callable[[bytes], bytes]) -> None:
        self.person = person
        self.credential_id = hashlib.sha256(person.encode() + cose).digest()[:16]
        self.public_key = cose
        self._key = _Signs(sign)  # type: ignore[assignment] # all that an assertion asks of it


@dataclass
class _Signs:
    made: Callable[[bytes], bytes]

    def sign(self, data: bytes, _how: object) -> bytes:
        return self.made(data)


@cache
def _rsa(_person: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def _eddsa(person: str) -> Passkey:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(person.encode()).digest())
    public = key.public_key().public_bytes_raw()
    return Other(person, b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20" + public, key.sign)


def _rs256(person: str) -> Passkey:
    key = _rsa(person)
    n = key.public_key().public_numbers().n.to_bytes(256, "big")
    cose = b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00" + n + b"\x21\x43\x01\x00\x01"
    return Other(person, cose, lambda data: key.sign(data, padding.PKCS1v15(), SHA256()))


class Approver:
    """One person of the plant and the key by which they say yes."""

    def __init__(self, person: str, kind: str) -> None:
        self.person = PersonId(person)
        self.kind = kind
        seed = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big")
        edwards = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"ssh" + person.encode()).digest())
        self.passkey: Passkey | None = None
        self.ssh: SoftKey | HardKey | None = None
        match kind:
            case "es256" | "copied":
                self.passkey = Passkey(person, seed)
            case "eddsa":
                self.passkey = _eddsa(person)
            case "rs256":
                self.passkey = _rs256(person)
            case "ssh":
                self.ssh = SoftKey(edwards)
            case "sk-ed25519":
                self.ssh = HardKey(edwards=edwards)
            case "sk-ecdsa":
                curve = ec.derive_private_key(seed, ec.SECP256R1())
                self.ssh = HardKey(b"sk-ecdsa-sha2-nistp256@openssh.com", curve=curve)
            case _:
                pass

    @property
    def flags(self) -> int:
        return 0x1D if self.kind == "copied" else 0x05

    def lines(self) -> list[str]:
        """Their table in the trust file."""
        enrolled = ['label = "a key"', 'enrolled_at = "2026-02-01T08:00:00Z"', 'enrolled_by = "local:root"']
        if self.passkey is not None:
            return [
                "[[passkeys]]",
                f'person = "{self.person}"',
                f'credential_id = "{b64(self.passkey.credential_id)}"',
                f'public_key = "{b64(self.passkey.public_key)}"',
                *enrolled,
                f"backup_eligible = {str(self.kind == 'copied').lower()}",
            ]
        if self.ssh is not None:
            return [
                "[[signing_keys]]",
                f'person = "{self.person}"',
                f'key = "{self.ssh.enrolled().key}"',
                *enrolled,
            ]
        return []

    def approve(
        self,
        permit: Permit,
        right: DecisionRight,
        at: datetime,
        chance: random.Random,
        settles: bytes | None = None,
    ) -> Approval:
        """Their signed yes to ``permit``."""
        nonce = chance.randbytes(32) if settles is None else settling_nonce(chance.randbytes(16), settles)
        return Approval(
            permit.digest(), right, self.person, at, SHOWN, self._proof(permit, right, at, nonce), settles
        )

    def _proof(self, permit: Permit, right: DecisionRight, at: datetime, nonce: bytes) -> Proof:
        if self.passkey is not None:
            return self.assertion(permit.digest(), nonce)
        if self.ssh is None:
            return TotpProof(59_000_000, "123456")
        until = at.replace(microsecond=0) + timedelta(minutes=30)
        message = SignedDecision(
            Verdict.APPROVE, permit, right, self.person, SHOWN, nonce, LOG, permit.charter_digest, until
        ).message()
        return SshProof(message, self.ssh.sign(message))

    def assertion(self, digest: bytes, nonce: bytes) -> PasskeyProof:
        """By their passkey, over anything."""
        assert self.passkey is not None
        return self.passkey.assertion(digest, nonce=nonce, flags=self.flags)

    def attest(self, subject: str, at: datetime, chance: random.Random) -> Attested:
        """That they answer for ``subject``: by their passkey, or with a code."""
        said = Statement(subject, self.person, at, chance.randbytes(16))
        if self.passkey is None:
            return Attested(said, TotpProof(58_000_000, "654321"))
        return Attested(said, self.assertion(said.digest(), chance.randbytes(32)))


def trust_of(people: list[Approver]) -> bytes:
    """The plant's trust file."""
    lines = [
        "# Whose keys count.",
        'schema = "penstock-trust/1"',
        f'rp_id = "{RP_ID}"',
        f'origins = ["{ORIGIN}"]',
    ]
    for one in people:
        lines += ["", *one.lines()]
    return ("\n".join(lines) + "\n").encode()

"""A security key in software: a real P-256 key that makes real WebAuthn bytes, flags as told.

For tests and the tour. ``create`` and ``get`` answer the JSON that the console's page would hand to
``navigator.credentials``, with the JSON that the browser would post back.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """One credential on one device. Change a field to make it misbehave."""

    origin: str
    rp_id: str = "localhost"
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    present: bool = True
    verified: bool = True
    backup_eligible: bool = False
    backed_up: bool = False
    sign_count: int = 0
    """What the next answer says; 0 stays 0, as synced passkeys do."""
    kind: str | None = None
    """The client data's type, when it should be a wrong one."""
    client_extras: dict[str, Any] = field(default_factory=dict)

    def public_key(self) -> bytes:
        """COSE_Key: EC2, ES256, P-256 (RFC 9053 section 7.1.1)."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )

    def create(self, options: str) -> str:
        """The answer to registration options."""
        client = self._client("webauthn.create", json.loads(options)["challenge"])
        attested = (
            bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key()
        )
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._credential(
            {"clientDataJSON": base64url(client), "attestationObject": base64url(cbor2.dumps(statement))}
        )

    def get(self, options: str) -> str:
        """The answer to assertion options."""
        return self.sign(from_base64url(json.loads(options)["challenge"]))

    def sign(self, challenge: bytes) -> str:
        """The answer to one challenge."""
        client = self._client("webauthn.get", base64url(challenge))
        data = self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": base64url(client),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
            }
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        client = {
            "type": self.kind or kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(client | self.client_extras).encode()

    def _data(self, more: int = 0) -> bytes:
        flags = more
        flags |= USER_PRESENT * self.present | USER_VERIFIED * self.verified
        flags |= BACKUP_ELIGIBLE * self.backup_eligible | BACKED_UP * self.backed_up
        data = (
            hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")
        )
        self.sign_count += 1 if self.sign_count else 0
        return data

    def _credential(self, response: dict[str, str]) -> str:
        name = base64url(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
                "authenticatorAttachment": "cross-platform",
            }
        )


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

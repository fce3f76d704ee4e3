"""A browser that was subscribed, as its maker's push service and it see a message: RFC 8291 from the other end."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from broker.notices.channels.sealed import Browser, public_bytes


def plain(text: str) -> bytes:
    """Base64 for addresses, with or without its padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> EllipticCurvePrivateKey:
    """A private key as RFC 8291 writes it."""
    return derive_private_key(int.from_bytes(plain(text)), SECP256R1())


@dataclass(frozen=True)
class Receiver:
    """One browser: its key, and what it takes out of a body."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    auth: bytes = b"sixteen bytes !!"

    @property
    def browser(self) -> Browser:
        return Browser(public_bytes(self.key), self.auth)

    def opened(self, body: bytes) -> bytes:
        """The text of a message; whatever is not as RFC 8188 and 8291 say fails."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size <= 4096
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs))
        # RFC 5869 by hand, so that this end shares nothing with the other.
        info = b"WebPush: info\0" + public_bytes(self.key) + theirs + b"\1"
        between = digest(digest(self.auth, shared, sha256), info, sha256)
        master = digest(salt, between, sha256)
        key = digest(master, b"Content-Encoding: aes128gcm\0\1", sha256)[:16]
        nonce = digest(master, b"Content-Encoding: nonce\0\1", sha256)[:12]
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert text.endswith(b"\2"), "the last record says that it is the last"
        return text[:-1]


def vouching(header: str) -> dict[str, object]:
    """The claims of a VAPID header, once its signature was checked by the key that it names."""
    scheme, _, rest = header.partition(" ")
    fields = dict(one.split("=", 1) for one in rest.split(", "))
    head, claims, signature = fields["t"].split(".")
    assert (scheme, json.loads(plain(head))) == ("vapid", {"typ": "JWT", "alg": "ES256"})
    raw = plain(signature)
    both = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), plain(fields["k"]))
    key.verify(both, f"{head}.{claims}".encode(), ECDSA(SHA256()))
    return json.loads(plain(claims))

"""A message that only one browser can read, and the word of who sends it: RFC 8188, 8291 and 8292. Pure.

What lies between, the browser maker's push service, sees how long it is, when it comes, and whose node sent it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT_BYTES, AUTH_BYTES, SALT_BYTES = 65, 16, 16
RECORD_BYTES = 4096  # RFC 8291 section 4: one record; push services take no more than 4096 bytes
LONGEST_BYTES = 3000
STEP_BYTES = 256
"""Every text is filled up to a multiple of this, so that its length tells little."""


@dataclass(frozen=True, slots=True)
class Browser:
    """The keys of one subscription (RFC 8291 section 2): ValueError when they are none."""

    p256dh: bytes
    auth: bytes

    def __post_init__(self) -> None:
        if len(self.auth) != AUTH_BYTES:
            raise ValueError("a browser's secret is 16 bytes")
        self.key()

    def key(self) -> EllipticCurvePublicKey:
        """The browser's public key; a point that is not on the curve is refused."""
        if len(self.p256dh) != POINT_BYTES:
            raise ValueError("a browser's key is an uncompressed point of 65 bytes")
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), self.p256dh)


def sealed(
    text: bytes, browser: Browser, once: EllipticCurvePrivateKey, salt: bytes, step: int = STEP_BYTES
) -> bytes:
    """``text`` for ``browser`` alone; ``once`` and ``salt`` are drawn for this message and never used again."""
    if len(text) > LONGEST_BYTES or len(salt) != SALT_BYTES:
        raise ValueError(f"a push message holds {LONGEST_BYTES} bytes at most, under a salt of 16")
    theirs, ours = browser.p256dh, public_bytes(once)
    shared = once.exchange(ECDH(), browser.key())
    key = _derived(browser.auth, shared, b"WebPush: info\x00" + theirs + ours, 32)
    cipher = AESGCM(_derived(salt, key, b"Content-Encoding: aes128gcm\x00", 16))
    nonce = _derived(salt, key, b"Content-Encoding: nonce\x00", 12)
    filled = text + b"\x02" + bytes(-(len(text) + 1) % step)
    head = salt + RECORD_BYTES.to_bytes(4) + bytes([POINT_BYTES]) + ours
    return head + cipher.encrypt(nonce, filled, None)


def vouched(endpoint: str, key: EllipticCurvePrivateKey, contact: str, expires: datetime) -> str:
    """The ``Authorization`` header for one push service: that this node sends, and until when that counts."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(expires.timestamp())}
    if contact:
        claims["sub"] = contact
    said = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(said.encode(), ECDSA(SHA256())))
    return f"vapid t={said}.{in_base64(r.to_bytes(32) + s.to_bytes(32))}, k={in_base64(public_bytes(key))}"


def public_bytes(key: EllipticCurvePrivateKey) -> bytes:
    """The public half as an uncompressed point: what a browser is given as ``applicationServerKey``."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def in_base64(data: bytes) -> str:
    """Base64 for addresses, without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def of_base64(text: str) -> bytes:
    """What ``in_base64`` wrote; ValueError for anything else."""
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if in_base64(found) != text.rstrip("="):
        raise ValueError("this is not base64")
    return found


def _derived(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(key)


def _json(document: object) -> str:
    return in_base64(json.dumps(document, separators=(",", ":")).encode())

"""How a webhook's receiver knows that a document is ours, whole and of now: HMAC-SHA256 over instant and body. Pure.

    Penstock-Timestamp: 1772438400
    Penstock-Signature: v1=<64 hex digits of HMAC-SHA256(secret, timestamp + "." + body)>

docs/notices.md has the receiver's half. ``verify`` is that half, and what the tests' own sink goes by.
"""

import hashlib
import hmac
from datetime import datetime

TIMESTAMP, SIGNATURE = "Penstock-Timestamp", "Penstock-Signature"

REPLAY_S = 300
"""How old or how early a document may be for its receiver; beyond that it is somebody's copy."""

LEAST_SECRET_CHARACTERS = 32


def signed(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The two headers for ``body``, sent at ``at``."""
    stamp = str(int(at.timestamp()))
    return {TIMESTAMP: stamp, SIGNATURE: f"v1={_mac(secret, stamp, body)}"}


def verify(secret: str, body: bytes, stamp: str, signature: str, now: datetime) -> bool:
    """Whether a document that came with these headers is to be believed at ``now``."""
    if not stamp.isascii() or not stamp.isdigit() or abs(now.timestamp() - int(stamp[:12])) > REPLAY_S:
        return False
    expected = f"v1={_mac(secret, stamp, body)}"
    return any(hmac.compare_digest(expected.encode(), one.strip().encode()) for one in signature.split(","))


def _mac(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()

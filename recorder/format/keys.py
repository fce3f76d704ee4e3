"""The recording's key, wrapped under the node's. It lives in a file of its own, beside the recording.

Beside, not inside: wrapping it again under a new node key then changes no byte of the evidence,
and destroying that one small file makes the contents unreadable while the chain, the ledger and
every proof about the recording go on verifying.
"""

import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError, PenstockError
from domain.ids import SessionId
from recorder.format.cipher import KEY_BYTES

SCHEMA = "penstock-recording-key/1"


def key_id(kek: bytes) -> str:
    """A name for the node's key that tells nothing about it: 16 hex digits."""
    return hashlib.sha256(b"penstock-node-key/1\x00" + kek).hexdigest()[:16]


def wrap(key: bytes, kek: bytes, session: SessionId, nonce: bytes) -> bytes:
    """The key file's bytes. ``nonce`` is 12 random bytes, used once."""
    sealed = AESGCM(kek).encrypt(nonce, key, _context(session))
    return canonical(
        {
            "schema": SCHEMA,
            "session": session,
            "kek": key_id(kek),
            "nonce": nonce.hex(),
            "wrapped": sealed.hex(),
        }
    )


def unwrap(data: bytes, kek: bytes, session: SessionId) -> bytes:
    """The recording's key out of its key file; EvidenceError when ``kek`` is not the one it needs."""
    if len(kek) != KEY_BYTES:
        raise EvidenceError(f"The node's recording key must be {KEY_BYTES} bytes; this one has {len(kek)}.")
    try:
        needed, nonce, wrapped = _parts(parse(data), session)
    except (KeyError, TypeError, ValueError, PenstockError) as error:
        raise EvidenceError(f"This is not the recording's key file: {error}") from error
    if needed != key_id(kek):
        raise EvidenceError(
            f"The recording's key is wrapped under node key {needed}, not {key_id(kek)}.",
            remedy=f"Give the node key {needed}, or wrap the recording's key again under this one.",
        )
    try:
        return AESGCM(kek).decrypt(nonce, wrapped, _context(session))
    except (InvalidTag, ValueError) as error:
        raise EvidenceError("The recording's key file was changed: it does not unwrap.") from error


def rewrap(data: bytes, old: bytes, new: bytes, session: SessionId, nonce: bytes) -> bytes:
    """The key file's bytes under another node key. The recording itself is not touched."""
    return wrap(unwrap(data, old, session), new, session, nonce)


def _parts(document: Json, session: SessionId) -> tuple[str, bytes, bytes]:
    if not isinstance(document, Mapping) or document["schema"] != SCHEMA:
        raise ValueError("its schema is another")
    if document["session"] != session:
        raise ValueError("it belongs to another session")
    nonce, wrapped = bytes.fromhex(str(document["nonce"])), bytes.fromhex(str(document["wrapped"]))
    return str(document["kek"]), nonce, wrapped


def _context(session: SessionId) -> bytes:
    return f"{SCHEMA}\x00{session}".encode("ascii")

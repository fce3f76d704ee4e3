"""What a signature under a checkpoint is made of, one suite beside another (C2SP signed-note, tlog-cosignature).

A suite is one byte in a key's id, so that a key of one suite can't be taken for one of another. Pure.
"""

from datetime import UTC, datetime
from enum import Enum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint

TIME_BYTES = 8
LAST_INSTANT_S = 253_402_300_799
LATEST_S = 2**63 - 1
"""The last instant that a cosignature can state, in seconds since 1970 (tlog-cosignature, "Format")."""


class Suite(Enum):
    """How a key signs. The value is the type byte of signed-note, the key's length and its signature's, in bytes."""

    ED25519 = (0x01, 32, 64)
    """Over the text as it is (signed-note): how a log signs its own head."""
    ED25519_COSIGNATURE = (0x04, 32, TIME_BYTES + 64)
    """Over the text and the time: a witness that has seen no larger tree by then."""
    ML_DSA_44 = (0x06, 1312, TIME_BYTES + 2420)
    """Over size and root, the time, and both names (FIPS 204): holds against a quantum computer as well.

    Extension lines of the text are not under it. A log that signs its own head so says no time.
    """

    @property
    def byte(self) -> bytes:
        """The type byte before the key."""
        return bytes([self.value[0]])

    @property
    def key_bytes(self) -> int:
        """How long a public key is."""
        return self.value[1]

    @property
    def signature_bytes(self) -> int:
        """How long a signature is, with its time where it has one."""
        return self.value[2]

    @property
    def timed(self) -> bool:
        """Whether a signature says when it was made."""
        return self is not Suite.ED25519


def suite_of(material: bytes) -> Suite:
    """The suite of ``material``: a type byte and a public key. ValueError where there is no such suite."""
    for suite in Suite:
        if material[:1] == suite.byte and len(material) == 1 + suite.key_bytes:
            return suite
    raise ValueError("its type is unknown, or its length is not that type's")


def message(suite: Suite, name: str, body: str, seconds: int = 0) -> bytes:
    """What a key of ``name`` signs to vouch for the checkpoint ``body`` at ``seconds`` since 1970.

    EvidenceError when ``body`` is no checkpoint, though the suite signs nothing else; ValueError for a
    time outside [0, 2^63) or a name longer than 255 bytes.
    """
    if not 0 <= seconds <= LATEST_S:
        raise ValueError(f"{seconds} is not a time that a cosignature can state")
    match suite:
        case Suite.ED25519:
            return body.encode()
        case Suite.ED25519_COSIGNATURE:
            Checkpoint.of(body)
            return f"cosignature/v1\ntime {seconds}\n{body}".encode()
        case Suite.ML_DSA_44:
            head = Checkpoint.of(body)
            return b"".join(
                [
                    b"subtree/v1\n\0",
                    _short(name),
                    seconds.to_bytes(8, "big"),
                    _short(head.origin),
                    (0).to_bytes(8, "big"),
                    head.size.to_bytes(8, "big"),
                    head.root,
                ]
            )


def timed(seconds: int, signature: bytes) -> bytes:
    """A signature after its time, as it stands in a line."""
    return seconds.to_bytes(TIME_BYTES, "big") + signature


def time_of(suite: Suite, signature: bytes) -> datetime | None:
    """``seconds_of`` as an instant; EvidenceError for one after the year 9999."""
    seconds = seconds_of(suite, signature)
    if seconds is not None and seconds > LAST_INSTANT_S:
        raise EvidenceError(f"A cosignature says that it was made {seconds} seconds after 1970.")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds_of(suite: Suite, signature: bytes) -> int | None:
    """When ``signature`` says that it was made, in seconds since 1970; None where it does not say."""
    if not suite.timed or len(signature) != suite.signature_bytes:
        return None
    return int.from_bytes(signature[:TIME_BYTES], "big") or None


def verifies(suite: Suite, name: str, public_key: bytes, signature: bytes, body: str) -> bool:
    """Whether the key ``public_key`` of ``name`` made ``signature`` over ``body``; EvidenceError as ``message``."""
    if len(signature) != suite.signature_bytes:
        return False
    seconds = int.from_bytes(signature[:TIME_BYTES], "big") if suite.timed else 0
    if seconds > LATEST_S:
        return False
    made = signature[TIME_BYTES:] if suite.timed else signature
    signed = message(suite, name, body, seconds)
    key = MLDSA44PublicKey if suite is Suite.ML_DSA_44 else Ed25519PublicKey
    try:
        key.from_public_bytes(public_key).verify(made, signed)
    except InvalidSignature:
        return False
    return True


def _short(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= 0xFF:
        raise ValueError(f"{text!r} is not a name of 1 to 255 bytes")
    return bytes([len(data)]) + data

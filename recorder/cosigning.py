"""Private keys that vouch for a head: a witness's, and a log's second one."""

from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from recorder.ledger.note import SignatureLine, VerifierKey
from recorder.ledger.suites import Suite, message, timed


class Cosigner(Protocol):
    """A private key somewhere, by which a witness vouches for what it saw."""

    @property
    def key(self) -> VerifierKey:
        """The public half, under the witness's name."""
        ...

    def cosign(self, body: str, at: datetime | None) -> SignatureLine:
        """The line for a checkpoint's text: no larger tree was seen by ``at``; None where a log says no time."""
        ...


class Ed25519Cosigner:
    """An Ed25519 key in this process's memory; its cosignature always says when."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        public = private_key.public_key().public_bytes_raw()
        self.key = VerifierKey(name, public, Suite.ED25519_COSIGNATURE)

    def cosign(self, body: str, at: datetime | None) -> SignatureLine:
        """See ``Cosigner``; ValueError without a time."""
        if at is None:
            raise ValueError("this suite's cosignature says when")
        seconds = int(at.timestamp())
        signed = self._private_key.sign(message(self.key.suite, self.key.name, body, seconds))
        return SignatureLine(self.key.name, self.key.id, timed(seconds, signed))


class MlDsaCosigner:
    """An ML-DSA-44 key (FIPS 204) in this process's memory."""

    def __init__(self, name: str, private_key: MLDSA44PrivateKey) -> None:
        self._private_key = private_key
        self.key = VerifierKey(name, private_key.public_key().public_bytes_raw(), Suite.ML_DSA_44)

    def cosign(self, body: str, at: datetime | None) -> SignatureLine:
        """See ``Cosigner``."""
        seconds = 0 if at is None else int(at.timestamp())
        signed = self._private_key.sign(message(self.key.suite, self.key.name, body, seconds))
        return SignatureLine(self.key.name, self.key.id, timed(seconds, signed))

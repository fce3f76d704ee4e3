"""Signatures that say "this is the log's own head". Only the signer process holds the private half."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from domain.errors import ConfigError
from recorder.cosigning import Cosigner, MlDsaCosigner
from recorder.ledger.note import Note, VerifierKey, is_key_name, sign


@dataclass(frozen=True, slots=True)
class KeyState:
    """Where a private key is, and whether it can sign now. ``code`` is empty where it can, and stable where it can't."""

    place: str
    """``file``, or the token's label and number."""
    code: str = ""
    fact: str = ""
    remedy: str = ""
    born: bool = False
    """Made in the token and never outside it."""


class Signer(Protocol):
    """A private key somewhere: in a file, in a token, behind another process.

    ``note`` raises EvidenceError, with a code, while the key can't sign; the caller may ask again.
    """

    @property
    def key(self) -> VerifierKey:
        """The public half, under the name that signatures carry."""
        ...

    def note(self, body: str) -> Note:
        """``body`` under this key's line, and those of whatever signs beside it."""
        ...

    def look(self, body: str) -> KeyState:
        """How the key is; ``body`` is a head that it signed before, so that trying it says nothing new."""
        ...


class Ed25519Signer:
    """An Ed25519 key (RFC 8032) in this process's memory."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._key = VerifierKey(name, private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def key(self) -> VerifierKey:
        """The public half, under the name that signatures carry."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``."""
        return self._private_key.sign(message)

    def note(self, body: str) -> Note:
        """``body`` under this key's line."""
        return sign(body, self._key, self.sign)

    def look(self, body: str) -> KeyState:  # noqa: ARG002 (what is in memory needs no trial)
        """It was read, so it can sign."""
        return KeyState("file")


class TwoSuites:
    """A log's Ed25519 key and, on the same head, its ML-DSA-44 key: for whoever reads it when the first is broken.

    Who knows only the first reads it as before. The second says no time (tlog-cosignature): a log's own word is not a
    witness's.
    """

    def __init__(self, first: Signer, second: Cosigner) -> None:
        self._first = first
        self._second = second

    @property
    def key(self) -> VerifierKey:
        """The Ed25519 key's public half."""
        return self._first.key

    def note(self, body: str) -> Note:
        """``body`` under both lines."""
        first = self._first.note(body)
        return Note(body, (*first.lines, self._second.cosign(body, None)))

    def look(self, body: str) -> KeyState:
        """How the first key is: the second is in memory."""
        return self._first.look(body)


def read_signer(path: Path, name: str, second: Path | None = None) -> Signer:
    """The key in a PKCS8 PEM file; ConfigError when there is none, or others may read the file.

    Where ``second`` is there, it is the log's ML-DSA-44 key and signs beside it.
    """
    return beside(_ed25519(path, name), second)


def beside(first: Signer, second: Path | None) -> Signer:
    """``first``, and the log's ML-DSA-44 key beside it where the file ``second`` is there."""
    if second is None or not second.exists():
        return first
    key = _private(second)
    if not isinstance(key, MLDSA44PrivateKey):
        raise ConfigError(
            "The ledger's second key is not an ML-DSA-44 key.",
            remedy="Use the key that init made, or take the file away.",
            file=str(second),
        )
    return TwoSuites(first, MlDsaCosigner(first.key.name, key))


def _ed25519(path: Path, name: str) -> Ed25519Signer:
    if not is_key_name(name):
        raise ConfigError(
            f"{name!r} can't name a key.", remedy="Use an origin such as plant.example/ot-access/1."
        )
    key = _private(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            "The ledger's key is not an Ed25519 key.", remedy="Use the key that init made.", file=str(path)
        )
    return Ed25519Signer(name, key)


def _private(path: Path) -> object:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError("Others may read the ledger's key.", remedy="chmod 600 it.", file=str(path))
            return load_pem_private_key(file.read(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"The ledger's key can't be read: {error}.",
            remedy="Restore it from the backup; a new key means a new log.",
            file=str(path),
        ) from error


def create_key(path: Path, name: str) -> VerifierKey:
    """Draw a key into a new file that only its owner may read; returns the public half to hand out.

    FileExistsError when the file is there: a log's key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    _keep(path, key)
    return Ed25519Signer(name, key).key


def create_second_key(path: Path, name: str) -> VerifierKey:
    """As ``create_key``, for the ML-DSA-44 key that signs beside it."""
    key = MLDSA44PrivateKey.generate()
    _keep(path, key)
    return MlDsaCosigner(name, key).key


def _keep(path: Path, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())

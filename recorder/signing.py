"""Signatures that say "this is the log's own head". Only the signer process holds the private half."""

import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from domain.errors import ConfigError
from recorder.ledger.note import VerifierKey, is_key_name


class Signer(Protocol):
    """A private key somewhere: in a file, in a module, behind another process."""

    @property
    def key(self) -> VerifierKey:
        """The public half, under the name that signatures carry."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over a note's text in UTF-8, which ``key.verifies``."""
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


def read_signer(path: Path, name: str) -> Ed25519Signer:
    """The key in a PKCS8 PEM file; ConfigError when there is none, or others may read the file."""
    if not is_key_name(name):
        raise ConfigError(
            f"{name!r} can't name a key.", remedy="Use an origin such as plant.example/ot-access/1."
        )
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError("Others may read the ledger's key.", remedy="chmod 600 it.", file=str(path))
            key = load_pem_private_key(file.read(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"The ledger's key can't be read: {error}.",
            remedy="Restore it from the backup; a new key means a new log.",
            file=str(path),
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            "The ledger's key is not an Ed25519 key.", remedy="Use the key that init made.", file=str(path)
        )
    return Ed25519Signer(name, key)


def create_key(path: Path, name: str) -> VerifierKey:
    """Draw a key into a new file that only its owner may read; returns the public half to hand out.

    FileExistsError when the file is there: a log's key is never overwritten.
    """
    signer = Ed25519Signer(name, Ed25519PrivateKey.generate())
    pem = signer._private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # noqa: SLF001 - own class
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return signer.key

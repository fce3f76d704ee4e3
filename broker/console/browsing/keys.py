"""The keys of browser tabs: Ed25519, made for one tab, and in this process's memory alone."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from broker.certificate_statement import CertificateStatement


@dataclass(frozen=True, slots=True)
class TabKey:
    """A key that nobody keeps: when this process ends, or its tab does, it is gone."""

    private: bytes = field(repr=False)
    """In OpenSSH's form, for the SSH client."""
    public: str
    """In OpenSSH's one-line form, without a comment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A key that waits for its person's passkey, and what that is to sign."""

    key: TabKey
    statement: CertificateStatement


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a tab is to the gate: its key, and what the gate has certified it for."""

    key: TabKey
    certificate: str
    """One line in OpenSSH's form."""


def new_key() -> TabKey:
    """A key for one tab."""
    key = Ed25519PrivateKey.generate()
    return TabKey(
        key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii"),
    )

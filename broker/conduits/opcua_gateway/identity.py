"""The node's own key and certificate for OPC UA: what vendors' tools and the plant's servers are asked to trust."""

import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from broker.conduits.opcua_gateway.channel import Identity
from domain.errors import ConfigError

KEY_BITS = 3072  # NIST SP 800-57 part 1: 128 bits of security; OPC UA's policies take 2048 to 4096
LASTS = timedelta(days=3650)
"""Servers in plants are told once whom to trust; who wants another key sooner draws one."""

URI = "urn:penstock:gate"
REMEDY = "Draw one on the node: penstock vault opc-ua."


def make(key: Path, certificate: Path, at: datetime) -> None:
    """Draw a new pair, valid from ``at``, and write both files. What a server trusted before it trusts no longer."""
    drawn = generate_private_key(65537, KEY_BITS)
    pair = self_signed(drawn, URI, at)
    pem = drawn.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.touch(mode=0o600)
    key.write_bytes(pem)
    certificate.write_bytes(pair.certificate.public_bytes(Encoding.PEM))


def load(key: Path, certificate: Path) -> Identity:
    """The node's pair. Raises ConfigError where there is none that can be used."""
    try:
        private = load_pem_private_key(key.read_bytes(), None)
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except OSError as error:
        raise ConfigError("This node has no key for OPC UA.", file=str(key), remedy=REMEDY) from error
    except (ValueError, TypeError) as error:
        raise ConfigError("The node's key for OPC UA can't be read.", file=str(key), remedy=REMEDY) from error
    if not isinstance(private, RSAPrivateKey) or private.public_key() != found.public_key():
        raise ConfigError(
            "The node's key and certificate for OPC UA are no pair.", file=str(key), remedy=REMEDY
        )
    return Identity(private, found)


def self_signed(key: RSAPrivateKey, uri: str, at: datetime) -> Identity:
    """An application's certificate as OPC 10000-6, clause 6.2.2 wants it, by its own key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Penstock OPC UA gateway")])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    names = [
        x509.UniformResourceIdentifier(uri),
        x509.DNSName(socket.gethostname()),
        x509.DNSName("localhost"),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Identity(key, certificate)

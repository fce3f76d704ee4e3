"""Keys and certificates for the tests of the OPC UA gateway: drawn once, for they are costly."""

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.clock import SystemClock
from broker.conduits.opcua_gateway.channel import Identity
from broker.conduits.opcua_gateway.identity import self_signed


@cache
def identity(name: str) -> Identity:
    """The pair of ``name``, whose application is ``urn:<name>``."""
    return self_signed(generate_private_key(65537, 2048), f"urn:{name}", SystemClock().now())


def as_files(folder: Path, name: str, one: Identity) -> tuple[Path, Path]:
    """The key (PEM) and the certificate (DER) of ``one``, as asyncua takes them."""
    key, certificate = folder / f"{name}.pem", folder / f"{name}.der"
    key.write_bytes(one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(one.der)
    return key, certificate

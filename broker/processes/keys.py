"""A node's keys, read once at start: what can't be used is named with its file before anything opens."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import ConfigError

if TYPE_CHECKING:
    import asyncssh

WRAPPING_BYTES = 32
RESTORE = "Restore it from the plant's backup."


def wrapping_key(path: Path) -> bytes:
    """The 32 bytes that other keys are wrapped with; ConfigError when there are not exactly these."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(key) != WRAPPING_BYTES:
        raise ConfigError(
            f"The key has {len(key)} bytes, not {WRAPPING_BYTES}.",
            file=str(path),
            remedy=f"{RESTORE} With another one, what was wrapped with it stays closed.",
        )
    return key


def ssh_host_key(path: Path) -> "asyncssh.SSHKey":
    """The gate's own host key, or one of its authorities'; ConfigError when it is missing or no private key."""
    import asyncssh  # noqa: PLC0415 (the console reads its own key here, and has no use for SSH)

    try:
        return asyncssh.import_private_key(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error) from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise ConfigError(
            f"This is not a private SSH key: {error}.",
            file=str(path),
            remedy=f"{RESTORE} With another one, every vendor's client will warn of an impostor.",
        ) from error


def tls_pair(certificate: Path, key: Path) -> None:
    """Return when both can be used, and together; ConfigError otherwise."""
    for path in (certificate, key):
        try:
            path.open("rb").close()
        except OSError as error:
            raise _unreadable(path, error) from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        fact = "don't belong together" if "MISMATCH" in str(error) else "can't be used"
        raise ConfigError(
            f"The console's certificate and its key, {key}, {fact}.",
            file=str(certificate),
            remedy="Put both there as PEM, or restore both from the plant's backup.",
        ) from error


def tls_names(certificate: Path) -> frozenset[str]:
    """The host names that a certificate is for, wildcards as they stand there; ConfigError when it can't be read."""
    from cryptography import x509  # noqa: PLC0415 (a process that only starts has no use for it)

    try:
        names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except OSError as error:
        raise _unreadable(certificate, error) from error
    except (ValueError, x509.ExtensionNotFound) as error:
        raise ConfigError(
            "The console's certificate names no host.",
            file=str(certificate),
            remedy="Put one there with subject alternative names, as PEM.",
        ) from error
    return frozenset(name.lower() for name in names.value.get_values_for_type(x509.DNSName))


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"The key can't be read: {error.strerror}.", file=str(path), remedy=RESTORE)

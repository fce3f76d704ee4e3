"""Make a node's folder: keys, certificate, empty registers. Never touches what is already there.

Every key is drawn here, on the plant's own machine, and never leaves the folder: there is no
default key and no default password to forget.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from approvals.proofs.sshsig import sign
from approvals.trust import SigningKey, Trust, write_approvers, write_codes
from broker.charter.store import keep_application, keep_version
from broker.charter.trust_files import enrol_signing_key
from broker.layout import Layout
from broker.settings import read_settings
from domain.errors import ConfigError
from domain.ids import PersonId
from policies.charter.application import NAMESPACE, Application, Proposal, Signature
from policies.charter.consent import needs, unmet
from policies.charter.documents import read_charter
from recorder.signing import create_key, create_second_key

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397  # the longest that browsers accept

CONFIG = """\
# One Penstock node. docs/settings.md names every setting, its unit and its default.

[ssh]
host = "{ssh_host}"
port = {ssh_port}

[console]
host = "{https_host}"
port = {https_port}
name = "localhost"
pages = "pages.localhost"

[recordings]
least_free_percent = {least_free_percent}

[ledger]
origin = "{origin}"
"""


def found(
    layout: Layout,
    *,
    charter: Mapping[str, str],
    origin: str,
    at: datetime,
    ssh: tuple[str, int] = ("127.0.0.1", 2222),
    https: tuple[str, int] = ("127.0.0.1", 8443),
    least_free_percent: int = 10,
    founder: tuple[PersonId, Path] | None = None,
) -> None:
    """Found a node in an empty or missing folder; ConfigError when something is there already.

    ``founder`` signs the first version of the charter, with an SSH key that is drawn here and written to
    the path; without one, no charter is in force until somebody applies it.
    """
    if layout.folder.exists() and any(layout.folder.iterdir()):
        raise ConfigError(
            "This folder is not empty.",
            file=str(layout.folder),
            remedy="Name a new folder: keys that are already in use are never overwritten.",
        )
    folders = (
        layout.folder,
        layout.charter,
        layout.approvers.parent,
        layout.ssh_host_key.parent,
        layout.vault,
        layout.recordings,
        layout.stored,
        layout.ledger_memory.parent,
        layout.run,
    )
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = CONFIG.format(
        least_free_percent=least_free_percent,
        ssh_host=ssh[0],
        ssh_port=ssh[1],
        https_host=https[0],
        https_port=https[1],
        origin=origin,
    )
    _write(layout.config, config.encode())
    for name, text in charter.items():
        _write(layout.charter / name, text.encode())
    _write(layout.recording_key, secrets.token_bytes(32))
    _write(layout.vault_key, secrets.token_bytes(32))
    push_key = generate_private_key(SECP256R1())
    _write(layout.push_key, push_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    ssh_key = Ed25519PrivateKey.generate()
    _write(layout.ssh_host_key, _openssh(ssh_key))
    for path in (layout.ssh_host_authority, layout.ssh_user_authority):
        _write(path, _openssh(Ed25519PrivateKey.generate()))
    vkey = create_key(layout.ledger_key, origin)
    _write(layout.ledger_vkey, f"{vkey.text()}\n".encode(), mode=0o644)
    second = create_second_key(layout.ledger_second_key, origin)
    _write(layout.ledger_second_vkey, f"{second.text()}\n".encode(), mode=0o644)
    settings = read_settings(layout)
    trust = Trust(rp_id=settings.console.name, origins=(settings.origin,))
    _write(layout.approvers, write_approvers(trust), mode=0o644)
    _write(layout.codes, write_codes(trust))
    _certify(layout, at)
    if founder is not None:
        _sign_first(layout, origin, *founder, at)


def _sign_first(layout: Layout, node: str, person: PersonId, path: Path, at: datetime) -> None:
    """Put the charter in force that lies in the folder, on the founder's own signature."""
    files = layout.charter_files()
    charter = read_charter(files)
    at = at.replace(microsecond=0)
    if open_needs := unmet(needs(None, charter, at), {person}):
        raise ConfigError(f"The first charter {open_needs[0].sentence()}.", file=str(layout.charter))
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, _openssh(key))
    trust = enrol_signing_key(layout, person, SigningKey(_public(key), "founding", at, str(person)))
    proposal = Proposal(node, 1, charter.digest, b"", "Founding of the node", at)
    signature = sign(key, proposal.canonical(), NAMESPACE)
    keep_version(layout, charter, files)
    keep_application(
        layout,
        Application(
            proposal,
            at,
            person,
            trust.digest().hex(),
            (Signature(person, "sshsig", {"signature": signature}),),
        ),
    )


def ssh_public_line(layout: Layout) -> str:
    """The gate's host key in OpenSSH's one-line form, for ``known_hosts``."""
    key = load_ssh_private_key(layout.ssh_host_key.read_bytes(), None)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def new_ssh_key(path: Path) -> str:
    """Write a fresh Ed25519 key in OpenSSH form; its public line."""
    key = Ed25519PrivateKey.generate()
    _write(path, _openssh(key))
    return _public(key)


def public_line() -> str:
    """The public half of a key whose private half is forgotten at once: a place-holder that opens nothing."""
    return _public(Ed25519PrivateKey.generate())


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def _openssh(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _certify(layout: Layout, at: datetime) -> None:
    authority_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Penstock node authority")])
    start = at - timedelta(hours=1)  # a reader's clock may be a little behind ours
    authority = (
        x509.CertificateBuilder()
        .subject_name(authority_name)
        .issuer_name(authority_name)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(at + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names = [
        x509.DNSName("localhost"),
        x509.DNSName("*.pages.localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(authority_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(at + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    # The authority's own key is not kept: it signs this one certificate and nothing else, ever.
    _write(layout.tls_authority, authority.public_bytes(Encoding.PEM), mode=0o644)
    _write(layout.tls_certificate, certificate.public_bytes(Encoding.PEM), mode=0o644)
    _write(layout.tls_key, _pem(key))


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Create, never overwrite, and have it on disk before returning."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())

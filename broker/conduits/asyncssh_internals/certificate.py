# ruff: noqa: SLF001 - this package exists to use what is private in asyncssh
"""OpenSSH certificates (PROTOCOL.certkeys), to and from plain values."""

from dataclasses import dataclass
from datetime import datetime

import asyncssh
from asyncssh.packet import PacketDecodeError, SSHPacket
from asyncssh.public_key import CERT_TYPE_USER, SSHOpenSSHCertificate, decode_ssh_certificate

CERTIFICATES = (b"-cert-v00@openssh.com", b"-cert-v01@openssh.com")
X509 = b"x509v3-"


@dataclass(frozen=True, slots=True)
class Read:
    """A certificate whose signature by the key that it names verified."""

    key: asyncssh.SSHKey
    """What is certified; its holder still has to prove that they hold it."""
    persons: bool
    authority: str
    """The fingerprint of the key that signed."""
    serial: int
    key_id: str
    principals: tuple[str, ...]
    begins_s: int
    ends_s: int
    options: frozenset[str]
    sources: tuple[str, ...]


def is_certificate(key_data: bytes) -> bool:
    """Whether a client offers some certificate, and no bare key."""
    try:
        name = SSHPacket(key_data).get_string()
    except (PacketDecodeError, ValueError):
        return False
    return name.endswith(CERTIFICATES) or name.startswith(X509)


def read_certificate(key_data: bytes) -> Read | None:
    """What is in it; None where it can't be read, is signed wrongly or by a certificate, or demands what is not known."""
    try:
        found = decode_ssh_certificate(key_data)
    except (asyncssh.KeyImportError, PacketDecodeError, ValueError):
        return None
    if not isinstance(found, SSHOpenSSHCertificate):
        return None
    options = found.options
    sources = options.get("source-address", ())
    return Read(
        key=found.key,
        persons=found._cert_type == CERT_TYPE_USER,
        authority=found.signing_key.get_fingerprint(),
        serial=found._serial,
        key_id=found._key_id,
        principals=tuple(found.principals),
        begins_s=found._valid_after,
        ends_s=found._valid_before,
        options=frozenset(options),
        sources=tuple(map(str, sources)) if isinstance(sources, (list, tuple)) else (),
    )


def issue(
    authority: asyncssh.SSHKey,
    key: asyncssh.SSHKey,
    *,
    serial: int,
    key_id: str,
    principal: str,
    begins: datetime,
    ends: datetime,
    sources: tuple[str, ...],
) -> str:
    """One line, as ssh-keygen(1) writes it: a terminal and forwards, and nothing else that a client could be let."""
    made = authority.generate_user_certificate(
        key,
        key_id,
        serial=serial,
        principals=[principal],
        valid_after=begins,
        valid_before=ends,
        source_address=list(sources),
        permit_x11_forwarding=False,
        permit_agent_forwarding=False,
        permit_user_rc=False,
        comment="",
    )
    return made.export_certificate().decode("ascii").strip()

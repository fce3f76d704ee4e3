"""Time-stamp authorities to test against: one whose clock and defects a test chooses, and OpenSSL's own.

Both issue real tokens: CMS over TSTInfo, signed by a certificate that a root issued.
"""

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from recorder.stamps import der
from recorder.stamps.token import (
    CONTENT_TYPE,
    DIGESTS,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
)

POLICY = "1.2.3.4.1"
BEGINS = datetime(2025, 1, 1, tzinfo=UTC)
ENDS = datetime(2045, 1, 1, tzinfo=UTC)
DOTTED = {name: dotted for dotted, name in DIGESTS.items()}
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
KEYS = [ec.derive_private_key(number, ec.SECP256R1()) for number in (2001, 2002, 2003, 2004)]


def sequence(*parts: bytes) -> bytes:
    return der.value(der.SEQUENCE, *parts)


def algorithm(name: str) -> bytes:
    return sequence(der.oid(DOTTED.get(name, name)))


def attribute(kind: str, value: bytes) -> bytes:
    return sequence(der.oid(kind), der.value(der.SET, value))


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


@dataclass
class Root:
    """Whoever issues authorities their certificates, and says which are revoked."""

    name: str = "Test root"
    key: ec.EllipticCurvePrivateKey = KEYS[0]
    begins: datetime = BEGINS
    ends: datetime = ENDS
    issuer: "Root | None" = None
    ca: bool = True
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        by = self.issuer or self
        self.certificate = (
            x509.CertificateBuilder(by_name(by), named(self.name))
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(ca=self.ca, path_length=None), critical=True)
            .sign(by.key, hashes.SHA256())
        )

    def crl(
        self,
        *revoked: tuple[int, datetime, x509.ReasonFlags | None],
        made: datetime,
        until: datetime | None = None,
    ) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(named(self.name))
            .last_update(made)
            .next_update(until or made + timedelta(days=30))
        )
        for serial, at, reason in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256())


def by_name(root: Root) -> x509.Name:
    return named(root.name)


@dataclass
class Authority:
    """A time-stamp authority; each field can be made wrong."""

    root: Root = field(default_factory=Root)
    name: str = "Test TSA"
    key: ec.EllipticCurvePrivateKey = KEYS[1]
    begins: datetime = BEGINS
    ends: datetime = ENDS
    serial: int = 4711
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    accuracy: bytes = der.integer(1)
    certificate: x509.Certificate = field(init=False)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        builder = (
            x509.CertificateBuilder(named(self.root.name), named(self.name))
            .public_key(self.key.public_key())
            .serial_number(self.serial)
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        )
        if self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.purposes), critical=self.critical)
        self.certificate = builder.sign(self.root.key, hashes.SHA256())

    def statement(
        self,
        imprint: bytes,
        at: datetime,
        *,
        digest: str = "sha256",
        nonce: int | None = None,
        policy: str = POLICY,
    ) -> bytes:
        return sequence(
            der.integer(1),
            der.oid(policy),
            sequence(algorithm(digest), der.value(der.OCTET_STRING, imprint)),
            der.integer(next(self._numbers)),
            der.value(der.GENERALIZED_TIME, f"{at:%Y%m%d%H%M%SZ}".encode()),
            sequence(self.accuracy) if self.accuracy else b"",
            b"" if nonce is None else der.integer(nonce),
        )

    def stamp(self, data: bytes, at: datetime, **said: object) -> bytes:
        """A token over ``data``."""
        digest = str(said.get("digest", "sha256"))
        return self.signed(self.statement(hashlib.new(digest, data).digest(), at, **said))  # type: ignore[arg-type]

    def signed(
        self,
        statement: bytes,
        *,
        brings: Sequence[x509.Certificate] | None = None,
        binds: x509.Certificate | None = None,
        crls: Sequence[x509.CertificateRevocationList] = (),
        spoil: bool = False,
        by_key_id: bool = False,
    ) -> bytes:
        """A token that says ``statement``."""
        own = self.certificate
        bound = (binds or own).public_bytes(Encoding.DER)
        certificate_id = sequence(
            sequence(sequence(der.value(der.OCTET_STRING, hashlib.sha256(bound).digest())))
        )
        attributes = b"".join(
            sorted(
                (
                    attribute(CONTENT_TYPE, der.oid(TST_INFO)),
                    attribute(
                        MESSAGE_DIGEST, der.value(der.OCTET_STRING, hashlib.sha256(statement).digest())
                    ),
                    attribute(SIGNING_CERTIFICATE_V2, certificate_id),
                )
            )
        )
        signature = self.key.sign(der.value(der.SET, attributes), ec.ECDSA(hashes.SHA256()))
        if spoil:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        key_id = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        who = (
            der.value(der.context(0, constructed=False), key_id)
            if by_key_id
            else sequence(own.issuer.public_bytes(), der.integer(own.serial_number))
        )
        info = sequence(
            der.integer(3 if by_key_id else 1),
            who,
            algorithm("sha256"),
            der.value(der.context(0), attributes),
            sequence(der.oid(ECDSA_SHA256)),
            der.value(der.OCTET_STRING, signature),
        )
        carried = [own] if brings is None else list(brings)
        lists = b"".join(one.public_bytes(Encoding.DER) for one in crls)
        content = sequence(
            der.integer(3),
            der.value(der.SET, algorithm("sha256")),
            sequence(der.oid(TST_INFO), der.value(der.context(0), der.value(der.OCTET_STRING, statement))),
            der.value(der.context(0), *(one.public_bytes(Encoding.DER) for one in carried))
            if carried
            else b"",
            der.value(der.context(1), lists) if lists else b"",
            der.value(der.SET, info),
        )
        return sequence(der.oid(SIGNED_DATA), der.value(der.context(0), content))

    def reply(self, request: bytes, at: datetime, **said: object) -> bytes:
        """The answer to ``request``."""
        return granted(
            self.signed(self.statement(*imprint_of(request), at, **{**answering(request), **said}))
        )  # type: ignore[arg-type]


def imprint_of(request: bytes) -> tuple[bytes]:
    """What a request asks to have stamped."""
    parts = der.read(request).parts(der.SEQUENCE)
    parts.next()
    imprint = parts.next().parts(der.SEQUENCE)
    imprint.next()
    return (imprint.next().octets(),)


def answering(request: bytes) -> dict[str, object]:
    """The digest, the nonce and the policy that a request names."""
    parts = der.read(request).parts(der.SEQUENCE)
    parts.next()
    digest = parts.next().parts(der.SEQUENCE).next().parts(der.SEQUENCE).next().oid()
    policy = parts.maybe(der.OID)
    said: dict[str, object] = {"digest": DIGESTS[digest], "nonce": parts.next().integer()}
    return said if policy is None else {**said, "policy": policy.oid()}


def granted(token: bytes, status: int = 0) -> bytes:
    return sequence(sequence(der.integer(status)), token)


def refused(status: int = 2, said: str = "", failure: int | None = None) -> bytes:
    text = sequence(der.value(der.UTF8_STRING, said.encode())) if said else b""
    bits = b"" if failure is None else (1 << (63 - failure)).to_bytes(8, "big")
    failed = b"" if failure is None else der.value(der.BIT_STRING, b"\x00" + bits)
    return sequence(sequence(der.integer(status), text, failed))


class OpensslAuthority:
    """``openssl ts`` as an authority, with the certificate of ``authority``; its clock is this machine's."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(authority.key.private_bytes(*form))
        (folder / "tsa.pem").write_bytes(pem(authority.certificate))
        (folder / "root.pem").write_bytes(pem(authority.root.certificate))
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa = t\n[t]\n"
            f"serial = {folder}/serial\nsigner_cert = {folder}/tsa.pem\nsigner_key = {folder}/tsa.key\n"
            f"certs = {folder}/root.pem\nsigner_digest = sha256\ndefault_policy = {POLICY}\n"
            "digests = sha256, sha384, sha512\naccuracy = secs:1\nordering = yes\ntsa_name = yes\n"
            "ess_cert_id_alg = sha256\n"
        )

    def reply(self, request: bytes) -> bytes:
        asked = self.folder / "asked.tsq"
        asked.write_bytes(request)
        made = subprocess.run(
            ["openssl", "ts", "-reply", "-config", self.folder / "ts.cnf", "-queryfile", asked],
            check=True,
            capture_output=True,
        )
        return made.stdout


def openssl_verify(folder: Path, data: bytes, token: bytes, roots: bytes, *more: str) -> str:
    """What ``openssl ts -verify`` says; the test's own files lie in ``folder``."""
    for name, content in (("data", data), ("token.tst", token), ("roots.pem", roots)):
        (folder / name).write_bytes(content)
    told = ["-data", "data", "-in", "token.tst", "-token_in", "-CAfile", "roots.pem", *more]
    done = subprocess.run(["openssl", "ts", "-verify", *told], cwd=folder, check=False, capture_output=True)
    return (done.stdout + done.stderr).decode()

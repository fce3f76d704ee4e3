"""From a time-stamp authority's certificate to a root that somebody trusts, and whether any of it was revoked. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from recorder.stamps.token import StampError

Kind = TypeVar("Kind", bound=x509.ExtensionType)

LONGEST = 6
"""Certificates from the authority's own to the root, both counted."""
LEAST_RSA_BITS = 2048
HASHES = frozenset({"sha256", "sha384", "sha512"})

KNOWN = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.CertificatePolicies.oid,
    }
)
"""Critical extensions that are judged here, or that allow everything where nothing is asked of them. Any other ends the way."""

SOFT = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)
"""Reasons that leave a token valid that was made before: RFC 3161 section 4. Every other one, and none, ends them all."""


@contextmanager
def reading() -> Iterator[None]:
    """Whatever a strange certificate does to its reader is one error: it can't be read."""
    try:
        yield
    except StampError:
        raise
    except (
        ValueError,
        TypeError,
        ArithmeticError,
        LookupError,
        Warning,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise StampError("stamp_unreadable", f"A certificate can't be read: {error!s:.120}.") from error


def certificates_in(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, each once; StampError where it holds none."""
    with reading():
        return tuple(dict.fromkeys(x509.load_pem_x509_certificates(pem)))


def crls_in(pem: bytes) -> tuple[x509.CertificateRevocationList, ...]:
    """The CRLs of a PEM file, in its order; none where it is empty. StampError for one that can't be read.

    Nothing else may stand in it, and each has one written form: what a reader passes over, another may take for a list.
    """
    mark = b"-----END X509 CRL-----\n"
    with reading():
        found = tuple(x509.load_pem_x509_crl(one + mark) for one in pem.split(mark)[:-1])
        if b"".join(one.public_bytes(Encoding.PEM) for one in found) != pem:
            raise StampError("stamp_unreadable", "Beside CRLs in PEM something else stands there.")
        return found


def path_to_root(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> tuple[x509.Certificate, ...]:
    """The way from ``signer`` to one of ``roots``, both in it. StampError ``stamp_untrusted`` where there is none.

    Each was valid at ``at``, or ``stamp_expired``; each may do what it did.
    """
    with reading():
        valid_first = sorted(roots, key=lambda one: not _valid(one, at))
        found = _way(signer, others, valid_first)
        if found is None:
            raise StampError(
                "stamp_untrusted",
                f"No way leads from {name_of(signer)} to a root that is trusted here.",
                remedy="Compare the authority's root, got by another way, with the file of roots.",
            )
        for one in found:
            if not _valid(one, at):
                raise StampError(
                    "stamp_expired",
                    f"The certificate of {name_of(one)} was not valid at {at:%Y-%m-%d %H:%M:%S} UTC: it is for"
                    f" {one.not_valid_before_utc:%Y-%m-%d} to {one.not_valid_after_utc:%Y-%m-%d}.",
                )
        return found


def may_stamp(signer: x509.Certificate) -> None:
    """StampError unless the certificate is for time-stamps, critically, and for nothing else: RFC 3161 section 2.3."""
    with reading():
        extension = _extension(signer, x509.ExtendedKeyUsage)
        allowed = [] if extension is None else list(extension.value)
        if extension is None or not extension.critical or allowed != [ExtendedKeyUsageOID.TIME_STAMPING]:
            raise StampError(
                "stamp_wrong_purpose",
                f"The certificate of {name_of(signer)} is not for time-stamps alone, or does not say so critically.",
            )
        usage = _extension(signer, x509.KeyUsage)
        if usage is not None and not (usage.value.digital_signature or usage.value.content_commitment):
            raise StampError("stamp_wrong_purpose", f"The key of {name_of(signer)} is not for signatures.")
        _strong(signer)


def check_revocation(
    path: Sequence[x509.Certificate],
    crls: Iterable[x509.CertificateRevocationList],
    at: datetime,
    secured: datetime | None = None,
) -> bool:
    """Whether the CRLs speak of every certificate of ``path`` but its root, at ``at``. StampError where one was revoked.

    ``secured`` is when a later time-stamp had taken this one in: what was revoked after that, for whatever reason, was there before.
    """
    lists = tuple(crls)
    complete = True
    with reading():
        for one, issuer in pairwise(path):
            own = [each for each in lists if _issued(each, issuer)]
            for each in own:
                _not_revoked(one, each, at, secured)
            complete = complete and any(_speaks(each, at, end=one is path[0]) for each in own)
    return complete


def name_of(certificate: x509.Certificate) -> str:
    """What its subject is called, in one line."""
    with reading():
        named = certificate.subject.rfc4514_string()[:200] or "nobody"
    return "".join(one if one.isprintable() else " " for one in named)


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _way(
    signer: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...] | None:
    if signer in roots:
        return (signer,)
    ways: list[tuple[x509.Certificate, ...]] = [(signer,)]
    for _ in range(LONGEST - 1):
        longer: list[tuple[x509.Certificate, ...]] = []
        for way in ways:
            for issuer in (*roots, *others):
                if issuer in way or not _may_issue(issuer, way):
                    continue
                if issuer in roots:
                    return (*way, issuer)
                longer.append((*way, issuer))
        ways = longer[:16]
    return None


def _may_issue(issuer: x509.Certificate, way: tuple[x509.Certificate, ...]) -> bool:
    try:
        way[-1].verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    _strong(issuer)
    digest = way[-1].signature_hash_algorithm
    if digest is not None and digest.name not in HASHES:
        raise StampError("stamp_weak", f"The certificate of {name_of(way[-1])} is signed with {digest.name}.")
    basic, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    if basic is None or not basic.value.ca or (usage is not None and not usage.value.key_cert_sign):
        return False
    between = len(way) - 1
    return (basic.value.path_length is None or basic.value.path_length >= between) and _known(way[-1])


def _known(certificate: x509.Certificate) -> bool:
    return all(one.oid in KNOWN for one in certificate.extensions if one.critical)


def _strong(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    match key:
        case rsa.RSAPublicKey():
            sound = key.key_size >= LEAST_RSA_BITS
        case ec.EllipticCurvePublicKey():
            sound = key.key_size >= 256
        case _:
            sound = isinstance(key, ed25519.Ed25519PublicKey)
    if not sound:
        raise StampError(
            "stamp_weak", f"The key of {name_of(certificate)} is too weak, or of an unknown kind."
        )


def _issued(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    match issuer.public_key():
        case rsa.RSAPublicKey() | ec.EllipticCurvePublicKey() | ed25519.Ed25519PublicKey() as key:
            return crl.issuer == issuer.subject and crl.is_signature_valid(key)
        case _:
            return False


def _speaks(crl: x509.CertificateRevocationList, at: datetime, *, end: bool) -> bool:
    """Whether its silence means something: it was good at ``at`` or made later, and is about such certificates."""
    if crl.next_update_utc is not None and crl.next_update_utc < at:
        return False
    for one in crl.extensions:
        if not one.critical:
            continue
        part = one.value
        if not isinstance(part, x509.IssuingDistributionPoint):
            return False
        other_kind = part.only_contains_ca_certs if end else part.only_contains_user_certs
        if part.indirect_crl or part.only_some_reasons or part.only_contains_attribute_certs or other_kind:
            return False
    return True


def _not_revoked(
    certificate: x509.Certificate, crl: x509.CertificateRevocationList, at: datetime, secured: datetime | None
) -> None:
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return
    when = entry.revocation_date_utc
    reasons = [one.value.reason for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
    if secured is not None and when > secured:
        return
    if when > at and reasons and reasons[0] in SOFT:
        return
    why = reasons[0].value if reasons else "no reason given"
    raise StampError(
        "stamp_revoked",
        f"The certificate of {name_of(certificate)} was revoked at {when:%Y-%m-%d %H:%M:%S} UTC ({why}).",
    )


def _extension(certificate: x509.Certificate, kind: type[Kind]) -> x509.Extension[Kind] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None

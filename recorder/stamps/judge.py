"""Ask for a time-stamp, and judge what comes back: RFC 3161 sections 2.2 to 2.4, with every check that it asks for. Pure.

A token that passes says: by the authority's clock, these bytes were there at this instant. Whose word that is, the roots say.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from recorder.stamps import der
from recorder.stamps.chain import check_revocation, may_stamp, name_of, path_to_root, reading
from recorder.stamps.token import DIGESTS, TST_INFO, StampError, Token, read_reply, read_token

GRANTED = frozenset({0, 1})
"""``granted`` and ``grantedWithMods``: RFC 3161 section 2.4.2. Every other status is a no."""

STATUSES = {2: "rejection", 3: "waiting", 4: "revocation warning", 5: "revocation notification"}

HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}

RSA, RSA_PSS, ED25519 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.3.101.112"
RSA_WITH = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
ECDSA_WITH = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request says. ``nonce`` is of this request alone; ``policy`` empty leaves it to the authority."""

    digest: str
    imprint: bytes
    nonce: int
    policy: str = ""

    @staticmethod
    def about(data: bytes, nonce: int, *, digest: str = "sha256", policy: str = "") -> "Asked":
        """A request to stamp ``data``."""
        return Asked(digest, hashlib.new(digest, data).digest(), nonce, policy)

    def request(self) -> bytes:
        """The TimeStampReq. The certificate is always asked for: without it a token can't be checked alone."""
        kind = next(dotted for dotted, name in DIGESTS.items() if name == self.digest)
        algorithm = der.value(der.SEQUENCE, der.oid(kind), der.value(der.NULL))
        return der.value(
            der.SEQUENCE,
            der.integer(1),
            der.value(der.SEQUENCE, algorithm, der.value(der.OCTET_STRING, self.imprint)),
            der.oid(self.policy) if self.policy else b"",
            der.integer(self.nonce),
            der.value(der.BOOLEAN, b"\xff"),
        )


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose word counts. ``policies`` empty takes any; ``crls`` are asked besides those that the token brings."""

    roots: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...] = ()
    policies: frozenset[str] = frozenset()
    revocation_required: bool = False
    """Whether a token counts only where a CRL says that nothing on its way was revoked."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token that was judged says. Without roots ``path`` is the authority's certificate alone, and ``trusted`` False."""

    token: Token
    path: tuple[x509.Certificate, ...]
    trusted: bool
    revocation_known: bool

    @property
    def authority(self) -> str:
        """Who says so."""
        return name_of(self.path[0])

    @property
    def runs_out(self) -> datetime:
        """When the first certificate of its way runs out: by then a later time-stamp must have taken this one in."""
        return min(one.not_valid_after_utc for one in self.path)

    @property
    def latest(self) -> datetime:
        """The latest instant that it can mean, by the authority's own accuracy."""
        return self.token.at + (self.token.accuracy or timedelta())


def judge_reply(
    data: bytes, asked: Asked, trusted: Trusted, sent: datetime, received: datetime, skew: timedelta
) -> Stamp:
    """The stamp that the authority gave to ``asked``; StampError says which check it did not pass.

    ``sent`` and ``received`` are by our own clock, from which the authority's may differ by ``skew``.
    """
    reply = read_reply(data)
    if reply.status not in GRANTED or reply.token is None:
        said = "; ".join(one for one in (*reply.failures, reply.said) if one) or "it does not say why"
        status = STATUSES.get(reply.status, "granted, without a token")
        raise StampError("stamp_not_granted", f"The authority gave no time-stamp ({status}): {said}.")
    token = read_token(reply.token)
    if (token.digest, token.imprint) != (asked.digest, asked.imprint):
        what = "stamp_wrong_imprint" if token.digest == asked.digest else "stamp_wrong_algorithm"
        raise StampError(what, "The time-stamp is for something else than what was sent.")
    if token.nonce != asked.nonce:
        raise StampError("stamp_wrong_nonce", "The time-stamp answers another request than this one.")
    allowed = trusted.policies or (frozenset({asked.policy}) if asked.policy else trusted.policies)
    _allowed(token, allowed)
    stamp = _judged(token, trusted)
    give = skew + (token.accuracy or timedelta())
    if not sent - give <= token.at <= received + give:
        raise StampError(
            "stamp_wrong_time",
            f"The authority says that it is {token.at:%Y-%m-%d %H:%M:%S} UTC; here it is {received:%Y-%m-%d %H:%M:%S}.",
            remedy="Find out which of the two clocks is wrong. A time-stamp that can't be right proves nothing.",
        )
    return stamp


def judge_token(
    data: bytes, stamped: bytes, trusted: Trusted | None, secured: datetime | None = None
) -> Stamp:
    """The stamp that ``data`` is over ``stamped``; StampError as above.

    Without ``trusted`` everything is checked but whose word it is. ``secured`` is as in ``check_revocation``.
    """
    token = read_token(data)
    if token.digest not in HASHES:
        raise StampError("stamp_wrong_algorithm", f"Its imprint is made with {token.digest}.")
    if hashlib.new(token.digest, stamped).digest() != token.imprint:
        raise StampError("stamp_wrong_imprint", "The time-stamp is for something else.")
    _allowed(token, trusted.policies if trusted else frozenset())
    return _judged(token, trusted, secured)


def _allowed(token: Token, policies: Iterable[str]) -> None:
    allowed = frozenset(policies)
    if allowed and token.policy not in allowed:
        raise StampError(
            "stamp_wrong_policy",
            f"It was made under the policy {token.policy}, and {' or '.join(sorted(allowed))} is asked for.",
        )


def _judged(token: Token, trusted: Trusted | None, secured: datetime | None = None) -> Stamp:
    with reading():
        brought = tuple(x509.load_der_x509_certificate(one) for one in token.certificates)
        signer = _signer(token, brought)
        _signed(token, signer)
    may_stamp(signer)
    if trusted is None:
        return Stamp(token, (signer,), trusted=False, revocation_known=False)
    path = path_to_root(signer, brought, trusted.roots, token.at)
    with reading():
        crls = [*trusted.crls, *(x509.load_der_x509_crl(one) for one in token.crls)]
    known = check_revocation(path, crls, token.at, secured)
    if trusted.revocation_required and not known:
        raise StampError(
            "stamp_revocation_unknown", "No CRL of that time says that nothing on its way was revoked."
        )
    return Stamp(token, path, trusted=True, revocation_known=known)


def _signer(token: Token, brought: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signature names and binds, among those that the token brings: RFC 5816 section 2.2.1."""
    ids = token.signer.certificates
    if not ids:
        raise StampError(
            "stamp_other_certificate",
            "What was signed does not say by whose certificate: anybody's could be put in.",
        )
    for one in brought:
        if _named(token, one):
            break
    else:
        raise StampError("stamp_other_certificate", "The certificate that the signature names is not there.")
    whole = one.public_bytes(Encoding.DER)
    for bound in ids:
        if hashlib.new(_supported(bound.digest), whole).digest() != bound.value:
            raise StampError(
                "stamp_other_certificate", "The certificate is another than the one that was signed."
            )
        if bound.serial is not None and bound.serial != one.serial_number:
            raise StampError(
                "stamp_other_certificate", "The certificate's number is another than was signed."
            )
        if bound.issuer and bound.issuer != one.issuer.public_bytes():
            raise StampError(
                "stamp_other_certificate", "The certificate's issuer is another than was signed."
            )
    return one


def _named(token: Token, certificate: x509.Certificate) -> bool:
    signer = token.signer
    if signer.key_id:
        try:
            found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except x509.ExtensionNotFound:
            return False
        return found.value.digest == signer.key_id
    return (signer.issuer, signer.serial) == (certificate.issuer.public_bytes(), certificate.serial_number)


def _supported(digest: str) -> str:
    # RFC 5816: an authority may still name its certificate by SHA-1. That only picks one out of what its issuer signed.
    if digest not in {*HASHES, "sha1"}:
        raise StampError("stamp_wrong_algorithm", f"Its certificate is named by {digest}.")
    return digest


def _signed(token: Token, certificate: x509.Certificate) -> None:
    signer = token.signer
    if signer.digest not in HASHES:
        raise StampError("stamp_wrong_algorithm", f"It is signed with {signer.digest}.")
    if signer.content_type != TST_INFO:
        raise StampError("stamp_bad_signature", "Its signature is over something else than a time-stamp.")
    if hashlib.new(signer.digest, token.statement).digest() != signer.message_digest:
        raise StampError("stamp_bad_signature", "What it says is not what was signed.")
    try:
        _verify(
            certificate.public_key(),
            signer.algorithm,
            signer.digest,
            signer.signature,
            signer.attributes,
            signer.parameters,
        )
    except InvalidSignature as error:
        raise StampError("stamp_bad_signature", "Its signature does not verify.") from error


def _verify(
    key: object, algorithm: str, digest: str, signature: bytes, data: bytes, parameters: bytes
) -> None:
    match key:
        case rsa.RSAPublicKey() if algorithm == RSA_PSS:
            hashed = HASHES[_pss_digest(parameters)]
            mask = padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO)
            key.verify(signature, data, mask, hashed)
        case rsa.RSAPublicKey() if algorithm == RSA or RSA_WITH.get(algorithm) == digest:
            key.verify(signature, data, padding.PKCS1v15(), HASHES[digest])
        case ec.EllipticCurvePublicKey() if ECDSA_WITH.get(algorithm) == digest:
            key.verify(signature, data, ec.ECDSA(HASHES[digest]))
        case ed25519.Ed25519PublicKey() if algorithm == ED25519:
            key.verify(signature, data)
        case _:
            raise StampError(
                "stamp_wrong_algorithm", f"It is signed with {algorithm}, which its key does not do."
            )


def _pss_digest(parameters: bytes) -> str:
    """The hash that RSASSA-PSS-params names: RFC 4055 section 3.1. Its default is SHA-1, which is none of ours."""
    named = der.read(parameters).parts(der.SEQUENCE).maybe(der.context(0))
    found = named.parts(der.context(0)).next().parts(der.SEQUENCE).next().oid() if named else "sha1"
    digest = DIGESTS.get(found, found)
    if digest not in HASHES:
        raise StampError("stamp_wrong_algorithm", f"It is signed with {digest}.")
    return digest

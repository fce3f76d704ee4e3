"""What a time-stamp authority answers, read: RFC 3161 in CMS (RFC 5652). Nothing is believed here yet. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import EvidenceError
from recorder.stamps.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    SEQUENCE,
    SET,
    UTF8_STRING,
    Node,
    Parts,
    context,
    integer_in,
    read,
)

SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"

SHA1 = "sha1"
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""What an imprint and a signature may be made with. SHA-1 and older prove nothing any more."""

LONGEST_BYTES = 256 * 1024
MOST_CERTIFICATES = 16

FAILURES = {
    0: "bad algorithm",
    2: "bad request",
    5: "bad data format",
    14: "its time source is not available",
    15: "it does not stamp under this policy",
    16: "it knows no such extension",
    17: "it can't say how accurate it is",
    25: "it has trouble of its own",
}
"""PKIFailureInfo, RFC 3161 section 2.4.2."""


class StampError(EvidenceError):
    """A time-stamp is not to be believed. ``code`` is stable: the ledger carries it, `docs/timestamps.md` names it."""

    def __init__(self, code: str, fact: str, *, remedy: str = "") -> None:
        super().__init__(fact, remedy=remedy, code=code)


@dataclass(frozen=True, slots=True)
class Reply:
    """A TimeStampResp. ``token`` is None where the authority gave none."""

    status: int
    said: str
    failures: tuple[str, ...]
    token: bytes | None


@dataclass(frozen=True, slots=True)
class CertificateId:
    """By what the signer's certificate is bound into what was signed (RFC 5035)."""

    digest: str
    value: bytes
    issuer: bytes
    """The issuer's name in DER; empty where it is not said."""
    serial: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """Who says to have signed, and how. Either ``issuer`` and ``serial``, or ``key_id``, names the certificate."""

    issuer: bytes
    serial: int
    key_id: bytes
    digest: str
    attributes: bytes
    """The signed attributes as they are hashed: a SET."""
    content_type: str
    message_digest: bytes
    certificates: tuple[CertificateId, ...]
    """The first of each attribute that binds the certificate: one, or two where an authority writes both."""
    algorithm: str
    parameters: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Token:
    """A TimeStampToken: what was stamped, when, and under whose signature."""

    whole: bytes
    statement: bytes
    """The TSTInfo, which the message digest is over."""
    policy: str
    digest: str
    imprint: bytes
    serial: int
    at: datetime
    accuracy: timedelta | None
    """How far off ``at`` may be, by the authority's own word; None where it does not say."""
    nonce: int | None
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    signer: Signed


def read_reply(data: bytes) -> Reply:
    """The answer in ``data``; StampError for anything else."""
    try:
        return _reply(_whole(data))
    except StampError:
        raise
    except EvidenceError as error:
        raise _unreadable(error) from error


def read_token(data: bytes) -> Token:
    """The token in ``data``; StampError for anything else."""
    try:
        return _token(_whole(data))
    except StampError:
        raise
    except EvidenceError as error:
        raise _unreadable(error) from error


def _unreadable(error: EvidenceError) -> StampError:
    return StampError("stamp_unreadable", f"The time-stamp can't be read: {error.fact}")


def _whole(data: bytes) -> Node:
    if len(data) > LONGEST_BYTES:
        raise EvidenceError(f"It has more than {LONGEST_BYTES} bytes.")
    return read(data)


def _reply(node: Node) -> Reply:
    parts = node.parts(SEQUENCE)
    info = parts.next().parts(SEQUENCE)
    status = info.next().integer()
    free = info.maybe(SEQUENCE)
    said = [_text(one) for one in free.parts(SEQUENCE).rest()] if free else []
    failed = info.maybe(BIT_STRING)
    info.end()
    token = None if parts.over else parts.next().whole
    parts.end()
    return Reply(status, " ".join(said), _failures(failed), token)


def _text(node: Node) -> str:
    node.parts(UTF8_STRING)
    text = node.body.decode("utf-8", "replace")[:200]
    return "".join(one if one.isprintable() else " " for one in text).strip()


def _failures(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    bits = node.body[1:9]
    numbers = [at for at in range(len(bits) * 8) if bits[at // 8] >> (7 - at % 8) & 1]
    return tuple(FAILURES.get(one, f"failure {one}") for one in numbers)


def _token(node: Node) -> Token:
    content = _explicit(node, SIGNED_DATA)
    parts = content.parts(SEQUENCE)
    parts.next().integer()
    parts.next().parts(SET)
    statement = _explicit(parts.next(), TST_INFO).octets()
    certificates = _optional(parts, context(0))
    crls = _optional(parts, context(1))
    signers = parts.next().parts(SET).rest()
    parts.end()
    if len(signers) != 1:
        raise EvidenceError(f"It has {len(signers)} signatures; it must have one.")
    if len(certificates) > MOST_CERTIFICATES or len(crls) > MOST_CERTIFICATES:
        raise EvidenceError("It brings too many certificates.")
    return _stated(node.whole, statement, certificates, crls, _signer(signers[0]))


def _explicit(node: Node, kind: str) -> Node:
    parts = node.parts(SEQUENCE)
    found = parts.next().oid()
    if found != kind:
        raise EvidenceError(f"Its content is of the kind {found}, not {kind}.")
    inner = parts.next().parts(context(0))
    content = inner.next()
    inner.end()
    parts.end()
    return content


def _optional(parts: Parts, tag: int) -> tuple[bytes, ...]:
    """CMS certificates and CRLs; other kinds than X.509's own are passed over."""
    node = parts.maybe(tag)
    return tuple(one.whole for one in node.parts(tag).rest() if one.tag == SEQUENCE) if node else ()


def _stated(
    whole: bytes,
    statement: bytes,
    certificates: tuple[bytes, ...],
    crls: tuple[bytes, ...],
    signer: Signed,
) -> Token:
    parts = read(statement).parts(SEQUENCE)
    if parts.next().integer() != 1:
        raise EvidenceError("Its version is not 1.")
    policy = parts.next().oid()
    imprint = parts.next().parts(SEQUENCE)
    digest = imprint.next().parts(SEQUENCE).next().oid()
    hashed = imprint.next().octets()
    imprint.end()
    serial, at = parts.next().integer(), parts.next().instant()
    accuracy = parts.maybe(SEQUENCE)
    parts.maybe(BOOLEAN)
    nonce = parts.maybe(INTEGER)
    for left in parts.rest():
        if left.tag == context(1):
            _extensions(left)
        elif left.tag != context(0):
            raise EvidenceError("Its statement holds something that has no place in it.")
    return Token(
        whole=whole,
        statement=statement,
        policy=policy,
        digest=DIGESTS.get(digest, digest),
        imprint=hashed,
        serial=serial,
        at=at,
        accuracy=None if accuracy is None else _accuracy(accuracy),
        nonce=None if nonce is None else nonce.integer(),
        certificates=certificates,
        crls=crls,
        signer=signer,
    )


def _extensions(node: Node) -> None:
    for one in node.parts(context(1)).rest():
        parts = one.parts(SEQUENCE)
        kind, critical = parts.next().oid(), parts.maybe(BOOLEAN)
        if critical is not None and critical.body != b"\x00":
            raise EvidenceError(f"It has a critical extension {kind}, which nobody here knows.")


def _accuracy(node: Node) -> timedelta:
    parts = node.parts(SEQUENCE)
    seconds = parts.maybe(INTEGER)
    milli, micro = parts.maybe(context(0, constructed=False)), parts.maybe(context(1, constructed=False))
    parts.end()
    found = [0 if one is None else integer_in(one.body) for one in (seconds, milli, micro)]
    if not 0 <= found[0] <= 86_400 or not all(0 <= one <= 999 for one in found[1:]):
        raise EvidenceError("Its accuracy is out of all bounds.")
    accuracy = timedelta(seconds=found[0], milliseconds=found[1], microseconds=found[2])
    if accuracy > timedelta(days=1):
        raise EvidenceError("Its accuracy is out of all bounds.")
    return accuracy


def _signer(node: Node) -> Signed:
    parts = node.parts(SEQUENCE)
    parts.next().integer()
    who = parts.next()
    issuer, serial, key_id = b"", 0, b""
    if who.tag == SEQUENCE:
        named = who.parts(SEQUENCE)
        issuer, serial = named.next().whole, named.next().integer()
        named.end()
    else:
        who.parts(context(0, constructed=False))
        key_id = who.body
    digest = _digest(parts.next())
    attributes = parts.next()
    found = _attributes(attributes)
    algorithm = parts.next().parts(SEQUENCE)
    kind = algorithm.next().oid()
    parameters = b"" if algorithm.over else algorithm.next().whole
    signature = parts.next().octets()
    ids = [
        _certificate_id(found[kind], v2=kind == SIGNING_CERTIFICATE_V2)
        for kind in (SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2)
        if kind in found
    ]
    if CONTENT_TYPE not in found or MESSAGE_DIGEST not in found:
        raise EvidenceError("Its signature does not say what it is over.")
    return Signed(
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        digest=digest,
        attributes=bytes([SET]) + attributes.whole[1:],
        content_type=found[CONTENT_TYPE].oid(),
        message_digest=found[MESSAGE_DIGEST].octets(),
        certificates=tuple(ids),
        algorithm=kind,
        parameters=parameters,
        signature=signature,
    )


def _attributes(node: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for one in node.parts(context(0)).rest():
        parts = one.parts(SEQUENCE)
        kind, values = parts.next().oid(), parts.next().parts(SET).rest()
        parts.end()
        if kind in found or len(values) != 1:
            raise EvidenceError(f"The signed attribute {kind} is there more than once, or has not one value.")
        found[kind] = values[0]
    return found


def _certificate_id(node: Node, *, v2: bool) -> CertificateId:
    first = node.parts(SEQUENCE).next().parts(SEQUENCE).next().parts(SEQUENCE)
    named = first.maybe(SEQUENCE) if v2 else None
    digest = _digest(named) if named else "sha256" if v2 else SHA1
    hashed = first.next().octets()
    issuer, serial = b"", None
    if not first.over:
        said = first.next().parts(SEQUENCE)
        names = said.next().parts(SEQUENCE).rest()
        serial = said.next().integer()
        if len(names) == 1 and names[0].tag == context(4):
            issuer = names[0].body
    return CertificateId(digest, hashed, issuer, serial)


def _digest(node: Node) -> str:
    kind = node.parts(SEQUENCE).next().oid()
    return DIGESTS.get(kind, kind)

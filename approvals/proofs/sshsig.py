"""Signatures of ``ssh-keygen -Y sign`` (OpenSSH PROTOCOL.sshsig), for people who live in a terminal.

A signature names its namespace, so that one made for a commit or a file never counts for anything of
ours. Keys: Ed25519, ECDSA, RSA of 3072 bits or more with SHA-2, and the security-key kinds, which must
say that somebody touched them and, where that is asked for, that they checked who.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from approvals.armour import BEGIN, END, LONGEST_CHARS, bare, malformed
from approvals.trust import SigningKey
from domain.errors import ProofError

MAGIC = b"SSHSIG"
HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
SECURITY_KEYS = {
    b"sk-ssh-ed25519@openssh.com": b"ssh-ed25519",
    b"sk-ecdsa-sha2-nistp256@openssh.com": b"ecdsa-sha2-nistp256",
}
CURVES: dict[bytes, type[hashes.HashAlgorithm]] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256,
    b"ecdsa-sha2-nistp384": hashes.SHA384,
    b"ecdsa-sha2-nistp521": hashes.SHA512,
}  # RFC 5656 section 6.2.1
RSA_HASHES: dict[bytes, type[hashes.HashAlgorithm]] = {
    b"rsa-sha2-512": hashes.SHA512,
    b"rsa-sha2-256": hashes.SHA256,
}  # RFC 8332; SHA-1 is not among them
TOUCHED, VERIFIED = 0x01, 0x04  # PROTOCOL.u2f: the flags of user presence and user verification
SHORTEST_RSA_BITS = 3072


@dataclass(frozen=True, slots=True)
class _Parts:
    key: bytes
    namespace: bytes
    reserved: bytes
    hash_name: bytes
    signature: bytes


def check(armoured: str, message: bytes, namespace: str, keys: Sequence[SigningKey]) -> SigningKey:
    """Which of ``keys`` signed ``message`` in ``namespace``; ProofError when none did."""
    return check_bare(bare(armoured), message, namespace, keys)


def check_bare(
    signature: bytes,
    message: bytes,
    namespace: str,
    keys: Sequence[SigningKey],
    *,
    user_verified: bool = False,
) -> SigningKey:
    """As ``check``, without the armour. ``user_verified``: a security key must have checked who touched it."""
    parts = _read_for(signature, namespace)
    key = next((one for one in keys if compare_digest(_blob(one.key), parts.key)), None)
    if key is None:
        raise ProofError(
            "The SSH signature is by a key that the plant has not enrolled for this person.",
            code="unknown_signing_key",
            remedy="Enrol it at the plant: `penstock people signing-key`.",
        )
    if parts.hash_name not in HASHES:
        raise ProofError("The SSH signature uses a hash that does not count.", code="weak_signature")
    signed = _covered(parts, HASHES[parts.hash_name](message).digest())
    _verify(key.key, parts, signed, TOUCHED | VERIFIED if user_verified else TOUCHED)
    return key


def check_digests(
    signature: bytes, digests: Mapping[str, bytes], namespace: str, lines: Collection[str]
) -> str:
    """Which of these public keys signed what has these digests, by ``sha256`` and ``sha512``; ProofError when none did."""
    parts = _read_for(signature, namespace)
    key = key_in(signature, lines)
    if not key:
        raise ProofError(
            "The SSH signature is by a key that the charter does not name here.", code="unknown_signing_key"
        )
    digest = digests.get(parts.hash_name.decode("ascii", "replace"))
    if not digest:
        raise ProofError("The SSH signature uses a hash that does not count.", code="weak_signature")
    _verify(key, parts, _covered(parts, digest), TOUCHED)
    return key


def key_in(signature: bytes, lines: Collection[str]) -> str:
    """Which of these public keys a signature says it is by; empty for another. Verifies nothing; ProofError for what is none."""
    parts = _read(signature)
    return next((one for one in sorted(lines) if compare_digest(_blob(one), parts.key)), "")


def sign(key: ed25519.Ed25519PrivateKey, message: bytes, namespace: str) -> str:
    """What ``ssh-keygen -Y sign`` would write, for a key that this process has just drawn itself."""
    kind = b"ssh-ed25519"
    named = (namespace.encode(), b"", b"sha512")
    signed = MAGIC + b"".join(map(_string, (*named, hashlib.sha512(message).digest())))
    blob = _string(kind) + _string(key.public_key().public_bytes_raw())
    signature = _string(kind) + _string(key.sign(signed))
    whole = MAGIC + (1).to_bytes(4) + b"".join(map(_string, (blob, *named, signature)))
    return f"{BEGIN}\n{b64encode(whole).decode()}\n{END}\n"


def is_signing_key(line: str) -> bool:
    """Whether an OpenSSH public key line is of a kind that can sign here."""
    try:
        kind, public = _public(_blob(line))
    except (ProofError, ValueError, UnsupportedAlgorithm):
        return False
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size >= SHORTEST_RSA_BITS
    return kind in {b"ssh-ed25519", *CURVES, *SECURITY_KEYS}


def _read_for(signature: bytes, namespace: str) -> _Parts:
    parts = _read(signature)
    if not compare_digest(parts.namespace, namespace.encode()):
        raise ProofError(
            "The SSH signature was made for something else.",
            code="wrong_namespace",
            remedy=f"Sign again with: ssh-keygen -Y sign -n {namespace}",
        )
    return parts


def _covered(parts: _Parts, digest: bytes) -> bytes:
    return MAGIC + b"".join(map(_string, (parts.namespace, parts.reserved, parts.hash_name, digest)))


def _read(data: bytes) -> _Parts:
    if len(data) > LONGEST_CHARS:
        raise malformed("it is too long")
    if data[:10] != MAGIC + (1).to_bytes(4):
        raise malformed("it is of another version")
    fields, rest = [], data[10:]
    for _ in range(5):
        field, rest = _take(rest)
        fields.append(field)
    if rest:
        raise malformed("something follows it")
    return _Parts(*fields)


def _verify(line: str, parts: _Parts, signed: bytes, flags: int) -> None:
    algorithm, rest = _take(parts.signature)
    signature, tail = _take(rest)
    kind, public = _public(_blob(line))
    if kind in SECURITY_KEYS:
        signed = _touched(_blob(line), tail, signed, flags)
    elif tail:
        raise malformed("something follows it")
    try:
        match public:
            case ed25519.Ed25519PublicKey() if algorithm == kind:
                public.verify(signature, signed)
            case ec.EllipticCurvePublicKey() if algorithm == kind:
                r, both = _take(signature)
                s, after = _take(both)
                if after:
                    raise malformed("something follows it")
                der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
                public.verify(der, signed, ec.ECDSA(CURVES[SECURITY_KEYS.get(kind, kind)]()))
            case rsa.RSAPublicKey() if algorithm in RSA_HASHES and public.key_size >= SHORTEST_RSA_BITS:
                public.verify(signature, signed, padding.PKCS1v15(), RSA_HASHES[algorithm]())
            case _:
                raise ProofError("The SSH signature's algorithm does not count.", code="weak_signature")
    except InvalidSignature as error:
        raise ProofError(
            "The SSH signature does not verify: something else was signed.", code="wrong_signature"
        ) from error


def _touched(blob: bytes, tail: bytes, signed: bytes, flags: int) -> bytes:
    """What a security key signs in place of ``signed`` (OpenSSH PROTOCOL.u2f), once it says it was touched."""
    if len(tail) != 5 or not tail[0] & TOUCHED:
        raise ProofError("Nobody touched the security key.", code="user_not_present")
    if tail[0] & flags != flags:
        raise ProofError(
            "The security key did not check who touched it.",
            code="user_not_verified",
            remedy="Draw one that does: `ssh-keygen -t ed25519-sk -O verify-required`, and enrol it.",
        )
    application = b""
    while blob:
        application, blob = _take(blob)
    return hashlib.sha256(application).digest() + tail + hashlib.sha256(signed).digest()


def _public(blob: bytes) -> tuple[bytes, object]:
    """The key's kind, and the key; a security key's public half is an ordinary key's."""
    kind, rest = _take(blob)
    if kind in SECURITY_KEYS:
        plain = SECURITY_KEYS[kind]
        parts = [plain]
        count = 1 if plain == b"ssh-ed25519" else 2
        for _ in range(count):
            part, rest = _take(rest)
            parts.append(part)
        return kind, _load(plain, b"".join(map(_string, parts)))
    return kind, _load(kind, blob)


def _load(kind: bytes, blob: bytes) -> object:
    return load_ssh_public_key(kind + b" " + b64encode(blob))


def _blob(line: str) -> bytes:
    parts = line.split()
    if len(parts) < 2:
        raise ProofError("This is not an OpenSSH public key.", code="malformed_key")
    return b64decode(parts[1])


def _take(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4])
    if len(data) < 4 + length:
        raise malformed("it is cut short")
    return data[4 : 4 + length], data[4 + length :]


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data

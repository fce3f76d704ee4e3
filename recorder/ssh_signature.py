"""Check an SSH signature over a decision years later, with nothing but the enrolled public key.

OpenSSH PROTOCOL.sshsig and PROTOCOL.u2f. Written apart from the gate's own check, so that one fault in
either does not make both agree.
"""

import hashlib
from base64 import b64decode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from domain.errors import ProofError
from domain.permit import Permit
from domain.proof import Approval, SshProof
from domain.signed_decision import NAMESPACE, SignedDecision, Verdict

UP, UV = 0x01, 0x04  # PROTOCOL.u2f
LEAST_RSA_BITS = 3072
LONGEST_BYTES = 16_384
CURVES: dict[bytes, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    b"nistp256": (ec.SECP256R1(), hashes.SHA256()),
    b"nistp384": (ec.SECP384R1(), hashes.SHA384()),
    b"nistp521": (ec.SECP521R1(), hashes.SHA512()),
}


@dataclass(frozen=True, slots=True)
class EnrolledSigner:
    """An SSH signing key as the plant's trust file lists it."""

    person: str
    key: bytes
    """The public key as SSH writes it on the wire."""

    @property
    def in_hardware(self) -> bool:
        """Whether it is a security key's, which can't be copied out of it."""
        return _Wire(self.key).string().startswith(b"sk-")


def enrolled_signer(person: str, line: str) -> EnrolledSigner:
    """The key of one OpenSSH line; ValueError when it is none."""
    kind, data = line.split()
    blob = b64decode(data, validate=True)
    if _Wire(blob).string() != kind.encode():
        raise ValueError("a signing key is not of the kind that its line says")
    return EnrolledSigner(person, blob)


def check_ssh(proof: SshProof, approval: Approval, permit: Permit, keys: tuple[EnrolledSigner, ...]) -> bool:
    """Whether the key can't leave its device, once one of ``keys`` signed this very approval.

    ProofError says what does not hold. ``keys`` are all of the plant's; only the approver's own count.
    """
    said = SignedDecision.of(proof.message)
    if said.permit != permit or said.verdict is not Verdict.APPROVE:
        raise ProofError("The key signed something else than this permit's approval.", code="ssh_other")
    if (said.person, said.right, said.shown) != (approval.approver, approval.right, approval.shown_digest):
        raise ProofError("The key signed under another name or right, or of another text.", code="ssh_other")
    if not approval.at < said.until:
        raise ProofError("The approval was filed after the signature's own end.", code="ssh_late")
    return check_signature(proof, approval.approver, NAMESPACE, keys).in_hardware


def check_signature(
    proof: SshProof, person: str, namespace: str, keys: tuple[EnrolledSigner, ...]
) -> EnrolledSigner:
    """The person's own key, of the plant's ``keys``, that signed ``proof.message`` in ``namespace``; ProofError when none did."""
    if len(proof.signature) > LONGEST_BYTES or not proof.signature.startswith(b"SSHSIG\0\0\0\1"):
        raise ProofError("This is not an SSH signature.", code="ssh_malformed")
    wire = _Wire(proof.signature[10:])
    public, found, reserved, name, signature = (wire.string() for _ in range(5))
    wire.end()
    key = next((one for one in keys if (one.person, one.key) == (person, public)), None)
    if key is None:
        raise ProofError(f"The SSH key is not one that the plant trusted as {person}'s.", code="ssh_unknown")
    if found != namespace.encode() or name not in {b"sha256", b"sha512"}:
        raise ProofError(
            "The SSH signature was made for something else, or with a weak hash.", code="ssh_namespace"
        )
    digest = hashlib.new(name.decode(), proof.message).digest()
    signed = b"SSHSIG" + b"".join(
        len(one).to_bytes(4, "big") + one for one in (found, reserved, name, digest)
    )
    try:
        _verify(public, signature, signed)
    except InvalidSignature as error:
        raise ProofError("The signature is not of the enrolled SSH key.", code="ssh_signature") from error
    except ValueError as error:
        raise ProofError("The enrolled SSH key can't be read.", code="key_malformed") from error
    return key


def _verify(public: bytes, signature: bytes, signed: bytes) -> None:
    wire, made = _Wire(public), _Wire(signature)
    kind, algorithm = wire.string(), made.string()
    raw = made.string()
    if kind in {b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com"} and algorithm == kind:
        point = wire.string()
        ed25519.Ed25519PublicKey.from_public_bytes(point).verify(raw, _covered(kind, wire, made, signed))
    elif kind.startswith((b"ecdsa-sha2-", b"sk-ecdsa-sha2-")) and algorithm == kind:
        curve, point = wire.string(), wire.string()
        if curve not in CURVES or kind.removeprefix(b"sk-").partition(b"@")[0] != b"ecdsa-sha2-" + curve:
            raise ProofError("The enrolled SSH key is of a kind that is not accepted.", code="key_malformed")
        shape, digest = CURVES[curve]
        pair = _Wire(raw)
        r, s = (int.from_bytes(pair.string(), "big") for _ in range(2))
        pair.end()
        key = ec.EllipticCurvePublicKey.from_encoded_point(shape, point)
        key.verify(encode_dss_signature(r, s), _covered(kind, wire, made, signed), ec.ECDSA(digest))
    elif kind == b"ssh-rsa" and algorithm in {b"rsa-sha2-256", b"rsa-sha2-512"}:
        e, n = (int.from_bytes(wire.string(), "big") for _ in range(2))
        if n.bit_length() < LEAST_RSA_BITS:
            raise ProofError("The enrolled SSH key is too short.", code="key_malformed")
        hashed = hashes.SHA512() if algorithm.endswith(b"512") else hashes.SHA256()
        covered = _covered(kind, wire, made, signed)
        rsa.RSAPublicNumbers(e, n).public_key().verify(raw, covered, padding.PKCS1v15(), hashed)
    else:
        raise ProofError("The SSH signature is of a kind that is not accepted.", code="ssh_malformed")


def _covered(kind: bytes, key: "_Wire", made: "_Wire", signed: bytes) -> bytes:
    """What the signature itself covers: ``signed``, or for a security key what its hardware makes of it."""
    if not kind.startswith(b"sk-"):
        key.end()
        made.end()
        return signed
    application = key.string()
    key.end()
    counted = made.rest(5)
    if counted[0] & (UP | UV) != UP | UV:
        raise ProofError("The security key did not check who touched it.", code="ssh_flags")
    return hashlib.sha256(application).digest() + counted + hashlib.sha256(signed).digest()


class _Wire:
    """Reads SSH's strings: four bytes of length, then as many bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def string(self) -> bytes:
        """The next one; ProofError when it is cut off."""
        size = int.from_bytes(self._data[self._at : self._at + 4], "big")
        start = self._at + 4
        if start + size > len(self._data):
            raise ProofError("The SSH signature or its key is cut off.", code="ssh_malformed")
        self._at = start + size
        return self._data[start : self._at]

    def rest(self, size: int) -> bytes:
        """All that is left, which must be exactly this many bytes."""
        left = self._data[self._at :]
        if len(left) != size:
            raise ProofError("The SSH signature is of another length than its kind.", code="ssh_malformed")
        self._at = len(self._data)
        return left

    def end(self) -> None:
        """ProofError when anything is left."""
        self.rest(0)

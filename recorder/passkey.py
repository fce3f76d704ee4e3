"""Check a passkey's assertion years later, with nothing but the enrolled public key.

WebAuthn Level 3, section 7.2, as far as it can be repeated offline. Written apart from the gate's
own check and without its library, so that one fault in either does not make both agree.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from domain.errors import ProofError
from domain.proof import PasskeyProof

UP, UV, BE, BS = 0x01, 0x04, 0x08, 0x10  # section 6.1
LONGEST_PART_BYTES = 16_384
LEAST_RSA_BITS = 2048
NOT_A_KEY = "key_malformed"

# RFC 9053: labels and values of COSE keys.
KTY, ALG, CRV, X, Y, RSA_N, RSA_E = 1, 3, -1, -2, -3, -1, -2


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """A passkey as the plant's trust file lists it."""

    person: str
    credential_id: bytes
    public_key: bytes
    """COSE_Key."""
    backup_eligible: bool


def check_assertion(
    proof: PasskeyProof, permit_digest: bytes, key: EnrolledKey, rp_id: str, origins: tuple[str, ...]
) -> None:
    """Return when the key's owner signed this very permit; ProofError says what does not hold."""
    if (
        max(map(len, (proof.client_data_json, proof.authenticator_data, proof.signature)))
        > LONGEST_PART_BYTES
    ):
        raise ProofError("The assertion is too long to be one.", code="assertion_malformed")
    if len(proof.nonce) != 32:
        raise ProofError("The nonce is not 32 bytes.", code="assertion_malformed")
    _check_client(_client(proof.client_data_json), proof.nonce + permit_digest, origins)
    _check_authenticator(proof.authenticator_data, key, rp_id)
    signed = proof.authenticator_data + hashlib.sha256(proof.client_data_json).digest()
    try:
        _verify(cose_key(key.public_key), proof.signature, signed)
    except InvalidSignature as error:
        raise ProofError(
            "The signature is not of the enrolled passkey.", code="assertion_signature"
        ) from error


def _client(data: bytes) -> Mapping[str, object]:
    try:
        client = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProofError("The client data can't be read.", code="assertion_malformed") from error
    if not isinstance(client, dict):
        raise ProofError("The client data is not an object.", code="assertion_malformed")
    return client


def _check_client(client: Mapping[str, object], challenge: bytes, origins: tuple[str, ...]) -> None:
    if client.get("type") != "webauthn.get":
        raise ProofError("This is not an assertion but something else.", code="assertion_type")
    if client.get("challenge") != urlsafe_b64encode(challenge).rstrip(b"=").decode():
        raise ProofError("The passkey signed something else than this permit.", code="assertion_challenge")
    if client.get("origin") not in origins:
        raise ProofError(
            f"The page that asked came from {str(client.get('origin'))[:200]!r}, elsewhere than the plant's console.",
            code="assertion_origin",
        )
    if client.get("crossOrigin", False) is not False:
        raise ProofError("The page that asked was framed by another site.", code="assertion_framed")


def _check_authenticator(data: bytes, key: EnrolledKey, rp_id: str) -> None:
    if len(data) < 37:
        raise ProofError("The authenticator data is cut off.", code="assertion_malformed")
    if not hmac.compare_digest(data[:32], hashlib.sha256(rp_id.encode()).digest()):
        raise ProofError("The passkey answered for another site.", code="assertion_site")
    flags = data[32]
    if not flags & UP or not flags & UV:
        raise ProofError("The authenticator did not check who touched it.", code="assertion_flags")
    if (flags & BS and not flags & BE) or bool(flags & BE) != key.backup_eligible:
        raise ProofError("The passkey is not of the kind that was enrolled.", code="assertion_kind")


PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


def cose_key(data: bytes) -> PublicKey:
    """The public key in a COSE_Key: ES256, EdDSA or RS256; ProofError for anything else."""
    fields = _cbor_map(data)
    try:
        match fields[KTY], fields[ALG]:
            case (2, -7) if fields[CRV] == 1:
                x, y = _bytes(fields[X]), _bytes(fields[Y])
                return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
            case (1, -8) if fields[CRV] == 6:
                return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(fields[X]))
            case (3, -257):
                modulus, exponent = _bytes(fields[RSA_N]), _bytes(fields[RSA_E])
                numbers = rsa.RSAPublicNumbers(
                    int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")
                )
                if numbers.n.bit_length() < LEAST_RSA_BITS:
                    raise ProofError("The enrolled key is too short.", code=NOT_A_KEY)
                return numbers.public_key()
            case _:
                raise ProofError("The enrolled key is of a kind that is not accepted.", code=NOT_A_KEY)
    except (KeyError, ValueError) as error:
        raise ProofError("The enrolled key can't be read.", code=NOT_A_KEY) from error


def _verify(key: PublicKey, signature: bytes, signed: bytes) -> None:
    match key:
        case ec.EllipticCurvePublicKey():
            key.verify(signature, signed, ec.ECDSA(SHA256()))
        case ed25519.Ed25519PublicKey():
            key.verify(signature, signed)
        case _:
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ProofError("The enrolled key can't be read.", code=NOT_A_KEY)
    return value


def _cbor_map(data: bytes) -> dict[int, int | bytes]:
    """A CBOR map (RFC 8949) of small integers to integers and byte strings: all that a COSE_Key needs."""
    try:
        kind, count, at = _cbor_item(data, 0)
        if kind != 5 or count > 16:
            raise ProofError("The enrolled key is not a map.", code=NOT_A_KEY)
        fields: dict[int, int | bytes] = {}
        for _ in range(count):
            label, at = _cbor_value(data, at)
            value, at = _cbor_value(data, at)
            if not isinstance(label, int) or label in fields:
                raise ProofError(
                    "The enrolled key has a label that is no number, or one twice.", code=NOT_A_KEY
                )
            fields[label] = value
    except IndexError as error:
        raise ProofError("The enrolled key is cut off.", code=NOT_A_KEY) from error
    if at != len(data):
        raise ProofError("There are bytes behind the enrolled key.", code=NOT_A_KEY)
    return fields


def _cbor_value(data: bytes, at: int) -> tuple[int | bytes, int]:
    kind, number, at = _cbor_item(data, at)
    match kind:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2:
            if at + number > len(data):
                raise IndexError
            return data[at : at + number], at + number
        case _:
            raise ProofError("The enrolled key holds something else than numbers and bytes.", code=NOT_A_KEY)


def _cbor_item(data: bytes, at: int) -> tuple[int, int, int]:
    kind, low = data[at] >> 5, data[at] & 31
    if low < 24:
        return kind, low, at + 1
    if low > 26:
        raise ProofError("The enrolled key is written in a form that no authenticator uses.", code=NOT_A_KEY)
    size = 1 << (low - 24)
    if at + 1 + size > len(data):
        raise IndexError
    return kind, int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size

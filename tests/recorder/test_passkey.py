import secrets
from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from approvals.proofs import webauthn
from approvals.trust import read_trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.proof import PasskeyProof
from recorder.passkey import EnrolledKey, check_assertion, cose_key
from tests.for_each import for_each
from tests.recorder.cases import ORIGIN, PETRA, RP_ID, Passkey, permit, trust_file

DIGEST = permit().digest()
ENROLLED = EnrolledKey("petra", PETRA.credential_id, PETRA.public_key, backup_eligible=False)


def check(proof: PasskeyProof, key: EnrolledKey = ENROLLED) -> None:
    check_assertion(proof, DIGEST, key, RP_ID, (ORIGIN,))


def test_a_proof_over_the_permit_holds() -> None:
    check(PETRA.assertion(DIGEST, nonce=secrets.token_bytes(32)))


def test_every_flipped_bit_of_a_proof_breaks_it() -> None:
    whole = PETRA.assertion(DIGEST)
    for part in ("nonce", "client_data_json", "authenticator_data", "signature"):
        data = getattr(whole, part)
        for at in range(len(data)):
            changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            with pytest.raises(ProofError):
                check(replace(whole, **{part: changed}))


SPOILT = [
    pytest.param({}, id="sound"),
    pytest.param({"kind": "webauthn.create"}, id="a registration"),
    pytest.param({"origin": "https://evil.example"}, id="another origin"),
    pytest.param({"rp_id": "evil.example"}, id="another relying party"),
    pytest.param({"flags": 0x00}, id="nobody there"),
    pytest.param({"flags": 0x01}, id="nobody verified"),
    pytest.param({"flags": 0x15}, id="backed up, yet may not be"),
    pytest.param({"flags": 0x1D}, id="of another kind"),
    pytest.param({"cross_origin": True}, id="framed"),
    pytest.param({"nonce": bytes(31)}, id="a short nonce"),
]


@for_each("spoilt", SPOILT)
def test_the_gate_and_the_verifier_judge_alike(spoilt: dict[str, object]) -> None:
    """Two implementations, one library's and one our own: neither accepts what the other refuses."""
    proof = PETRA.assertion(DIGEST, **spoilt)  # type: ignore[arg-type]
    trust = read_trust(trust_file(PETRA))

    def gate() -> None:
        webauthn.check(proof, webauthn.approval_challenge(permit(), proof.nonce), PersonId("petra"), trust)

    if spoilt:
        for judge in (gate, lambda: check(proof)):
            with pytest.raises(ProofError):
                judge()
    else:
        gate()
        check(proof)


def cbor_bytes(data: bytes) -> bytes:
    return b"\x58" + bytes([len(data)]) + data if len(data) < 256 else b"\x59" + len(data).to_bytes(2) + data


def test_ed25519_and_rsa_keys_are_read_too() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate()
    found = cose_key(
        b"\xa4\x01\x01\x03\x27\x20\x06\x21" + cbor_bytes(edwards.public_key().public_bytes_raw())
    )
    assert isinstance(found, ed25519.Ed25519PublicKey)
    found.verify(edwards.sign(b"x"), b"x")
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    data = b"\xa4\x01\x03\x03\x39\x01\x00\x20" + cbor_bytes(numbers.n.to_bytes(256)) + b"\x21\x43\x01\x00\x01"
    found_rsa = cose_key(data)
    assert isinstance(found_rsa, rsa.RSAPublicKey)
    found_rsa.verify(private.sign(b"x", padding.PKCS1v15(), SHA256()), b"x", padding.PKCS1v15(), SHA256())
    weak = rsa.RSAPublicNumbers(65537, numbers.n >> 1100 | 1)
    with pytest.raises(ProofError):
        cose_key(
            b"\xa4\x01\x03\x03\x39\x01\x00\x20" + cbor_bytes(weak.n.to_bytes(128)) + b"\x21\x43\x01\x00\x01"
        )


@for_each(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xa0", id="no fields"),
        pytest.param(PETRA.public_key[:-1], id="cut off"),
        pytest.param(PETRA.public_key + b"\x00", id="something behind"),
        pytest.param(b"\xa2\x01\x02\x01\x02", id="a label twice"),
        pytest.param(b"\xbf\x01\x02\xff", id="an endless map"),
        pytest.param(b"\xa1\x01\x5b" + b"\xff" * 8, id="a huge length"),
        pytest.param(b"\xa1\x01\xa1\x01\x01", id="a map within"),
        pytest.param(PETRA.public_key.replace(b"\x03\x26", b"\x03\x2e"), id="another algorithm"),
        pytest.param(PETRA.public_key[:10] + bytes(32) + PETRA.public_key[42:], id="off the curve"),
    ],
)
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError):
        cose_key(data)


def test_another_key_s_signature_does_not_count() -> None:
    stranger = Passkey("petra", 4242)
    with pytest.raises(ProofError, match="not of the enrolled passkey"):
        check(stranger.assertion(DIGEST))
    assert isinstance(cose_key(stranger.public_key), ec.EllipticCurvePublicKey)
    assert urlsafe_b64decode("") == b""


def test_parts_too_long_to_be_real_are_not_read() -> None:
    with pytest.raises(ProofError, match="too long"):
        check(replace(PETRA.assertion(DIGEST), client_data_json=b" " * 20_000))


@pytest.mark.parametrize("client", [b"", b"[]", b"{", b"\xff", b"[" * 9000])
def test_client_data_that_can_t_be_read_is_refused(client: bytes) -> None:
    with pytest.raises(ProofError):
        check(replace(PETRA.assertion(DIGEST), client_data_json=client))

"""Everything that can be wrong with a passkey's answer, each with its own code."""

import json
import secrets
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.proofs.webauthn import (
    approval_challenge,
    approval_options,
    assertion_options,
    check,
    proof_of,
    register,
    registration_options,
)
from approvals.trust import Trust
from domain.errors import ProofError
from domain.permit import Permit
from domain.proof import PasskeyProof
from tests.approvals.authenticator import Authenticator, base64url, from_base64url
from tests.approvals.desk import BEA, DAN, EVE, NOW, ORIGIN, Desk
from tests.domain.samples import permit

NONCE = bytes(range(32))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk().enrol(BEA, DAN)


def signed(desk: Desk, wish: Permit | None = None, **behaviour: Any) -> PasskeyProof:
    device = replace(desk.devices[BEA], **behaviour)
    return proof_of(device.sign(approval_challenge(wish or permit(), NONCE)), NONCE)


def refused(desk: Desk, proof: PasskeyProof, wish: Permit | None = None) -> str:
    with pytest.raises(ProofError) as raised:
        check(proof, approval_challenge(wish or permit(), proof.nonce), BEA, desk.trust)
    return raised.value.code


def test_an_answer_to_the_permit_shown_verifies(desk: Desk) -> None:
    options = approval_options(desk.trust, BEA, permit(), NONCE)
    shown = check(
        proof_of(desk.devices[BEA].get(options), NONCE), approval_challenge(permit(), NONCE), BEA, desk.trust
    )
    assert shown.passkey == desk.trust.passkeys[BEA][0]
    assert (shown.sign_count, shown.backed_up) == (0, False)


def test_the_challenge_is_the_nonce_and_then_the_permit_s_digest(desk: Desk) -> None:
    """B07: 32 random bytes, then the digest of what is signed."""
    options = json.loads(approval_options(desk.trust, BEA, permit(), NONCE))
    assert from_base64url(options["challenge"]) == NONCE + permit().digest()
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"
    assert [one["id"] for one in options["allowCredentials"]] == [base64url(desk.devices[BEA].credential_id)]


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        pytest.param({"verified": False}, "user_not_verified", id="no PIN, finger or face"),
        pytest.param({"present": False}, "user_not_present", id="nobody touched it"),
        pytest.param({"origin": "https://evil.example"}, "wrong_origin", id="another site's page"),
        pytest.param({"origin": "http://localhost:8443"}, "wrong_origin", id="the same site without TLS"),
        pytest.param({"origin": "https://localhost:9443"}, "wrong_origin", id="another port"),
        pytest.param({"rp_id": "evil.example"}, "wrong_rp_id", id="another relying party"),
        pytest.param({"kind": "webauthn.create"}, "wrong_type", id="a registration"),
        pytest.param({"kind": "payment.get"}, "wrong_type", id="a payment"),
        pytest.param({"client_extras": {"crossOrigin": True}}, "cross_origin", id="a framed page"),
        pytest.param({"client_extras": {"challenge": 7}}, "malformed_assertion", id="a number as challenge"),
        pytest.param({"client_extras": {"origin": [ORIGIN]}}, "wrong_origin", id="a list as origin"),
        pytest.param({"backed_up": True}, "wrong_flags", id="backed up but not eligible"),
        pytest.param({"backup_eligible": True}, "wrong_flags", id="eligible, enrolled as not"),
        pytest.param({"credential_id": b"unknown"}, "unknown_passkey", id="a key never enrolled"),
        pytest.param({"key": Authenticator(ORIGIN).key}, "wrong_signature", id="another key's signature"),
    ],
)
def test_each_fault_has_its_code(desk: Desk, behaviour: dict[str, Any], code: str) -> None:
    assert refused(desk, signed(desk, **behaviour)) == code


def test_another_person_s_passkey_is_unknown_for_this_person(desk: Desk) -> None:
    answer = desk.devices[DAN].sign(approval_challenge(permit(), NONCE))
    assert refused(desk, proof_of(answer, NONCE)) == "unknown_passkey"


def test_abuse_07_an_answer_is_good_for_one_permit_and_one_nonce_only(desk: Desk) -> None:
    proof = signed(desk)
    assert refused(desk, proof, permit(purpose="Something else")) == "wrong_challenge"
    assert refused(desk, replace(proof, nonce=secrets.token_bytes(32))) == "wrong_challenge"
    assert refused(desk, signed(desk, permit(nonce=b"\1" * 16))) == "wrong_challenge"
    with pytest.raises(ProofError, match="32 bytes") as raised:
        approval_challenge(permit(), b"short")
    assert raised.value.code == "wrong_nonce"


@pytest.mark.parametrize(
    ("part", "data", "code"),
    [
        pytest.param("client_data_json", b"{", "malformed_assertion", id="client data cut off"),
        pytest.param("client_data_json", b"\xff", "malformed_assertion", id="client data not text"),
        pytest.param("client_data_json", b"[" * 9000, "malformed_assertion", id="client data nested deep"),
        pytest.param("client_data_json", b"[]", "malformed_assertion", id="client data no object"),
        pytest.param("client_data_json", b"x" * 20_000, "malformed_assertion", id="client data endless"),
        pytest.param("authenticator_data", b"", "malformed_assertion", id="no authenticator data"),
        pytest.param("authenticator_data", b"\xff" * 64, "malformed_assertion", id="noise for CBOR"),
        pytest.param("signature", b"", "wrong_signature", id="no signature"),
        pytest.param("signature", b"\x30\x06\x02\x01\x00\x02\x01\x00", "wrong_signature", id="zeros"),
    ],
)
def test_bytes_that_are_no_answer_are_refused(desk: Desk, part: str, data: bytes, code: str) -> None:
    assert refused(desk, replace(signed(desk), **{part: data})) == code


@given(
    at=st.integers(0, 10_000),
    flip=st.integers(1, 255),
    part=st.sampled_from(["client_data_json", "authenticator_data", "signature", "nonce"]),
)
def test_changing_any_byte_of_an_answer_undoes_it(at: int, flip: int, part: str) -> None:
    desk = _DESK
    proof = signed(desk)
    data = bytearray(getattr(proof, part))
    data[at % len(data)] ^= flip
    with pytest.raises(ProofError):
        check(
            replace(proof, **{part: bytes(data)}),
            approval_challenge(permit(), bytes(data) if part == "nonce" else NONCE),
            BEA,
            desk.trust,
        )


_DESK = Desk().enrol(BEA)


def test_an_enrolled_key_that_can_not_be_read_verifies_nothing(desk: Desk) -> None:
    key = replace(desk.trust.passkeys[BEA][0], public_key=b"\xff")
    broken = replace(desk, trust=replace(desk.trust, passkeys={BEA: (key,)}))
    assert refused(broken, signed(desk)) == "wrong_signature"


def test_registration_asks_for_a_verified_user_and_leaves_out_known_keys(desk: Desk) -> None:
    options = json.loads(registration_options(desk.trust, BEA, "Bea", NONCE))
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [
        base64url(desk.devices[BEA].credential_id)
    ]
    assert from_base64url(options["challenge"]) == NONCE
    assert {one["alg"] for one in options["pubKeyCredParams"]} == {-7, -8, -257}


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param({"verified": False}, id="user not verified"),
        pytest.param({"present": False}, id="user not present"),
        pytest.param({"origin": "https://evil.example"}, id="another origin"),
        pytest.param({"rp_id": "evil.example"}, id="another relying party"),
        pytest.param({"kind": "webauthn.get"}, id="an assertion"),
    ],
)
def test_a_registration_that_is_not_sound_enrols_nothing(behaviour: dict[str, Any]) -> None:
    trust = Trust("localhost", (ORIGIN,))
    answer = Authenticator(**({"origin": ORIGIN} | behaviour)).create(
        registration_options(trust, BEA, "Bea", NONCE)
    )
    with pytest.raises(ProofError) as raised:
        register(answer, NONCE, trust, label="key", at=NOW, by=EVE)
    assert raised.value.code == "not_enrolled"


def test_a_registration_with_another_challenge_enrols_nothing() -> None:
    trust = Trust("localhost", (ORIGIN,))
    answer = Authenticator(ORIGIN).create(registration_options(trust, BEA, "Bea", NONCE))
    with pytest.raises(ProofError, match="can't be enrolled"):
        register(answer, bytes(32), trust, label="key", at=NOW, by=EVE)


def test_a_synced_passkey_is_enrolled_as_one() -> None:
    trust = Trust("localhost", (ORIGIN,))
    device = Authenticator(ORIGIN, backup_eligible=True, backed_up=True)
    key = register(
        device.create(registration_options(trust, BEA, "Bea", NONCE)),
        NONCE,
        trust,
        label="phone",
        at=NOW,
        by=EVE,
    )
    assert (key.backup_eligible, key.label, key.enrolled_at, key.enrolled_by) == (True, "phone", NOW, EVE)
    synced = Desk(trust.with_passkey(BEA, key), {BEA: device})
    assert check(signed(synced), approval_challenge(permit(), NONCE), BEA, synced.trust).backed_up


def test_a_sign_in_uses_a_challenge_of_its_own(desk: Desk) -> None:
    challenge = secrets.token_bytes(32)
    options = assertion_options(desk.trust, (), challenge)
    assert "allowCredentials" not in json.loads(options) or json.loads(options)["allowCredentials"] == []
    proof = proof_of(desk.devices[BEA].get(options), b"")
    assert check(proof, challenge, BEA, desk.trust).passkey.label == "test key"
    with pytest.raises(ProofError):
        check(proof, secrets.token_bytes(32), BEA, desk.trust)


@pytest.mark.parametrize(
    "response", ["", "[]", "{}", b64encode(b"x").decode(), '{"id": 7, "rawId": [], "response": 3}']
)
def test_what_is_no_credential_is_no_proof(response: str) -> None:
    with pytest.raises(ProofError) as raised:
        proof_of(response, NONCE)
    assert raised.value.code == "malformed_assertion"


def test_a_counter_is_reported_as_the_authenticator_gives_it(desk: Desk) -> None:
    counted = check(signed(desk, sign_count=41), approval_challenge(permit(), NONCE), BEA, desk.trust)
    assert counted.sign_count == 41

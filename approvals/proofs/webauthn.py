"""Approval by passkey (WebAuthn Level 3). The signature covers the permit itself.

The challenge is a random nonce followed by SHA-256 of the permit's canonical bytes, so that years
later, offline, the stored assertion still shows which permit its owner signed. Checked here as
section 7.2 asks, step by step, so that each failure has its own stable code; the arithmetic of
COSE keys and signatures is the ``webauthn`` library's.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import verify_authentication_response
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_backup_flags,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import InvalidBackupFlags, WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    CollectedClientData,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from approvals.trust import Passkey, Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import PasskeyProof
from domain.said import say

NONCE_BYTES = 32  # section 13.4.3 wants at least 16 random bytes
TIMEOUT_MS = 300_000
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
LONGEST_PART_BYTES = 16_384  # of an assertion; real ones stay far below 2 KiB
RP_NAME = "Penstock"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a verified assertion says about its authenticator."""

    passkey: Passkey
    sign_count: int
    """0 where the authenticator keeps no counter, as synced passkeys do."""
    backed_up: bool


def approval_challenge(permit: Permit, nonce: bytes) -> bytes:
    """What an approver's passkey signs: ``nonce`` (32 random bytes), then the permit's digest."""
    if len(nonce) != NONCE_BYTES:
        raise ProofError(
            say("An approval's nonce is {nonce_bytes} bytes.", nonce_bytes=NONCE_BYTES), code="wrong_nonce"
        )
    return nonce + permit.digest()


def registration_options(trust: Trust, person: PersonId, name: str, challenge: bytes) -> str:
    """The JSON for ``navigator.credentials.create``; whoever enrols draws ``challenge``."""
    known = [PublicKeyCredentialDescriptor(one.credential_id) for one in trust.passkeys.get(person, ())]
    return options_to_json(
        generate_registration_options(
            rp_id=trust.rp_id,
            rp_name=RP_NAME,
            user_id=hashlib.sha256(f"penstock-person:{person}".encode()).digest(),
            user_name=person,
            user_display_name=name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=known,
            supported_pub_key_algs=ALGORITHMS,
        )
    )


def register(
    response: str, challenge: bytes, trust: Trust, *, label: str, at: datetime, by: PersonId
) -> Passkey:
    """The passkey in the browser's answer to ``registration_options``; ProofError when it is not sound."""
    try:
        made = verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=trust.rp_id,
            expected_origin=list(trust.origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise ProofError(
            say("The passkey can't be enrolled: {error}.", error=f"{error}"),
            code="not_enrolled",
            remedy=say("Use a security key or a device with a PIN, fingerprint or face check."),
        ) from error
    return Passkey(
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        label=label,
        enrolled_at=at,
        enrolled_by=by,
        backup_eligible=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def approval_options(trust: Trust, person: PersonId, permit: Permit, nonce: bytes) -> str:
    """The JSON for ``navigator.credentials.get`` with which ``person`` approves ``permit``."""
    return assertion_options(trust, trust.passkeys.get(person, ()), approval_challenge(permit, nonce))


def assertion_options(trust: Trust, passkeys: tuple[Passkey, ...], challenge: bytes) -> str:
    """The JSON for ``navigator.credentials.get``; with no passkeys named, the browser offers its own."""
    return options_to_json(
        generate_authentication_options(
            rp_id=trust.rp_id,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            allow_credentials=[PublicKeyCredentialDescriptor(one.credential_id) for one in passkeys],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def proof_of(response: str, nonce: bytes) -> PasskeyProof:
    """The browser's answer as a proof to keep; ProofError when it is no assertion. Verifies nothing."""
    try:
        given = parse_authentication_credential_json(response)
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise ProofError(
            say("This is not a passkey's answer: {error}.", error=f"{error}"), code="malformed_assertion"
        ) from error
    return PasskeyProof(
        credential_id=given.raw_id,
        nonce=nonce,
        client_data_json=given.response.client_data_json,
        authenticator_data=given.response.authenticator_data,
        signature=given.response.signature,
    )


def check(proof: PasskeyProof, challenge: bytes, person: PersonId, trust: Trust) -> Assertion:
    """What the assertion shows, once all of section 7.2 holds for one of the person's own passkeys.

    ProofError says which step failed. For approvals, ``challenge`` is ``approval_challenge``; for a
    sign-in it is what the console drew.
    """
    passkey = trust.passkey(person, proof.credential_id)
    if passkey is None:
        raise ProofError(
            say("This passkey is not enrolled for {person}.", person=person),
            code="unknown_passkey",
            remedy=say("Enrol it at the plant: `penstock people enrol`."),
        )
    parts = (proof.client_data_json, proof.authenticator_data, proof.signature)
    if max(map(len, parts)) > LONGEST_PART_BYTES:
        raise ProofError(say("The assertion is too long to be one."), code="malformed_assertion")
    _check_client(_client_data(proof), challenge, trust)
    shown = _authenticator_data(proof)
    _check_authenticator(shown, passkey, trust)
    _check_signature(proof, challenge, passkey, trust)
    return Assertion(passkey, shown.sign_count, shown.flags.bs)


def _client_data(proof: PasskeyProof) -> CollectedClientData:
    try:
        return parse_client_data_json(proof.client_data_json)
    except Exception as error:  # whatever a client sent that can't be read means no
        raise ProofError(say("The client data can't be read."), code="malformed_assertion") from error


def _authenticator_data(proof: PasskeyProof) -> AuthenticatorData:
    try:
        return parse_authenticator_data(proof.authenticator_data)
    except Exception as error:  # the CBOR inside is whatever a client sent: any failure means no
        raise ProofError(say("The authenticator data can't be read."), code="malformed_assertion") from error


def _check_client(client: CollectedClientData, challenge: bytes, trust: Trust) -> None:
    if client.type != "webauthn.get":
        raise ProofError(say("This is not an assertion but something else."), code="wrong_type")
    if not compare_digest(client.challenge, challenge):
        raise ProofError(
            say("The passkey signed something else than this."),
            code="wrong_challenge",
            remedy=say("Open the permit again and approve what is shown now."),
        )
    if client.origin not in trust.origins:
        raise ProofError(
            say("The page came from {origin}, not from here.", origin=repr(client.origin)),
            code="wrong_origin",
        )
    if client.cross_origin:
        raise ProofError(say("The page was framed by another site."), code="cross_origin")


def _check_authenticator(shown: AuthenticatorData, passkey: Passkey, trust: Trust) -> None:
    if not compare_digest(shown.rp_id_hash, hashlib.sha256(trust.rp_id.encode()).digest()):
        raise ProofError(
            say("The passkey answered for another site than {rp_id}.", rp_id=trust.rp_id), code="wrong_rp_id"
        )
    if not shown.flags.up:
        raise ProofError(say("Nobody touched the authenticator."), code="user_not_present")
    if not shown.flags.uv:
        raise ProofError(
            say("The authenticator did not check who touched it."),
            code="user_not_verified",
            remedy=say("Use its PIN, fingerprint or face check."),
        )
    try:
        parse_backup_flags(shown.flags)
    except InvalidBackupFlags as error:
        raise ProofError(say("The backup flags contradict each other."), code="wrong_flags") from error
    if shown.flags.be != passkey.backup_eligible:  # section 6.1.3: fixed for a credential's life
        raise ProofError(say("The passkey is not of the kind that was enrolled."), code="wrong_flags")


def _check_signature(proof: PasskeyProof, challenge: bytes, passkey: Passkey, trust: Trust) -> None:
    # The library checks everything above once more; what is left to fail is the signature.
    credential = AuthenticationCredential(
        id=bytes_to_base64url(proof.credential_id),
        raw_id=proof.credential_id,
        response=AuthenticatorAssertionResponse(
            client_data_json=proof.client_data_json,
            authenticator_data=proof.authenticator_data,
            signature=proof.signature,
        ),
    )
    try:
        verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=trust.rp_id,
            expected_origin=list(trust.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # an enrolled key that can't be read verifies nothing either
        raise ProofError(
            say("The signature is not of the enrolled passkey."), code="wrong_signature"
        ) from error

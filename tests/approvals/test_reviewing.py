"""H13: a signed review holds by the reviewer's enrolled key, for one use, and by nothing else."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from approvals.proofs.stated import challenge_of
from approvals.proofs.webauthn import assertion_options, proof_of, register, registration_options
from approvals.reviewing import holds, purpose_of_statement, verify_review
from approvals.trust import Trust
from domain.break_glass import Glass, Review
from domain.errors import ProofError
from domain.glass_review import NAMESPACE, ReviewStatement, SignedReview
from domain.ids import PermitId, PersonId, ZoneId
from domain.proof import PasskeyProof, SshProof
from tests.approvals.authenticator import Authenticator
from tests.approvals.ssh import stock_key

ORIGIN = "https://localhost:8443"
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PETRA = PersonId("petra")
GLASS = Glass(
    PermitId("0" * 26), "riverside", ZoneId("cell-1"), (PersonId("milo"),), AT, AT + timedelta(hours=1)
)
NOBODY = Trust("localhost", (ORIGIN,))


def said(trust: Trust, **changed: object) -> ReviewStatement:
    statement = ReviewStatement(
        "node/1", GLASS.permit, GLASS.boundary, GLASS.at, PETRA, AT + timedelta(hours=2), "Needed",
        trust.digest().hex(), secrets.token_bytes(16),
    )  # fmt: skip
    return replace(statement, **changed)  # type: ignore[arg-type]


def enrolled() -> tuple[Authenticator, Trust]:
    device = Authenticator(ORIGIN)
    challenge = secrets.token_bytes(32)
    answer = device.create(registration_options(NOBODY, PETRA, "petra", challenge))
    passkey = register(answer, challenge, NOBODY, label="key", at=AT, by=PersonId("olga"))
    return device, NOBODY.with_passkey(PETRA, passkey)


def by_passkey(device: Authenticator, trust: Trust, statement: ReviewStatement) -> SignedReview:
    nonce = secrets.token_bytes(32)
    options = assertion_options(trust, trust.passkeys[PETRA], challenge_of(statement, nonce))
    return SignedReview(statement, proof_of(device.get(options), nonce))


def test_a_passkey_signs_random_bytes_and_the_statement_s_digest() -> None:
    device, trust = enrolled()
    signed = by_passkey(device, trust, said(trust))
    verify_review(signed, GLASS, trust)
    assert purpose_of_statement(signed.statement) == f"review:{signed.statement.digest().hex()}"
    reviewed = replace(GLASS, review=Review(PETRA, signed.statement.at, signed=signed))
    assert holds(reviewed, (trust,))
    # A key that was taken out later unmakes nothing: the version that the statement names still has it.
    assert not holds(reviewed, (NOBODY,))
    assert holds(reviewed, (NOBODY, trust))


def test_an_ssh_key_signs_the_statement_itself(tmp_path: Path) -> None:
    key = stock_key(tmp_path)
    trust = NOBODY.with_signing_key(PETRA, key.enrolled())
    statement = said(trust)
    proof = SshProof(statement.message(), key.sign(statement.message(), NAMESPACE))
    verify_review(SignedReview(statement, proof), GLASS, trust)
    elsewhere = SshProof(statement.message(), key.sign(statement.message(), "permit@penstock"))
    with pytest.raises(ProofError, match="made for something else"):
        verify_review(SignedReview(statement, elsewhere), GLASS, trust)
    with pytest.raises(ProofError, match="something else than this statement"):
        verify_review(SignedReview(said(trust), proof), GLASS, trust)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"permit": PermitId("1" * 26)}, "wrong_review", id="another permit's use"),
        pytest.param({"boundary": "hilltop"}, "wrong_review", id="another boundary"),
        pytest.param({"used_at": AT + timedelta(seconds=1)}, "wrong_review", id="another instant"),
        pytest.param({"by": PersonId("deniz")}, "unknown_passkey", id="another person"),
        pytest.param({"finding": "Not needed at all"}, "wrong_challenge", id="another finding"),
        pytest.param({"nonce": bytes(16)}, "wrong_challenge", id="a like statement"),
    ],
)
def test_what_was_signed_counts_for_nothing_else(changed: dict[str, object], code: str) -> None:
    device, trust = enrolled()
    signed = by_passkey(device, trust, said(trust))
    with pytest.raises(ProofError) as refused:
        verify_review(replace(signed, statement=replace(signed.statement, **changed)), GLASS, trust)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_nonce_of_another_length_is_none() -> None:
    _device, trust = enrolled()
    with pytest.raises(ProofError, match="32 bytes"):
        verify_review(SignedReview(said(trust), PasskeyProof(b"", b"", b"", b"", b"")), GLASS, trust)


def test_a_use_without_a_signed_review_holds_by_none() -> None:
    assert not holds(GLASS, (NOBODY,))
    assert not holds(replace(GLASS, review=Review(PETRA, AT, 42)), (NOBODY,))

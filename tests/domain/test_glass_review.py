"""H13: a review as one statement, which is signed whole."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.break_glass import Review
from domain.errors import ProofError
from domain.glass_review import ReviewStatement, SignedReview
from domain.ids import PermitId, PersonId
from domain.proof import PasskeyProof, SshProof
from domain.signed_statement import LONGEST_REASON

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SAID = ReviewStatement(
    node="riverside.example/ot-access/1",
    permit=PermitId("0" * 26),
    boundary="riverside",
    used_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    by=PersonId("petra"),
    at=AT,
    finding="It was needed; both holders were in the air",
    trust="ab" * 32,
    nonce=bytes(16),
)
PASSKEY = PasskeyProof(b"id", bytes(32), b"{}", b"data", b"signature")


@pytest.mark.parametrize("proof", [PASSKEY, SshProof(SAID.message(), b"SSHSIG")], ids=["passkey", "ssh key"])
def test_a_signed_review_is_written_and_read_in_one_form(proof: PasskeyProof | SshProof) -> None:
    review = Review(SAID.by, SAID.at, signed=SignedReview(SAID, proof))
    assert Review.of(review.document()) == review
    assert ReviewStatement.of_message(SAID.message()) == SAID
    assert len(review.signed.digest()) == 32  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"finding": ""}, id="nothing found"),
        pytest.param({"finding": "a\nb"}, id="two lines"),
        pytest.param({"finding": "x" * (LONGEST_REASON + 1)}, id="too long"),
        pytest.param({"by": "PETRA!"}, id="nobody's id"),
        pytest.param({"permit": "../x"}, id="no permit's id"),
        pytest.param({"boundary": "a b"}, id="no boundary's id"),
        pytest.param({"node": ""}, id="no node"),
        pytest.param({"trust": "ab"}, id="no digest"),
        pytest.param({"nonce": b"short"}, id="a short nonce"),
    ],
)
def test_what_can_not_be_said_is_no_statement(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(SAID, **changed)  # type: ignore[arg-type]


def test_one_changed_byte_is_another_statement_or_none() -> None:
    message = SAID.message()
    for place in range(len(message)):
        other = message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]
        try:
            assert ReviewStatement.of_message(other).digest() != SAID.digest()
        except ProofError as error:
            assert error.code == "malformed_review"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"by": "petra", "at": "2026-03-02T09:00:00Z"}, id="neither code nor signature"),
        pytest.param({"by": "petra", "at": "2026-03-02T09:00:00Z", "step": True}, id="a truth as a step"),
        pytest.param(
            Review(PersonId("deniz"), AT, signed=SignedReview(SAID, PASSKEY)).document(), id="another's"
        ),
        pytest.param(
            Review(SAID.by, AT.replace(minute=1), signed=SignedReview(SAID, PASSKEY)).document(),
            id="another instant",
        ),
        pytest.param(
            {**Review(SAID.by, AT, signed=SignedReview(SAID, PASSKEY)).document(), "proof": {"kind": "totp"}},
            id="a proof that is none",
        ),
        pytest.param(
            {
                **Review(SAID.by, AT, signed=SignedReview(SAID, PASSKEY)).document(),
                "proof": {"kind": "totp", "fields": {"step": 42, "code": "123456"}},
            },
            id="a code, which signs nothing",
        ),
    ],
)
def test_what_is_no_review_is_not_read_as_one(document: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Review.of(document)  # type: ignore[arg-type]

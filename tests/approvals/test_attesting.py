import secrets
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from approvals.attesting import Attestation, challenge_of, purpose_of, verify_attestation
from approvals.proofs.totp import step_at
from approvals.proofs.webauthn import assertion_options, proof_of
from domain.attestation import Statement
from domain.errors import ProofError
from domain.proof import TotpProof
from tests.approvals.desk import BEA, DAN, EVE, NOW, Desk

SAID = Statement("right:connect@riverside", BEA, NOW, bytes(16))


def by_passkey(desk: Desk, statement: Statement = SAID) -> Attestation:
    nonce = secrets.token_bytes(32)
    options = assertion_options(
        desk.trust, desk.trust.passkeys[statement.person], challenge_of(statement, nonce)
    )
    answer = desk.devices[statement.person].get(options)
    return Attestation(statement, proof_of(answer, nonce))


def by_code(desk: Desk, statement: Statement = SAID) -> Attestation:
    step = step_at(statement.at)
    desk.register.setdefault((statement.person, step), purpose_of(statement))
    code = pyotp.TOTP(desk.trust.codes[statement.person]).generate_otp(step)
    return Attestation(statement, TotpProof(step, code))


@pytest.mark.parametrize("sign", [by_passkey, by_code])
def test_a_statement_that_its_person_signed_verifies_and_reads_back(sign) -> None:  # noqa: ANN001 -- either
    """J03: a successor attests by their own key."""
    desk = Desk().enrol(BEA)
    signed = sign(desk)
    assert verify_attestation(signed, desk.trust, desk.spent) == SAID
    assert Attestation.of_line(signed.line().rstrip(b"\n")) == signed


@pytest.mark.parametrize("sign", [by_passkey, by_code])
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"subject": "right:safety@riverside"}, id="another right"),
        pytest.param({"person": DAN}, id="another person"),
        pytest.param({"at": NOW + timedelta(seconds=1)}, id="another instant"),
        pytest.param({"nonce": b"\1" * 16}, id="another statement like it"),
    ],
)
def test_a_proof_is_worth_nothing_under_another_statement(sign, changed: dict[str, object]) -> None:  # noqa: ANN001 -- either
    """J03: an edited file attests nothing."""
    desk = Desk().enrol(BEA, DAN)
    moved = replace(sign(desk), statement=replace(SAID, **changed))  # type: ignore[arg-type]
    with pytest.raises(ProofError):
        verify_attestation(moved, desk.trust, desk.spent)


@pytest.mark.parametrize("sign", [by_passkey, by_code])
def test_a_key_that_the_plant_trusts_no_more_attests_nothing(sign) -> None:  # noqa: ANN001 -- either
    desk = Desk().enrol(BEA)
    signed = sign(desk)
    with pytest.raises(ProofError):
        verify_attestation(signed, Desk().enrol(EVE).trust, desk.spent)


def test_a_code_that_the_gate_never_spent_on_it_attests_nothing() -> None:
    desk = Desk().enrol(BEA)
    signed = by_code(desk)
    desk.register.clear()
    with pytest.raises(ProofError, match="not spent"):
        verify_attestation(signed, desk.trust, desk.spent)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="an empty line"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"proof":{},"statement":{}}', id="nothing in it"),
        pytest.param(b'{"statement": {}}', id="another form of JSON"),
        pytest.param(b"\xff", id="no text"),
    ],
)
def test_a_line_that_is_no_attestation_is_a_proof_error(line: bytes) -> None:
    with pytest.raises(ProofError):
        Attestation.of_line(line)


def test_a_passkey_s_nonce_has_its_length() -> None:
    with pytest.raises(ProofError):
        challenge_of(SAID, b"short")

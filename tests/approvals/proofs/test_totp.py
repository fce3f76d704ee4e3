from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.proofs.totp import STEP_S, check, step_at, steps_of
from domain.errors import ProofError
from domain.proof import TotpProof
from tests.approvals.desk import BEA, DAN, NOW, Desk

# RFC 6238 appendix B, SHA-1, with the last six of its eight digits; the secret is "12345678901234567890".
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]

DESK = Desk().enrol(BEA, DAN)
SECRET = DESK.trust.codes[BEA]
STEP = step_at(NOW)


def code(step: int = STEP) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize(("second", "expected"), RFC_VECTORS)
def test_the_vectors_of_the_rfc_hold(second: int, expected: str) -> None:
    at = datetime.fromtimestamp(second, UTC)
    assert steps_of(RFC_SECRET, expected, at) == (second // STEP_S,)


@pytest.mark.parametrize(
    ("off", "steps"),
    [
        pytest.param(-2, (), id="two steps early"),
        pytest.param(-1, (STEP - 1,), id="one step early"),
        pytest.param(0, (STEP,), id="now"),
        pytest.param(1, (STEP + 1,), id="one step late"),
        pytest.param(2, (), id="two steps late"),
    ],
)
def test_a_phone_s_clock_may_be_one_step_off(off: int, steps: tuple[int, ...]) -> None:
    secret = RFC_SECRET  # fixed, so that no two neighbouring codes happen to be alike
    given_code = pyotp.TOTP(secret).generate_otp(STEP + off)
    assert steps_of(secret, given_code, NOW) == steps


def test_a_step_is_half_open() -> None:
    start = datetime.fromtimestamp(STEP * STEP_S, UTC)
    assert step_at(start) == STEP
    assert step_at(start + timedelta(seconds=STEP_S) - timedelta(microseconds=1)) == STEP
    assert step_at(start + timedelta(seconds=STEP_S)) == STEP + 1


FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
ARABIC = str.maketrans("0123456789", "".join(chr(0x0660 + digit) for digit in range(10)))


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(code().translate(FULL_WIDTH), id="full-width digits"),
        pytest.param(code().translate(ARABIC), id="Arabic-Indic digits"),
        pytest.param(code()[:5] + code()[5:].translate(FULL_WIDTH), id="one full-width digit"),
        pytest.param(f" {code()}", id="a space"),
        pytest.param(code() + "\n", id="a line end"),
        pytest.param(code()[:3] + " " + code()[3:], id="in groups"),
        pytest.param(code()[:5], id="five digits"),
        pytest.param("", id="nothing"),
        pytest.param("-12345", id="a sign"),
    ],
)
def test_abuse_37_a_code_has_one_spelling_six_ascii_digits(spelling: str) -> None:
    assert steps_of(SECRET, spelling, NOW) == ()
    with pytest.raises(ProofError) as raised:
        check(TotpProof(STEP, spelling), BEA, NOW, DESK.trust)
    assert raised.value.code == "malformed_code"


def test_abuse_37_the_same_code_fifty_times_at_once_counts_once() -> None:
    spent: set[tuple[str, int]] = set()
    one_at_a_time = Lock()

    def attempt(_number: int) -> bool:
        for step in steps_of(SECRET, code(), NOW):
            with one_at_a_time:
                if ("bea", step) not in spent:
                    spent.add(("bea", step))
                    return True
        return False

    with ThreadPoolExecutor(16) as crowd:
        assert sum(crowd.map(attempt, range(50))) == len(steps_of(SECRET, code(), NOW))


@pytest.mark.parametrize(
    ("proof", "person", "expected"),
    [
        pytest.param(TotpProof(STEP + 1, code()), BEA, "wrong_code", id="the right code at the wrong step"),
        pytest.param(TotpProof(STEP + 3, code(STEP + 3)), BEA, "stale_code", id="too late"),
        pytest.param(TotpProof(STEP - 3, code(STEP - 3)), BEA, "stale_code", id="too early"),
        pytest.param(TotpProof(-1, code()), BEA, "stale_code", id="before time began"),
        pytest.param(TotpProof(STEP, code()), DAN, "wrong_code", id="another person's code"),
        pytest.param(TotpProof(STEP, code()), "zoe", "no_secret", id="nobody enrolled"),
    ],
)
def test_a_stored_code_is_checked_at_its_own_step(proof: TotpProof, person: str, expected: str) -> None:
    with pytest.raises(ProofError) as raised:
        check(proof, person, NOW, DESK.trust)
    assert raised.value.code == expected


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_a_right_code_passes_though_a_step_ended_before_it_was_filed(off: int) -> None:
    check(TotpProof(STEP + off, code(STEP + off)), BEA, NOW, DESK.trust)


@given(st.text(max_size=8))
def test_no_text_makes_the_check_fall_over(text: str) -> None:
    assert set(steps_of(SECRET, text, NOW)) <= {STEP - 1, STEP, STEP + 1}


def test_a_process_without_the_secrets_leaves_the_comparison_to_the_gate_s_register() -> None:
    public = replace(DESK.trust, codes={}, knows_codes=False)
    check(TotpProof(STEP, code()), BEA, NOW, public)
    for proof in (TotpProof(STEP + 3, code()), TotpProof(STEP, "12345x")):
        with pytest.raises(ProofError):
            check(proof, BEA, NOW, public)
    none_enrolled = replace(DESK.trust, codes={})
    with pytest.raises(ProofError) as raised:
        check(TotpProof(STEP, code()), BEA, NOW, none_enrolled)
    assert raised.value.code == "no_secret"

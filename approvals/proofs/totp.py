"""Approval by one-time code (RFC 6238). It says who decided; unlike a passkey, it signs nothing.

What binds it to a permit is the gate's register, which notes on what each time-step was spent.
"""

from datetime import datetime
from hmac import compare_digest

import pyotp

from approvals.trust import Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.proof import TotpProof
from domain.said import say

STEP_S = 30  # RFC 6238 section 5.2
DIGITS = 6
DRIFT_STEPS = 1  # one step early or late, for a phone's clock; more would only help a guesser
FILING_STEPS = DRIFT_STEPS + 1  # a step may end between the gate's yes to a code and the approval's date


def step_at(at: datetime) -> int:
    """The time-step that ``at`` lies in (RFC 6238 section 4.2, T0 = 0)."""
    return int(at.timestamp()) // STEP_S


def steps_of(secret: str, code: str, at: datetime) -> tuple[int, ...]:
    """The time-steps around ``at`` to which ``code`` belongs: none, or nearly always one.

    Every candidate is compared, each in constant time. Only ASCII digits count: pyotp itself folds
    full-width digits into ASCII, which would give one code many spellings.
    """
    if not _is_code(code):
        return ()
    now = step_at(at)
    steps = range(max(now - DRIFT_STEPS, 0), now + DRIFT_STEPS + 1)
    return tuple(step for step in steps if _matches(secret, code, step))


def check(proof: TotpProof, person: PersonId, at: datetime, trust: Trust) -> None:
    """ProofError unless the person's own secret gives this code at its step, and that is near ``at``.

    A process that was not given the secrets can't compare the code. It relies, as every process does
    besides, on the gate's register: the gate spends a step for a right code only.
    """
    if not _is_code(proof.code):
        raise ProofError(say("A one-time code is six digits."), code="malformed_code")
    if abs(proof.step - step_at(at)) > FILING_STEPS or proof.step < 0:
        raise ProofError(say("The one-time code is of another time."), code="stale_code")
    if not trust.knows_codes:
        return
    secret = trust.codes.get(person)
    if secret is None:
        raise ProofError(
            say("No secret for one-time codes is enrolled for {person}.", person=person), code="no_secret"
        )
    if not _matches(secret, proof.code, proof.step):
        raise ProofError(say("The one-time code is wrong."), code="wrong_code")


def _is_code(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def _matches(secret: str, code: str, step: int) -> bool:
    expected = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).generate_otp(step)
    return compare_digest(expected, code)

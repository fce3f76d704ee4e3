"""One-time codes: each time-step once, for one purpose, for good.

The gate alone reads the secrets and keeps the register of spent steps, a file that only grows.
The console asks over the gate's socket. So an edited database can neither learn a code nor
make a used one new again, and an approval by code can be traced to the step it spent.
"""

import hmac
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pyotp

from approvals.trust import Trust
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.ids import PersonId

STEP_S = 30  # RFC 6238 section 5.2
DIGITS = 6
DRIFT_STEPS = 1  # one step early or late: a phone's clock; more would only help a guesser

FREE_TRIES = 5
FIRST_LOCK_S = 30.0
LONGEST_LOCK_S = 900.0


class SecondFactor(Protocol):
    """Whoever can say whether a one-time code is right."""

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """The time-step that ``code`` belonged to, now spent for ``purpose``; None when it is not good."""
        ...


class SpentSteps:
    """The register of used time-steps: one line each, appended and fsynced before the code counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._purposes = _read(path)

    def reread(self) -> None:
        """Take in what another process wrote since; for those who only look."""
        self._purposes = _read(self._path)

    def spent_on(self, person: PersonId, step: int, purpose: str) -> bool:
        """Whether this step of this person was spent on exactly this purpose."""
        return self._purposes.get((person, step)) == purpose

    def spend(self, person: PersonId, step: int, purpose: str) -> bool:
        """Take the step; False when it was taken before. EvidenceError when it can't be written down."""
        if (person, step) in self._purposes:
            return False
        line = f"{person} {step} {purpose}\n".encode("ascii")
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                if os.write(file, line) != len(line):
                    raise OSError("short write")
                os.fdatasync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise EvidenceError(
                f"A used one-time code can't be written down: {error}.",
                remedy=f"Make {self._path} writable and the disk not full.",
            ) from error
        self._purposes[person, step] = purpose
        return True


def _read(path: Path) -> dict[tuple[PersonId, int], str]:
    purposes = {}
    if path.exists():
        for line in path.read_text("ascii").splitlines():
            person, step, purpose = line.split(" ", 2)
            purposes[PersonId(person), int(step)] = purpose
    return purposes


class Codes:
    """Checks one-time codes against the plant's secrets. Wrong ones lock a person out for a while.

    ``trust`` is called at each check, so that an enrolment counts at once.
    """

    def __init__(self, trust: Callable[[], Trust], spent: SpentSteps, clock: Clock) -> None:
        self._trust = trust
        self._spent = spent
        self._clock = clock
        self._wrong: dict[PersonId, tuple[int, float]] = {}

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """As SecondFactor says; no await inside, so that no two checks of one step can cross."""
        now_s = self._clock.boottime_s()
        tries, locked_until = self._wrong.get(person, (0, 0.0))
        if now_s < locked_until:
            return None
        for step in self._steps_of(person, code):
            if self._spent.spend(person, step, purpose):
                self._wrong.pop(person, None)
                return step
        over = tries + 1 - FREE_TRIES
        lock_s = min(FIRST_LOCK_S * 2**over, LONGEST_LOCK_S) if over >= 0 else 0.0
        self._wrong[person] = (tries + 1, now_s + lock_s)
        return None

    def _steps_of(self, person: PersonId, code: str) -> list[int]:
        # pyotp folds full-width digits into ASCII before it compares, so that one code would
        # have many spellings: only ASCII digits get that far.
        if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
            return []
        secret = self._trust().codes.get(person)
        if secret is None:
            return []
        totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
        current = int(self._clock.now().timestamp()) // STEP_S
        steps = range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
        return [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]

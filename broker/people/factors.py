"""One-time codes: each time-step once, for one purpose, for good.

The gate alone reads the secrets and keeps the register of spent steps, a file that only grows.
The console asks over the gate's socket. So an edited database can neither learn a code nor
make a used one new again, and an approval by code can be traced to the step it spent.
"""

import hmac
import math
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pyotp

from approvals.trust import Trust
from broker.people.lockouts import PERSON, alarm
from domain.clock import Clock
from domain.errors import ConfigError, EvidenceError
from domain.events import SignInLocked
from domain.ids import PersonId

STEP_S = 30  # RFC 6238 section 5.2
DIGITS = 6
DRIFT_STEPS = 1  # one step early or late: a phone's clock; more would only help a guesser

FREE_TRIES = 5
FIRST_LOCK_S = 30.0
LONGEST_LOCK_S = 900.0

LINE = re.compile(rb"([a-z][a-z0-9-]{0,62}) ([0-9]{1,12}) ([ -~]+)")
LONGEST_LINE = 4096
REPAIR = (
    "Keep the file as it is for the auditor, put back the newest copy from a backup, or correct the line;"
    " a line that is missing lets its code be used again within a minute of its step, and unproves an"
    " approval that was made with it."
)


class SecondFactor(Protocol):
    """Whoever can say whether a one-time code is right: the gate itself, or the gate over its socket."""

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """The time-step that ``code`` belonged to, now spent for ``purpose``; None when it is not good."""
        ...

    async def used(self, person: PersonId, code: str) -> int | None:
        """Seconds until their next code, when ``code`` is right but was used already; else None.

        Ask it after ``check`` said no: it counts nothing and changes nothing.
        """
        ...


def used_already(wait_s: int) -> str:
    """What every door says about a code that ``SecondFactor.used`` knew."""
    remedy = (
        f"Wait for the next one your authenticator shows ({wait_s} s)."
        if wait_s
        else "Type the one your authenticator shows now."
    )
    return f"This code was used already. {remedy}"


class SpentSteps:
    """The register of used time-steps: one line each, appended and fsynced before the code counts.

    A last line without its end is one that power was lost in: its code never counted, and the
    next one written takes its place. ConfigError for any other line that can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._purposes = _read(path)

    def reread(self) -> None:
        """Take in what another process wrote since; for those who only look."""
        self._purposes = _read(self._path)

    def spent_on(self, person: PersonId, step: int, purpose: str) -> bool:
        """Whether this step of this person was spent on exactly this purpose."""
        return self._purposes.get((person, step)) == purpose

    def next_free(self, person: PersonId, step: int) -> int:
        """The first step of this person after ``step`` that is not spent."""
        step += 1
        while (person, step) in self._purposes:
            step += 1
        return step

    def spend(self, person: PersonId, step: int, purpose: str) -> bool:
        """Take the step; False when it was taken before. EvidenceError when it can't be written down."""
        if (person, step) in self._purposes:
            return False
        line = f"{person} {step} {purpose}\n".encode("ascii")
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                _drop_torn_end(file)
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
    try:
        *lines, _torn = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(
            f"The register of used one-time codes can't be read: {error.strerror}.",
            file=str(path),
            remedy=REPAIR,
        ) from error
    for number, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if found is None:
            raise ConfigError(
                "This is no used one-time code: a line is a person, a step and a purpose.",
                file=str(path),
                line=number,
                remedy=REPAIR,
            )
        person, step, purpose = (part.decode("ascii") for part in found.groups())
        purposes[PersonId(person), int(step)] = purpose
    return purposes


def _drop_torn_end(file: int) -> None:
    size = os.fstat(file).st_size
    tail = os.pread(file, LONGEST_LINE, max(0, size - LONGEST_LINE))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(file, size - torn)


async def _untold(_event: SignInLocked) -> None:
    return


class Codes:
    """Checks one-time codes against the plant's secrets. Wrong ones lock a person out for a while.

    ``trust`` is called at each check, so that an enrolment counts at once; ``tell`` hears of every lock.
    """

    def __init__(
        self,
        trust: Callable[[], Trust],
        spent: SpentSteps,
        clock: Clock,
        tell: Callable[[SignInLocked], Awaitable[None]] = _untold,
    ) -> None:
        self._tell = tell
        self._trust = trust
        self._spent = spent
        self._clock = clock
        self._wrong: dict[PersonId, tuple[int, float]] = {}

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """As SecondFactor says; no await before all is decided, so that no two checks of one step can cross."""
        now_s = self._clock.boottime_s()
        tries, locked_until = self._wrong.get(person, (0, 0.0))
        if now_s < locked_until:
            return None
        steps = self._steps_of(person, code)
        for step in steps:
            if self._spent.spend(person, step, purpose):
                self._wrong.pop(person, None)
                return step
        if steps:
            return None  # used already: whoever knows it was not guessing
        over = tries + 1 - FREE_TRIES
        lock_s = min(FIRST_LOCK_S * 2**over, LONGEST_LOCK_S) if over >= 0 else 0.0
        self._wrong[person] = (tries + 1, now_s + lock_s)
        if locked := alarm(self._clock.now(), f"{PERSON}{person}", "code", tries + 1, lock_s):
            await self._tell(locked)
        return None

    def lift(self, person: PersonId) -> None:
        """Forget the person's wrong codes; one that was used stays used."""
        self._wrong.pop(person, None)

    async def used(self, person: PersonId, code: str) -> int | None:
        """As SecondFactor says; somebody who is locked out is told nothing."""
        _tries, locked_until = self._wrong.get(person, (0, 0.0))
        steps = self._steps_of(person, code)
        if not steps or self._clock.boottime_s() < locked_until:
            return None
        if any(self._spent.next_free(person, step - 1) == step for step in steps):
            return None
        starts_s = self._spent.next_free(person, max(steps)) * STEP_S
        return max(0, math.ceil(starts_s - self._clock.now().timestamp()))

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

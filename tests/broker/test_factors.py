"""One-time codes: each step once, guesses bounded, nothing but six ASCII digits."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from approvals.trust import Trust
from broker.factors import FIRST_LOCK_S, FREE_TRIES, STEP_S, Codes, SpentSteps
from domain.errors import EvidenceError
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA, BO = PersonId("ana"), PersonId("bo")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def codes(tmp_path: Path, clock: FrozenClock) -> Codes:
    trust = Trust("localhost", ("https://localhost",), codes={ANA: SECRET, BO: SECRET})
    return Codes(lambda: trust, SpentSteps(tmp_path / "spent"), clock)


def code_at(clock: FrozenClock, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=steps * STEP_S))


async def test_a_right_code_counts_once_and_gives_its_step(codes: Codes, clock: FrozenClock) -> None:
    step = int(clock.now().timestamp()) // STEP_S
    assert await codes.check(ANA, code_at(clock), "ssh") == step
    assert await codes.check(ANA, code_at(clock), "ssh") is None


@pytest.mark.parametrize(
    ("steps", "good"),
    [
        pytest.param(-2, False, id="two steps early is too old"),
        pytest.param(-1, True, id="one step early"),
        pytest.param(1, True, id="one step late"),
        pytest.param(2, False, id="two steps late is too new"),
    ],
)
async def test_a_phone_may_be_one_step_off(codes: Codes, clock: FrozenClock, steps: int, good: bool) -> None:
    assert (await codes.check(ANA, code_at(clock, steps), "ssh") is not None) is good


@pytest.mark.parametrize(
    "spelling",
    [
        lambda code: "".join(chr(ord(digit) - 0x30 + 0xFF10) for digit in code),
        lambda code: f" {code}",
        lambda code: f"{code}\n",
        lambda code: code[:5],
        lambda code: "",
        lambda code: f"0{code}",
    ],
    ids=["full-width digits", "leading space", "newline", "five digits", "empty", "seven digits"],
)
async def test_abuse_37_another_spelling_of_a_right_code_is_wrong(
    codes: Codes, clock: FrozenClock, spelling: Callable[[str], str]
) -> None:
    assert await codes.check(ANA, spelling(code_at(clock)), "ssh") is None
    assert await codes.check(ANA, code_at(clock), "ssh") is not None


async def test_abuse_37_the_same_code_fifty_times_at_once_counts_once(
    codes: Codes, clock: FrozenClock
) -> None:
    answers = await asyncio.gather(*(codes.check(ANA, code_at(clock), "ssh") for _ in range(50)))
    assert sum(answer is not None for answer in answers) == 1


async def test_abuse_37_a_used_code_stays_used_after_a_restart(tmp_path: Path, clock: FrozenClock) -> None:
    trust = Trust("localhost", ("https://localhost",), codes={ANA: SECRET})
    assert await Codes(lambda: trust, SpentSteps(tmp_path / "s"), clock).check(ANA, code_at(clock), "ssh")
    again = Codes(lambda: trust, SpentSteps(tmp_path / "s"), clock)
    assert await again.check(ANA, code_at(clock), "console") is None


async def test_two_persons_with_one_secret_still_have_steps_of_their_own(
    codes: Codes, clock: FrozenClock
) -> None:
    assert await codes.check(ANA, code_at(clock), "ssh") is not None
    assert await codes.check(BO, code_at(clock), "ssh") is not None


async def test_abuse_37_five_wrong_codes_lock_even_the_right_one_out_and_the_lock_ends(
    codes: Codes, clock: FrozenClock
) -> None:
    for _ in range(FREE_TRIES):
        assert await codes.check(ANA, "000000", "ssh") is None
    assert await codes.check(ANA, code_at(clock), "ssh") is None
    clock.advance(timedelta(seconds=FIRST_LOCK_S))
    assert await codes.check(ANA, code_at(clock), "ssh") is not None


async def test_a_lock_grows_with_each_further_wrong_code(codes: Codes, clock: FrozenClock) -> None:
    for _ in range(FREE_TRIES):
        await codes.check(ANA, "000000", "ssh")
    clock.advance(timedelta(seconds=FIRST_LOCK_S))
    assert await codes.check(ANA, "000000", "ssh") is None
    clock.advance(timedelta(seconds=FIRST_LOCK_S))
    assert await codes.check(ANA, code_at(clock), "ssh") is None, "the second lock is twice as long"


async def test_somebody_without_a_secret_has_no_right_code(codes: Codes, clock: FrozenClock) -> None:
    assert await codes.check(PersonId("nobody"), code_at(clock), "ssh") is None


async def test_a_code_that_cannot_be_written_down_does_not_count(tmp_path: Path, clock: FrozenClock) -> None:
    trust = Trust("localhost", ("https://localhost",), codes={ANA: SECRET})
    codes = Codes(lambda: trust, SpentSteps(tmp_path / "no-such-folder" / "spent"), clock)
    with pytest.raises(EvidenceError, match="written down"):
        await codes.check(ANA, code_at(clock), "ssh")


def test_a_step_remembers_what_it_was_spent_on(tmp_path: Path) -> None:
    spent = SpentSteps(tmp_path / "spent")
    assert spent.spend(ANA, 7, "approve:00ff")
    again = SpentSteps(tmp_path / "spent")
    assert again.spent_on(ANA, 7, "approve:00ff")
    assert not again.spent_on(ANA, 7, "approve:00fe")
    assert not again.spent_on(BO, 7, "approve:00ff")


def test_who_only_looks_takes_in_what_the_gate_wrote_since(tmp_path: Path) -> None:
    looking, gate = SpentSteps(tmp_path / "spent"), SpentSteps(tmp_path / "spent")
    gate.spend(ANA, 7, "approve:00ff")
    assert not looking.spent_on(ANA, 7, "approve:00ff")
    looking.reread()
    assert looking.spent_on(ANA, 7, "approve:00ff")

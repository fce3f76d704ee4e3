"""One-time codes: each step once, guesses bounded, nothing but six ASCII digits."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from approvals.trust import Trust
from broker.people.factors import FIRST_LOCK_S, FREE_TRIES, STEP_S, Codes, SpentSteps, used_already
from domain.errors import ConfigError, EvidenceError
from domain.events import SignInLocked
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


async def test_a_used_code_is_told_apart_from_a_wrong_one_with_the_seconds_to_the_next(
    codes: Codes, clock: FrozenClock
) -> None:
    code = code_at(clock)
    assert await codes.used(ANA, code) is None, "not used yet"
    await codes.check(ANA, code, "ssh")
    left = STEP_S - int(clock.now().timestamp()) % STEP_S
    assert await codes.used(ANA, code) == left
    assert await codes.used(ANA, "000000") is None
    assert await codes.used(BO, code) is None, "somebody else's step"


async def test_who_spent_the_next_code_too_waits_for_the_one_after_it(
    codes: Codes, clock: FrozenClock
) -> None:
    await codes.check(ANA, code_at(clock), "ssh")
    await codes.check(ANA, code_at(clock, 1), "ssh")
    left = 2 * STEP_S - int(clock.now().timestamp()) % STEP_S
    assert await codes.used(ANA, code_at(clock)) == left
    assert await codes.used(ANA, code_at(clock, 1)) == left


async def test_who_typed_the_last_code_again_may_type_the_one_that_shows_now(
    codes: Codes, clock: FrozenClock
) -> None:
    await codes.check(ANA, code_at(clock, -1), "ssh")
    assert await codes.used(ANA, code_at(clock, -1)) == 0


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (17, "This code was used already. Wait for the next one your authenticator shows (17 s)."),
        (0, "This code was used already. Type the one your authenticator shows now."),
    ],
)
def test_the_sentence_says_how_long_to_wait(wait_s: int, said: str) -> None:
    assert used_already(wait_s) == said


async def test_a_used_code_never_counts_towards_the_lock(codes: Codes, clock: FrozenClock) -> None:
    code = code_at(clock)
    await codes.check(ANA, code, "ssh")
    for _ in range(FREE_TRIES * 3):
        assert await codes.check(ANA, code, "ssh") is None
    clock.advance(timedelta(seconds=STEP_S))
    assert await codes.check(ANA, code_at(clock), "ssh") is not None


async def test_a_used_code_does_not_end_a_lock_and_says_nothing_during_one(
    codes: Codes, clock: FrozenClock
) -> None:
    code = code_at(clock)
    await codes.check(ANA, code, "ssh")
    for _ in range(FREE_TRIES):
        await codes.check(ANA, "000000", "ssh")
    assert await codes.used(ANA, code) is None
    assert await codes.check(ANA, code_at(clock, 1), "ssh") is None, "still locked"


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"ana\n",
        b"ana 7\n",
        b"ana seven ssh\n",
        b"ana -7 ssh\n",
        b"Ana 7 ssh\n",
        b"ana 7 \xff\xfe\n",
        b"ana 7 ssh\x1b[2J\n",
        b"\x00" * 512 + b"\n",
        b"\n",
        "ana \N{FULLWIDTH DIGIT SEVEN} ssh\n".encode(),
    ],
)
def test_a_register_that_cannot_be_read_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, line: bytes
) -> None:
    file = tmp_path / "spent"
    file.write_bytes(b"ana 1 ssh\n" + line + b"ana 2 ssh\n")
    with pytest.raises(ConfigError, match="What to do") as caught:
        SpentSteps(file)
    assert (caught.value.file, caught.value.line) == (str(file), 2)
    assert str(caught.value).isprintable()
    assert file.read_bytes() == b"ana 1 ssh\n" + line + b"ana 2 ssh\n", "nothing is lost"


def test_a_register_that_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "spent").mkdir()
    with pytest.raises(ConfigError, match="can't be read"):
        SpentSteps(tmp_path / "spent")


@pytest.mark.parametrize(
    "torn", [b"a", b"ana 5", b"ana 59 ssh", b"\x00" * 100], ids=["one", "half", "all but", "NULs"]
)
def test_a_line_that_power_was_lost_in_counts_for_nothing_and_makes_room_for_the_next(
    tmp_path: Path, torn: bytes
) -> None:
    file = tmp_path / "spent"
    file.write_bytes(b"ana 58 ssh\n" + torn)
    spent = SpentSteps(file)
    assert not spent.spend(ANA, 58, "ssh")
    assert spent.spend(ANA, 59, "console")
    assert file.read_bytes() == b"ana 58 ssh\nana 59 console\n"
    assert SpentSteps(file).spent_on(ANA, 59, "console")


async def test_a_lock_is_told_each_time_it_grows_and_lifting_it_makes_no_used_code_new(
    tmp_path: Path, clock: FrozenClock
) -> None:
    """A10: wrong codes lock a person at every door, and that is an alarm; the node's keeper ends the wait."""
    trust = Trust("localhost", ("https://localhost",), codes={ANA: SECRET})
    told: list[SignInLocked] = []

    async def tell(event: SignInLocked) -> None:
        told.append(event)

    codes = Codes(lambda: trust, SpentSteps(tmp_path / "s"), clock, tell)
    used = code_at(clock)
    assert await codes.check(ANA, used, "ssh") is not None
    for _ in range(FREE_TRIES):
        await codes.check(ANA, "000000", "ssh")
    (locked,) = told
    assert (locked.subject, locked.door, locked.failures) == ("person:ana", "code", FREE_TRIES)
    assert locked.until == clock.now() + timedelta(seconds=FIRST_LOCK_S)
    assert await codes.check(ANA, code_at(clock, 1), "ssh") is None
    codes.lift(ANA)
    assert await codes.check(ANA, used, "ssh") is None
    assert await codes.check(ANA, code_at(clock, 1), "ssh") is not None
    assert len(told) == 1

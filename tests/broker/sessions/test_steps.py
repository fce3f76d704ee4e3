"""A step that must not be interrupted, at the gate: a code, a leaf, and only then does time wait (D03)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from broker.governor import Cause
from broker.sessions.course import Witness
from broker.sessions.live_session import LiveSession
from broker.sessions.steps import Steps, purpose_of
from broker.supervisor import Supervisor
from broker.watchdog.journal import Journal
from domain.errors import DecisionError, EvidenceError, TransitionError
from domain.events import StepDeclared, StepDone
from domain.ids import PersonId, SessionId
from tests.broker.running import SHELL, Leaves, Tap, opened, supervisor_in
from tests.clock import FrozenClock
from tests.policies.plant import CLOSES, NOW, charter, permit

PETRA, MILO, ANA = PersonId("petra"), PersonId("milo"), PersonId("ana")
GOOD = "123456"
TEN = timedelta(minutes=10)


class OneCode:
    """Takes one code of everybody's, for any purpose, and remembers for which."""

    def __init__(self) -> None:
        self.spent: list[tuple[PersonId, str]] = []

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        await asyncio.sleep(0)
        if code != GOOD:
            return None
        self.spent.append((person, purpose))
        return 42

    async def used(self, _person: PersonId, _code: str) -> int | None:
        return None


@dataclass
class Gate:
    supervisor: Supervisor
    session: LiveSession
    steps: Steps
    codes: OneCode
    leaves: Leaves
    clock: FrozenClock
    witness: Witness

    async def declare(self, person: PersonId = PETRA, code: str = GOOD, length: timedelta = TEN) -> object:
        return await self.steps.declare(self.session.id, person, code, length, "writing the drive's firmware")


@pytest_asyncio.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    clock = FrozenClock(wall=NOW)
    leaves, codes = Leaves(), OneCode()
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor, permit(), until=CLOSES, latest=CLOSES + timedelta(days=1))
        session.join(Tap(), SHELL)
        witness = Witness(leaves, Journal(tmp_path / "steps.journal"), clock)
        steps = Steps(supervisor.session, charter, codes, witness)
        clock.advance(CLOSES - NOW - timedelta(minutes=1))
        yield Gate(supervisor, session, steps, codes, leaves, clock, witness)


async def test_the_leaf_is_kept_before_time_waits_d03(gate: Gate) -> None:
    """D03: acknowledged by the plant's attendant with a code spent on this session, and logged."""
    gate.leaves.answers.clear()
    declaring = asyncio.ensure_future(gate.declare())
    await asyncio.sleep(0.01)
    assert gate.session.deadline == CLOSES
    gate.leaves.answers.set()
    assert await declaring == gate.clock.now() + TEN
    (leaf,) = gate.leaves.of(StepDeclared)
    assert (leaf.by, leaf.until, leaf.step) == (PETRA, gate.clock.now() + TEN, 42)
    assert gate.codes.spent == [(PETRA, purpose_of(gate.session.id))]


async def test_a_ledger_that_does_not_answer_holds_nothing_d03(gate: Gate) -> None:
    """D03: evidence before effect."""
    gate.leaves.down = True
    with pytest.raises(EvidenceError):
        await gate.declare()
    assert gate.session.deadline == CLOSES


@pytest.mark.parametrize(
    ("person", "code", "length", "expected"),
    [
        pytest.param(ANA, GOOD, TEN, "not_attending", id="the vendor"),
        pytest.param(PETRA, "000000", TEN, "wrong_code", id="a wrong code"),
        pytest.param(
            PETRA, GOOD, timedelta(minutes=15) + timedelta(seconds=1), "step_too_long", id="too long"
        ),
    ],
)
async def test_what_is_refused_moves_nothing_and_leaves_the_step_to_others_d03(
    gate: Gate, person: PersonId, code: str, length: timedelta, expected: str
) -> None:
    """D03: not the vendor, not without a code, not without a bound."""
    with pytest.raises(DecisionError) as refused:
        await gate.declare(person, code, length)
    assert refused.value.code == expected
    assert gate.session.deadline == CLOSES
    assert not gate.leaves.of(StepDeclared)
    await gate.declare(MILO)


async def test_two_who_declare_at_once_are_one_d03(gate: Gate) -> None:
    """D03: once for a permit."""
    answers = await asyncio.gather(gate.declare(PETRA), gate.declare(MILO), return_exceptions=True)
    assert sum(isinstance(one, DecisionError) for one in answers) == 1
    assert len(gate.leaves.of(StepDeclared)) == 1


async def test_after_a_restart_nothing_holds_and_the_permit_has_had_its_step_d03(gate: Gate) -> None:
    """D03: a gate that starts anew knows from the ledger that there was one."""
    had = [gate.session.permit.id]
    again = Steps(gate.supervisor.session, charter, gate.codes, gate.witness, had)
    with pytest.raises(DecisionError, match="already"):
        await again.declare(gate.session.id, PETRA, GOOD, TEN, "once more")
    assert gate.session.deadline == CLOSES


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
async def test_a_step_without_a_reason_is_none_d03(gate: Gate, reason: str) -> None:
    """D03: it is logged with what must not break off."""
    with pytest.raises(DecisionError, match="reason"):
        await gate.steps.declare(gate.session.id, PETRA, GOOD, TEN, reason)


async def test_a_session_that_is_not_there_has_no_step_d03(gate: Gate) -> None:
    """D03: an id that nobody runs under."""
    with pytest.raises(DecisionError, match="No such session"):
        await gate.steps.declare(SessionId("b" * 26), PETRA, GOOD, TEN, "why")


async def test_a_session_killed_while_the_ledger_is_asked_stays_killed_d03(gate: Gate) -> None:
    """D03: a kill is immediate, whatever was being declared."""
    gate.leaves.answers.clear()
    declaring = asyncio.ensure_future(gate.declare())
    await asyncio.sleep(0.01)
    gate.supervisor.cut("all", Cause.KILLED)
    gate.leaves.answers.set()
    with pytest.raises(TransitionError):
        await declaring
    assert gate.session.over


async def test_the_attendant_says_that_it_is_done_and_nobody_else_d03(gate: Gate) -> None:
    """D03: the hold ends with the step."""
    await gate.declare()
    with pytest.raises(DecisionError, match="not yours"):
        await gate.steps.done(gate.session.id, ANA)
    assert await gate.steps.done(gate.session.id, MILO) == CLOSES
    assert [one.by for one in gate.leaves.of(StepDone)] == [MILO]

"""Any order of decisions, against a model that is the table and nothing else."""

import asyncio
import atexit
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from approvals.filed import Filed
from approvals.lifecycle import TRANSITIONS, PermitEvent
from approvals.service import MOST_WAITING
from broker.database.engine import migrate, open_engine
from domain.access import Action
from domain.errors import DecisionError, ProofError
from domain.events import PermitChanged, PermitRequested
from domain.ids import PermitId, PersonId
from domain.permit import Permit, PermitState
from tests.approvals.desk import ANA, BEA, CONNECT, DAN, EVE, LEAD, SAM, holding, permit, terms
from tests.approvals.office import Office, yes_of
from tests.clock import FrozenClock
from tests.databases import copy_of, run_apart

S, E = PermitState, PermitEvent
BOTH = terms(CONNECT, LEAD, holdings={CONNECT: holding(arbiter=EVE), LEAD: holding(LEAD)})
HOLDERS = {BEA: CONNECT, DAN: CONNECT, SAM: LEAD}
RIGHTS = {**HOLDERS, EVE: CONNECT}
"""Eve settles what is disputed under connect."""


class Decisions(RuleBasedStateMachine):
    """The service on a real SQLite file; ``model`` maps each permit to its state and first keys."""

    permits: Bundle[PermitId] = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.office = self.runner.run(self._open())
        self.wishes: dict[PermitId, Permit] = {}
        self.model: dict[PermitId, PermitState] = {}
        self.keys: dict[PermitId, set[PersonId]] = {}
        self.disputes: set[PermitId] = set()

    async def _open(self) -> Office:
        url = copy_of(_template(), Path(self.folder.name))
        office = Office(open_engine(url), FrozenClock())
        office.desk.enrol(EVE)
        return office

    def teardown(self) -> None:
        self.runner.run(self.office.engine.dispose())
        self.runner.close()
        self.folder.cleanup()

    def tried(self, work: object, wish: PermitId, event: PermitEvent, *, may: bool = True) -> None:
        """The service moved exactly when the table, and the model's ``may``, say so."""
        after = TRANSITIONS[self.model[wish]].get(event)
        try:
            self.runner.run(work)
            moved = True
        except (DecisionError, ProofError):
            moved = False
        assert moved is (after is not None and may)
        if moved and after is not None:
            self.model[wish] = after

    def _over(self, wish: PermitId) -> bool:
        return self.office.clock.now() >= self.wishes[wish].window.end

    @rule(target=permits, minutes=st.integers(1, 90))
    def ask(self, minutes: int) -> Any:
        now = self.office.clock.now()
        asked = permit(requested_at=now)
        asked = replace(asked, window=replace(asked.window, start=now, end=now + timedelta(minutes=minutes)))
        waiting = sum(state is S.REQUESTED for state in self.model.values())
        try:
            self.runner.run(self.office.approvals.request(asked, "console"))
        except DecisionError:
            assert waiting >= MOST_WAITING
            return multiple()
        assert waiting < MOST_WAITING
        self._remember(asked)
        return asked.id

    def _remember(self, asked: Permit) -> None:
        self.wishes[asked.id], self.model[asked.id], self.keys[asked.id] = asked, S.REQUESTED, set()

    @rule(wish=permits, person=st.sampled_from([BEA, DAN, SAM]))
    def approve(self, wish: PermitId, person: PersonId) -> None:
        may = not self._over(wish) and person not in self.keys[wish] and self.model[wish] is S.REQUESTED
        try:
            work = self.office.approve(self.wishes[wish], person, right=HOLDERS[person], terms=BOTH)
            state = self.runner.run(work)
        except (DecisionError, ProofError):
            assert not may
            return
        assert may
        self.keys[wish].add(person)
        self.model[wish] = self._counted(wish)
        assert state is self.model[wish]

    def _counted(self, wish: PermitId) -> PermitState:
        complete = {RIGHTS[one] for one in self.keys[wish]} == {CONNECT, LEAD}
        return S.APPROVED if complete else S.REQUESTED

    @rule(wish=permits, person=st.sampled_from([ANA, BEA, DAN, SAM, EVE]))
    def refuse(self, wish: PermitId, person: PersonId) -> None:
        work = self.office.approvals.refuse(wish, person, "No.", BOTH)
        if self.model[wish] is S.DISPUTED:
            self.tried(work, wish, E.REFUSE, may=person in {EVE, SAM})
            return
        split = (
            self.keys[wish] - {EVE}
            and person not in self.keys[wish]
            and HOLDERS.get(person) is CONNECT
            and wish not in self.disputes
        )
        self.tried(work, wish, E.DISPUTE if split else E.REFUSE, may=person in HOLDERS)
        if self.model[wish] is S.DISPUTED:
            self.disputes.add(wish)

    @rule(wish=permits, person=st.sampled_from([EVE, SAM]))
    def settle(self, wish: PermitId, person: PersonId) -> None:
        filed = self.runner.run(self.office.approvals.filed(wish))
        assert filed is not None
        dispute = filed.disputes[-1] if filed.disputes else None
        may = self.model[wish] is S.DISPUTED and person == EVE and not self._over(wish)
        try:
            if dispute is None:
                work = self.office.approve(self.wishes[wish], person, terms=BOTH)
            else:
                signed = replace(
                    yes_of(self.office, self.wishes[wish], dispute), approver=person, right=dispute.right
                )
                desk = self.office.desk
                work = self.office.approvals.settle(wish, signed, "Yes.", BOTH, desk.trust, desk.spent)
            state = self.runner.run(work)
        except (DecisionError, ProofError):
            assert not may
            return
        assert may
        self.keys[wish].add(EVE)
        self.model[wish] = self._counted(wish)
        assert state is self.model[wish]

    @rule(target=permits, wish=permits, person=st.sampled_from([BEA, EVE]))
    def narrow(self, wish: PermitId, person: PersonId) -> PermitId:
        old, fresh = self.wishes[wish], permit()
        new = replace(old, id=fresh.id, nonce=fresh.nonce, narrows=wish, actions=frozenset({Action.VIEW}))
        may = person in HOLDERS and old.actions != new.actions and not self._over(wish)
        before = self.model[wish]
        self.tried(self.office.approvals.narrow(wish, new, person, BOTH), wish, E.NARROW, may=may)
        if self.model[wish] is before:
            return wish
        self._remember(new)
        return new.id

    @rule(wish=permits, person=st.sampled_from([ANA, BEA]))
    def withdraw(self, wish: PermitId, person: PersonId) -> None:
        self.tried(self.office.approvals.withdraw(wish, person), wish, E.WITHDRAW, may=person == ANA)

    @rule(wish=permits, reason=st.sampled_from(["Stop.", ""]))
    def revoke(self, wish: PermitId, reason: str) -> None:
        self.tried(self.office.approvals.revoke(wish, EVE, reason), wish, E.REVOKE, may=bool(reason))

    @rule(wish=permits)
    def activate(self, wish: PermitId) -> None:
        if self.model[wish] is S.ACTIVE and not self._over(wish):
            assert self.runner.run(self.office.approvals.activate(wish)) is S.ACTIVE
            return
        self.tried(self.office.approvals.activate(wish), wish, E.ACTIVATE, may=not self._over(wish))

    @rule(wish=consumes(permits))
    def complete(self, wish: PermitId) -> None:
        self.tried(self.office.approvals.complete(wish, ANA, "Done."), wish, E.COMPLETE)

    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        self.office.clock.advance(timedelta(minutes=minutes))
        ended = set(self.runner.run(self.office.approvals.lapse(self.office.clock.now())))
        due = {wish for wish in self.model if self._over(wish) and TRANSITIONS[self.model[wish]]}
        assert ended == due
        for wish in due:
            ends = {S.ACTIVE: S.COMPLETED, S.DISPUTED: S.REFUSED}
            self.model[wish] = ends.get(self.model[wish], S.LAPSED)

    @rule(wish=permits)
    def nothing_without_a_leaf(self, wish: PermitId) -> None:
        self.office.ledger.failing = True
        before = self.model[wish]
        try:
            self.runner.run(self.office.approvals.revoke(wish, EVE, "Stop."))
        except Exception:  # noqa: BLE001  # whichever it is, the invariant says that nothing changed
            pass
        else:
            raise AssertionError("a decision without a leaf took effect")
        finally:
            self.office.ledger.failing = False
        assert self.model[wish] is before

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        filed = self.runner.run(self.office.approvals.all(limit=500))
        assert {one.permit.id: one.state for one in filed} == self.model
        for one in filed:
            self._used_only_when_approved(one)

    @staticmethod
    def _used_only_when_approved(filed: Filed) -> None:
        """B01, B14: each right's yes is there, over these bytes; an arbiter's only where it settled a dispute."""
        assert all(one.permit_digest == filed.permit.digest() for one in filed.approvals)
        assert {one.settles for one in filed.approvals if one.approver == EVE} <= {
            one.digest() for one in filed.disputes
        }
        if filed.state in {S.APPROVED, S.ACTIVE, S.COMPLETED}:
            assert {one.right for one in filed.approvals} == {CONNECT, LEAD}

    @invariant()
    def the_ledger_tells_the_same_story(self) -> None:
        told = {event.permit: S.REQUESTED for event in self.office.ledger.of(PermitRequested)}
        for event in self.office.ledger.of(PermitChanged):
            assert told[event.permit] == event.before
            told[event.permit] = S(event.after)
        assert told == self.model


_made: list[Path] = []


def _template() -> Path:
    if not _made:
        folder = tempfile.TemporaryDirectory(prefix="penstock-model-")
        atexit.register(folder.cleanup)
        path = Path(folder.name) / "penstock.db"
        run_apart(migrate(f"sqlite+aiosqlite:///{path}"))
        _made.append(path)
    return _made[0]


Decisions.TestCase.settings = settings(
    max_examples=max(10, settings.default.max_examples // 10), stateful_step_count=25, deadline=None
)
TestDecisions = Decisions.TestCase

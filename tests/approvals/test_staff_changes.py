"""No sequence of staff changes lets a former holder approve, or what they signed before open anything.

Holders and deputies change, leave the plant and come back, delegate, attest or forget to; each change is another
version of the charter, made while a permit waits that everybody has tried to sign. The model beside it knows nothing
of the code: it is a diary of who was named where, since when.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from approvals.quorum import may_approve
from broker.console.permits.terms import judge
from domain.access import Action, Allow
from domain.attestation import Statement, of_delegation, of_right
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from domain.proof import ProofKind
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts, Standing, VerifiedApproval
from policies.tenure import LastUse
from tests.policies.plant import NOW, charter, charter_with, facts, permit, wanting

CONNECT = DecisionRight.CONNECT
ENDS = charter().people[PersonId("ana")].admitted.end  # type: ignore[union-attr]
EVERYBODY = tuple(PersonId(one) for one in ("petra", "deniz", "sven"))
PLACES = ("dmz-operations", "riverside")
"""Near to far on the permit's way."""
MONTH = timedelta(days=30)
PEOPLE, WHERE = st.sampled_from(EVERYBODY), st.sampled_from(PLACES)


@dataclass(frozen=True)
class Entry:
    """One line of the diary: these held, and this one stood in, from then on until then."""

    holders: tuple[PersonId, ...]
    deputy: PersonId | None
    since: datetime
    until: datetime = ENDS


class StaffChanges(RuleBasedStateMachine):
    """The plant's register over time, the approvals that were ever signed, and what they open."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        first = Entry((PersonId("petra"),), PersonId("deniz"), NOW - 10 * MONTH)
        self.diary: dict[str, list[Entry]] = {"riverside": [first]}
        self.here = set(EVERYBODY)
        self.given: list[Delegation] = []
        self.said: list[Statement] = []
        self.signed: set[PersonId] = set()

    # What happens to people.

    @rule(place=WHERE, holder=PEOPLE, other=PEOPLE | st.none(), deputy=PEOPLE | st.none())
    def somebody_else_takes_over(
        self, place: str, holder: PersonId, other: PersonId | None, deputy: PersonId | None
    ) -> None:
        holders = tuple(dict.fromkeys(one for one in (holder, other) if one is not None))
        entries = self.diary.setdefault(place, [])
        self._end(place)
        if not entries or entries[-1].until <= self.now:
            deputy = None if deputy in holders else deputy
            entries.append(Entry(holders, deputy, self.now))

    @rule(place=WHERE)
    def a_right_is_given_back(self, place: str) -> None:
        self._end(place)

    def _end(self, place: str) -> None:
        entries = self.diary.get(place, [])
        if entries and entries[-1].until > self.now:
            entries[-1] = replace(entries[-1], until=self.now)
            if entries[-1].since == entries[-1].until:
                entries.pop()

    @rule(person=PEOPLE)
    def somebody_leaves_the_plant_or_comes_back(self, person: PersonId) -> None:
        self.here ^= {person}

    @rule(place=WHERE, by=PEOPLE, to=PEOPLE)
    def somebody_delegates(self, place: str, by: PersonId, to: PersonId) -> None:
        one = Delegation(
            CONNECT,
            place,
            by,
            to,
            frozenset(Action),
            frozenset(OperatingState),
            TimeWindow(self.now, ENDS),
            self.now,
        )
        self.given.append(one)
        self.said.append(Statement(of_delegation(one), by, self.now, bytes(16)))

    @rule(place=WHERE, person=PEOPLE)
    def somebody_attests(self, place: str, person: PersonId) -> None:
        self.said.append(Statement(of_right(CONNECT, place), person, self.now, bytes(16)))

    @precondition(lambda self: self.now < NOW + 5 * MONTH)
    @rule(days=st.sampled_from([1, 1, 10, 31]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    # What they try meanwhile.

    @rule()
    def everybody_tries_to_approve(self) -> None:
        self.signed |= self._let_in()

    @invariant()
    def nobody_may_approve_but_those_who_hold_it_now(self) -> None:
        assert self._let_in() == self.able

    @invariant()
    def it_opens_by_the_word_of_nobody_but_those_who_hold_it_now(self) -> None:
        decision = decide(wanting(), self.facts, self.charter.rules)
        assert isinstance(decision, Allow) is bool(self.signed & self.able)

    def _let_in(self) -> set[PersonId]:
        terms = judge(self.wish, self.facts).terms
        return {one for one in EVERYBODY if may_approve(terms, CONNECT, one, self.now)}

    @property
    def charter(self) -> Charter:
        """The version in force: the diary as a register."""
        holdings = tuple(
            Holding(
                CONNECT,
                place,
                one.holders[0],
                one.deputy,
                "PI-07",
                TimeWindow(one.since, one.until),
                one.holders[1:],
            )
            for place, entries in self.diary.items()
            for one in entries
        )
        people = {
            name: one for name, one in charter().people.items() if name not in set(EVERYBODY) - self.here
        }
        return charter_with(
            holdings=holdings, people=people, delegations=tuple(self.given), statements=tuple(self.said)
        )

    @property
    def wish(self) -> Permit:
        window = TimeWindow(self.now - timedelta(hours=1), self.now + timedelta(hours=3))
        return permit(window=window, requested_at=self.now - timedelta(hours=2))

    @property
    def facts(self) -> Facts:
        """A sound node now. Every signature ever made is on the permit: somebody may have edited its row."""
        approvals = tuple(
            VerifiedApproval(CONNECT, one, ProofKind.PASSKEY, self.now) for one in sorted(self.signed)
        )
        return facts(
            now=self.now,
            charter=self.charter,
            standings=(Standing(self.wish, PermitState.ACTIVE, approvals),),
            last_use=LastUse(NOW - MONTH, {PersonId("ana"): self.now}),
        )

    @property
    def able(self) -> set[PersonId]:
        """Who may decide now, told from the diary alone."""
        place = next((one for one in PLACES if self.diary.get(one)), None)
        entry = self._entry(place)
        if place is None or entry is None:
            return set()
        if any(self._lapsed(place, heir) for heir in entry.holders):
            return set()  # they took it over and never said so: it is nobody's, their deputy's neither
        named = {*entry.holders, *([entry.deputy] if entry.deputy else [])}
        for one in self.given:
            if one.boundary == place and one.by in entry.holders and one.by in self.here:
                named |= {one.to}
        return named & self.here

    def _entry(self, place: str | None) -> Entry | None:
        found = [one for one in self.diary.get(place or "", []) if one.since <= self.now < one.until]
        return found[0] if found else None

    def _lapsed(self, place: str, heir: PersonId) -> bool:
        """Whether ``heir`` came in after somebody else, more than thirty days ago, and has not attested it."""
        since, first = self.now, True
        for one in reversed(self.diary[place]):
            if one.since > self.now:
                continue
            if heir not in one.holders:
                first = False
                break
            since = one.since
        if first:
            return False
        said = [one.at for one in self.said if (one.subject, one.person) == (of_right(CONNECT, place), heir)]
        return self.now >= since + MONTH and not any(at >= since - MONTH for at in said)


StaffChanges.TestCase.settings = settings(
    max_examples=max(25, settings.default.max_examples // 5), stateful_step_count=30, deadline=None
)
TestStaffChanges = StaffChanges.TestCase

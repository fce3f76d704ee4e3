from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import GRANTABLE, AccessRequest, Action, Allow, Deny, Grant, NeedsApproval, PassageKind
from domain.ids import AssetId, ConduitId, PersonId, RuleId, VendorId
from domain.parties import Contract, Leaving, LeavingKind, Training
from domain.permit import PermitState
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.engine import Finding, decide, findings
from policies.facts import Facts
from policies.matter import covers
from policies.rule import Abstain, Accept, Refuse, Require, Rule, Verdict
from policies.rules import MANDATORY, RANK, REGISTERED
from tests.for_each import for_each
from tests.policies.plant import (
    CLOSES,
    MICRO,
    NOW,
    OPENS,
    PERMIT,
    approval,
    asking,
    charter,
    charter_with,
    facts,
    permit,
    standing,
    wanting,
)

RULES = charter().rules
SOON = NOW + timedelta(hours=1)
CONNECT = frozenset({DecisionRight.CONNECT})


@dataclass(frozen=True)
class Says:
    """A rule that says what it was made to say."""

    verdict: Any
    id: RuleId = field(default=RuleId("says/1"))

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        if isinstance(self.verdict, BaseException):
            raise self.verdict
        return self.verdict  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Nameless:
    id: ClassVar[Any] = None

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        raise KeyError("a secret that must not be told")


ACCEPT, REFUSE, ABSTAIN = Accept("Yes."), Refuse("no", "No."), Abstain()
REQUIRE = Require(CONNECT, "Ask.")

verdicts = st.sampled_from(
    [ACCEPT, REFUSE, ABSTAIN, REQUIRE, ValueError("x"), None, Require(frozenset(), "Nothing.")]
)
rule_sets = st.lists(
    st.builds(Says, verdicts, st.sampled_from([RuleId(f"r-{n}/1") for n in range(4)])), max_size=6
)


@for_each(
    ("given_verdicts", "expected"),
    [
        pytest.param([], Deny, id="silence refuses"),
        pytest.param([ABSTAIN, ABSTAIN], Deny, id="abstentions are silence"),
        pytest.param([ACCEPT], Allow, id="accept"),
        pytest.param([ACCEPT, ABSTAIN], Allow, id="accept and an abstention"),
        pytest.param([ACCEPT, REQUIRE], NeedsApproval, id="require beats accept"),
        pytest.param([REQUIRE], NeedsApproval, id="require alone"),
        pytest.param([ACCEPT, REQUIRE, REFUSE], Deny, id="refuse beats both"),
        pytest.param([ACCEPT, ValueError("x")], Deny, id="an error refuses"),
        pytest.param([ACCEPT, RecursionError()], Deny, id="so does too deep a recursion"),
        pytest.param([ACCEPT, None], Deny, id="no verdict refuses"),
        pytest.param([ACCEPT, True], Deny, id="true is no verdict"),
        pytest.param([ACCEPT, Require(frozenset(), "Nothing.")], Deny, id="requiring no right is no verdict"),
    ],
)
def test_verdicts_combine(given_verdicts: list[Any], expected: type) -> None:
    assert isinstance(decide(wanting(), facts(), [Says(one) for one in given_verdicts]), expected)


@given(rule_sets, st.permutations(range(6)))
def test_the_order_of_rules_never_matters(rules: list[Rule], order: Sequence[int]) -> None:
    shuffled = [rules[n] for n in order if n < len(rules)]
    assert decide(wanting(), facts(), shuffled) == decide(wanting(), facts(), rules)


@given(st.permutations(RULES))
def test_the_order_of_the_real_rules_never_matters(rules: list[Rule]) -> None:
    for request in (wanting(), asking(), wanting(asset=AssetId("sis-1")), wanting(())):
        assert decide(request, facts(), rules) == decide(request, facts(), RULES)


@given(rule_sets, st.integers(0, 6))
def test_adding_a_refusal_never_opens(rules: list[Rule], at: int) -> None:
    assert isinstance(decide(wanting(), facts(), [*rules[:at], Says(REFUSE), *rules[at:]]), Deny)


@given(rule_sets, st.integers(0, 6))
def test_a_rule_that_raises_refuses_whatever_the_others_say(rules: list[Rule], at: int) -> None:
    decision = decide(wanting(), facts(), [*rules[:at], Says(OSError("disk")), *rules[at:]])
    assert isinstance(decision, Deny)
    assert "rule_error" in {one.code for one in decision.reasons}


@given(st.sampled_from(RULES), st.booleans())
def test_no_real_rule_is_needed_to_keep_shut_what_another_refuses(left_out: Rule, ask: bool) -> None:
    request = asking(asset=AssetId("sis-1")) if ask else wanting(asset=AssetId("sis-1"))
    rules = [one for one in RULES if one is not left_out]
    assert isinstance(decide(request, facts(standings=()), rules), Deny)


def test_no_rule_no_entry() -> None:
    decision = decide(wanting(), facts(), ())
    assert isinstance(decision, Deny)
    assert [one.code for one in decision.reasons] == ["no_rule"]


def test_an_error_is_named_by_its_rule_and_its_kind_and_tells_nothing_else() -> None:
    decision = decide(wanting(), facts(), [Nameless(), Says(ValueError("s3cret"), RuleId("node-sound/1"))])
    assert isinstance(decision, Deny)
    assert [(one.rule, one.code) for one in decision.reasons] == [
        ("node-sound/1", "rule_error"),
        ("Nameless", "rule_error"),
    ]
    assert "ValueError" in decision.reasons[0].sentence
    assert "s3cret" not in str(decision)
    assert "secret" not in str(decision)


def test_facts_that_break_the_look_up_refuse() -> None:
    broken = facts(standings=(None,))
    assert isinstance(decide(wanting(), broken, [Says(ACCEPT)]), Deny)
    assert isinstance(decide(wanting(), broken, RULES), Deny)


def test_everything_in_order_opens_until_the_permit_ends() -> None:
    decision = decide(wanting(), facts(), RULES)
    assert isinstance(decision, Allow)
    assert (decision.permit, decision.until) == (PERMIT, CLOSES)
    assert {one.rule for one in decision.reasons} == set(REGISTERED)


def test_asking_needs_the_holder_or_the_deputy() -> None:  # row: B02
    decision = decide(asking(), facts(standings=()), RULES)
    assert isinstance(decision, NeedsApproval)
    assert decision.rights == CONNECT
    assert decision.waiting_for == ("petra", "deniz")
    assert decision.permit is None


def test_a_waiting_permit_is_named_while_it_waits() -> None:  # row: B01
    decision = decide(wanting(), facts(standings=(standing(PermitState.REQUESTED, ()),)), RULES)
    assert isinstance(decision, NeedsApproval)
    assert decision.permit == PERMIT
    assert decision.waiting_for == ("petra", "deniz")


def test_accepting_rules_alone_open_nothing_without_a_permit() -> None:  # row: B01
    for request in (wanting(), asking(), wanting(asset=AssetId("nothing"))):
        assert isinstance(decide(request, facts(standings=()), [Says(ACCEPT)]), Deny)
    revoked = facts(revoked=frozenset({PERMIT}))
    assert isinstance(decide(wanting(), revoked, [Says(ACCEPT)]), Deny)
    for state in set(PermitState) - {PermitState.APPROVED, PermitState.ACTIVE}:
        assert isinstance(decide(wanting(), facts(standings=(standing(state),)), [Says(ACCEPT)]), Deny)


def test_a_permit_of_somebody_the_charter_no_longer_knows_opens_nothing() -> None:
    gone = PersonId("gone")
    here = facts(standings=(standing(person=gone),))
    assert isinstance(decide(wanting(person=gone), here, [Says(ACCEPT)]), Deny)
    assert isinstance(decide(wanting(person=gone), here, RULES), Deny)


def test_a_right_that_a_rule_requires_and_nobody_holds_refuses() -> None:  # row: B04
    data_out = charter_with(holdings=charter().holdings[:1])
    rules = [Says(Require(frozenset({DecisionRight.CONNECT, DecisionRight.DATA_OUT}), "Ask both."))]
    decision = decide(asking(), facts(charter=data_out), rules)
    assert isinstance(decision, Deny)
    assert decision.reasons[0].code == "no_holder"
    assert "data_out" in decision.reasons[0].sentence


def test_a_requirement_over_no_way_at_all_refuses() -> None:
    decision = decide(asking(asset=AssetId("sis-1")), facts(), [Says(REQUIRE)])
    assert isinstance(decision, Deny)
    assert decision.reasons[0].code == "no_holder"


@pytest.mark.parametrize(
    ("contract", "admitted", "expected"),
    [
        pytest.param(CLOSES, CLOSES, CLOSES, id="the permit ends first"),
        pytest.param(CLOSES - MICRO, CLOSES, CLOSES - MICRO, id="the contract ends an instant before"),
        pytest.param(CLOSES, CLOSES - MICRO, CLOSES - MICRO, id="the admission ends an instant before"),
        pytest.param(NOW + MICRO, CLOSES, NOW + MICRO, id="the contract ends in an instant"),
        pytest.param(NOW, CLOSES, None, id="the contract has just ended"),
        pytest.param(CLOSES, NOW, None, id="the admission has just ended"),
    ],
)
def test_a_session_ends_with_whatever_ends_first(
    contract: datetime, admitted: datetime, expected: datetime | None
) -> None:
    # row: A05, # row: D01
    begin = NOW - timedelta(days=1)
    made = Contract("C-1", TimeWindow(begin, contract), frozenset({AssetId("eng-ws-1")}))
    vendor = replace(charter().vendors[VendorId("brightwater")], contracts=(made,))
    ana = replace(charter().people[PersonId("ana")], admitted=TimeWindow(begin, admitted))
    here = facts(
        charter=charter_with(
            vendors={**charter().vendors, vendor.id: vendor}, people={**charter().people, ana.id: ana}
        )
    )
    decision = decide(wanting(), here, RULES)
    assert (decision.until if isinstance(decision, Allow) else None) == expected
    bare = decide(wanting(), here, [Says(ACCEPT)])
    assert (bare.until if isinstance(bare, Allow) else None) == expected


def test_the_longest_of_several_running_contracts_counts() -> None:
    begin = NOW - timedelta(days=1)
    contracts = tuple(
        Contract(f"C-{end}", TimeWindow(begin, end), frozenset({AssetId("eng-ws-1")}))
        for end in (CLOSES - MICRO * 2, CLOSES - MICRO, CLOSES - MICRO * 3)
    )
    vendor = replace(charter().vendors[VendorId("brightwater")], contracts=contracts)
    here = facts(charter=charter_with(vendors={**charter().vendors, vendor.id: vendor}))
    decision = decide(wanting(), here, RULES)
    assert isinstance(decision, Allow)
    assert decision.until == CLOSES - MICRO


approvers = st.sampled_from(
    [PersonId(one) for one in ("petra", "deniz", "olga", "milo", "ana", "ben", "nobody")]
)
approvals = st.lists(st.builds(lambda who: approval(approver=who), approvers), max_size=4)


@given(approvals, st.data())
def test_removing_any_approval_never_opens(given_approvals: list[Any], data: st.DataObject) -> None:
    # row: B01, # row: B10
    before = decide(wanting(), facts(standings=(standing(approvals=tuple(given_approvals)),)), RULES)
    # An approval by the one who asks, or by a vendor's person, closes a door; taking it away is not
    # what this property is about.
    plant = [one for one in given_approvals if one.approver not in {"ana", "ben"}]
    fewer = [one for one in plant if data.draw(st.booleans())]
    after = decide(wanting(), facts(standings=(standing(approvals=tuple(fewer)),)), RULES)
    if isinstance(after, Allow):
        assert {one.approver for one in fewer} & {"petra", "deniz"}
        if plant == given_approvals:
            assert isinstance(before, Allow)
    if not fewer:
        assert isinstance(after, Deny)


grants = st.sampled_from(
    [Grant(kind) for kind in PassageKind]
    + [Grant(PassageKind.FORWARD, port) for port in (2201, 5020, 5021, 8081)]
)
things = st.sampled_from(sorted(charter().assets))
ways = st.sampled_from(sorted(charter().conduits))
people = st.sampled_from(sorted(charter().people))
acts = st.frozensets(st.sampled_from(Action))
states = st.sampled_from(OperatingState)


@given(
    person=people,
    asset=things,
    passage=st.lists(grants, max_size=2),
    actions=acts,
    permitted=st.frozensets(grants.filter(lambda one: one.kind in GRANTABLE), min_size=1, max_size=3),
    allowed=acts.filter(bool),
    conduit=ways,
    state=states,
)
def test_what_opens_lies_within_the_request_the_permit_and_the_conduit(
    person: PersonId,
    asset: AssetId,
    passage: list[Grant],
    actions: frozenset[Action],
    permitted: frozenset[Grant],
    allowed: frozenset[Action],
    conduit: ConduitId,
    state: OperatingState,
) -> None:
    # row: B12, # row: C03
    vendor = charter().people[person].vendor or VendorId("brightwater")
    made = standing(
        person=person, asset=asset, grants=permitted, actions=allowed, conduit=conduit, vendor=vendor
    )
    here = facts(standings=(made,), states=dict.fromkeys(charter().zones, state))
    request = wanting(tuple(passage), person=person, asset=asset, actions=actions)
    if not isinstance(decide(request, here, RULES), Allow):
        return
    way, thing = charter().conduits[conduit], charter().assets[asset]
    assert passage
    assert all(one.kind in GRANTABLE for one in passage)
    assert all(covers(permitted, one, thing) and covers(way.grants, one, thing) for one in passage)
    assert actions <= allowed <= way.actions
    assert vendor in way.vendors
    assert way.destination == thing.zone
    assert state in way.states & made.permit.states
    assert not charter().zones[thing.zone].safety


def test_the_first_reason_is_the_same_however_the_charter_orders_its_rules() -> None:
    request = wanting((Grant(PassageKind.AGENT),), asset=AssetId("nothing"), person=PersonId("nobody"))
    for rules in (RULES, RULES[::-1]):
        decision = decide(request, facts(faults=("disk",)), rules)
        assert isinstance(decision, Deny)
        assert [one.code for one in decision.reasons] == [
            "agent_forwarding_refused", "node_not_sound", "person_unknown", "unknown_asset"
        ]  # fmt: skip


def test_two_rules_that_accept_with_the_same_words_are_both_named() -> None:
    for _ in range(2):
        decision = decide(wanting(), facts(), [Says(ACCEPT, RuleId("a/1")), Says(ACCEPT, RuleId("b/1"))])
        assert isinstance(decision, Allow)
        assert [one.rule for one in decision.reasons] == ["a/1", "b/1"]
    fresh = [Says(Accept(f"Yes {number}."), RuleId("a/1")) for number in range(300)]
    decision = decide(wanting(), facts(), fresh)
    assert isinstance(decision, Allow)
    assert {one.sentence for one in decision.reasons} == {f"Yes {number}." for number in range(300)}


def test_findings_give_every_rules_verdict_once_and_in_the_order_of_showing() -> None:
    found = findings(wanting(), facts(), RULES[::-1])
    assert [one.rule for one in found] == sorted(REGISTERED, key=RANK.__getitem__)
    assert {type(one.verdict) for one in found} == {Accept}


def test_findings_show_an_error_as_the_refusal_that_it_is() -> None:
    (only,) = findings(wanting(), facts(), [Says(ValueError("x"))])
    assert only == Finding(
        RuleId("says/1"), Refuse("rule_error", "The rule says/1 failed: ValueError.", only.verdict.remedy)
    )


def test_every_registered_rule_is_mandatory_and_in_force_in_the_sample() -> None:
    assert set(MANDATORY) == set(REGISTERED) == {one.id for one in RULES}
    assert permit().id == PERMIT


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"trainings": (Training("Site safety", TimeWindow(OPENS, SOON)),)}, id="training"),
        pytest.param({"checked": TimeWindow(OPENS, SOON)}, id="personnel check"),
        pytest.param({"admitted": TimeWindow(OPENS, SOON)}, id="admission"),
        pytest.param({"leaving": Leaving(LeavingKind.REASSIGNED, OPENS, SOON)}, id="notice of leaving"),
    ],
)
def test_a_session_is_given_no_more_time_than_its_persons_papers(changes: dict[str, Any]) -> None:
    """A05, I05: what lapses while a session runs ends it: the session's own deadline is that instant."""
    ana = replace(charter().people[PersonId("ana")], **changes)
    given = facts(charter=charter_with(people={**charter().people, ana.id: ana}))
    decision = decide(wanting(), given, RULES)
    assert isinstance(decision, Allow)
    assert decision.until == SOON < CLOSES
    later = facts(charter=given.charter, now=SOON)
    assert isinstance(decide(wanting(), later, RULES), Deny)

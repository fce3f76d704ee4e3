"""An exception in a decision: named in the reasons, ending by itself, and lifting nothing that it may not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from domain.access import AccessRequest, Allow, Deny, NeedsApproval, exceptions_of
from domain.exceptions import GrantedException, Liftable
from domain.ids import ExceptionId, PersonId, RuleId, VendorId
from domain.window import TimeWindow
from policies.engine import decide, findings
from policies.exceptions import LIFTED_OF, lifted, of_finding
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.rules import REGISTERED
from tests.policies.plant import NOW, OPENS, SECOND, asking, charter, charter_with, facts, standing, wanting

ENDS = NOW + timedelta(hours=1)
ONE = GrantedException(
    id=ExceptionId("ex-1"),
    owner=PersonId("olga"),
    granted_by=PersonId("petra"),
    reason="The contract is being renegotiated",
    compensating="Somebody of the shift sits beside every session",
    lifts=frozenset({Liftable.CONTRACT_TERM}),
    boundary="operations",
    window=TimeWindow(OPENS, ENDS),
    vendor=VendorId("brightwater"),
)


@dataclass(frozen=True)
class TermMissing:
    """A rule that always finds a contract wanting."""

    id: ClassVar[RuleId] = RuleId("contract-complete/1")
    code: str = "contract_term_missing"

    def judge(self, _request: AccessRequest, _facts: Facts) -> Verdict:
        return Refuse(self.code, "The contract does not say everything.", "Agree on it.")


def given(one: GrantedException = ONE, *, now: datetime = NOW) -> Facts:
    return facts(now=now, charter=charter_with(exceptions=(one,)))


def rules(wanting_rule: object = TermMissing()) -> tuple[object, ...]:
    return (*(one for one in charter().rules if "contract-complete" not in one.id), wanting_rule)


def test_a_refusal_that_an_exception_lifts_is_an_accept_with_its_id_s36() -> None:
    """S-36, I09: the decision names the exception, and ends when that does."""
    decision = decide(wanting(), given(), rules())
    assert isinstance(decision, Allow), decision
    (reason,) = [one for one in decision.reasons if one.exception]
    assert (reason.rule, reason.code, reason.exception) == ("contract-complete/1", "excepted", "ex-1")
    assert "olga answers for it" in reason.sentence
    assert "beside every session" in reason.sentence
    assert decision.until == decision.latest == ENDS
    assert exceptions_of(decision.reasons) == ("ex-1",)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        pytest.param(ENDS - SECOND, True, id="a second before it ends"),
        pytest.param(ENDS, False, id="its end"),
        pytest.param(ENDS + SECOND, False, id="a second after"),
    ],
)
def test_an_exception_that_has_ended_refuses_as_if_there_had_been_none_j05(
    now: datetime, opens: bool
) -> None:
    """J05: behaviour returns to base by itself."""
    decision = decide(wanting(), given(now=now), rules())
    assert isinstance(decision, Allow) is opens
    if not opens:
        assert decision == decide(wanting(), facts(now=now), rules())


def test_who_asks_under_an_exception_is_told_so_s36() -> None:
    """S-36: while a permit is asked for, the approver reads it too."""
    decision = decide(asking(), given(), rules())
    assert isinstance(decision, NeedsApproval)
    assert decision.reasons[0].code == "needs_approval"
    assert exceptions_of(decision.reasons) == ("ex-1",)
    assert any(
        isinstance(one.verdict, Accept) and one.verdict.exception == "ex-1"
        for one in findings(asking(), given(), rules())
    )


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(replace(ONE, boundary="pumping"), id="another boundary"),
        pytest.param(replace(ONE, vendor=VendorId("kestrel")), id="another vendor"),
        pytest.param(replace(ONE, lifts=frozenset({Liftable.TOOL})), id="another code"),
    ],
)
def test_an_exception_for_something_else_lifts_nothing_s36(one: GrantedException) -> None:
    """S-36: disciplined is narrow."""
    assert isinstance(decide(wanting(), given(one), rules()), Deny)


def test_the_same_code_from_another_rule_is_not_lifted_s36() -> None:
    """S-36: an exception lifts one rule's refusal."""

    class Other(TermMissing):
        id: ClassVar[RuleId] = RuleId("person-admitted/1")

    assert isinstance(decide(wanting(), given(), rules(Other())), Deny)


NEVER = {
    "node-sound",
    "passage-grantable",
    "person-admitted",
    "right-has-holder",
    "window-open",
    "permit-valid",
    "approver-is-not-requester",
    "not-isolated",
    "vendor-under-contract",
    "safety-zone-closed",
    "operating-state",
}


def test_no_rule_on_approval_identity_recording_or_deadline_can_be_lifted_s36() -> None:
    """S-36: the closed list."""
    assert not NEVER & set(LIFTED_OF.values())
    for rule in REGISTERED:
        if rule.partition("/")[0] in NEVER:
            for code in Liftable:
                all_of_it = replace(ONE, lifts=frozenset(Liftable), vendor=None)
                assert lifted(rule, Refuse(code, "No."), wanting(), given(all_of_it)) is None


def test_every_refusal_beside_the_lifted_one_still_refuses_s36() -> None:
    """S-36: an exception accepts for one rule, and for no other."""
    decision = decide(wanting(), replace_revoked(given()), rules())
    assert isinstance(decision, Deny)
    assert {one.code for one in decision.reasons} == {"permit_revoked"}


def replace_revoked(one: Facts) -> Facts:
    return facts(charter=one.charter, revoked=frozenset({standing().permit.id}))


def test_a_contract_that_lacks_a_term_is_refused_or_excepted_by_name_i09() -> None:
    """I09: a missing term blocks or needs an exception; on the real rule, and only while that runs."""
    ours = charter().vendors[VendorId("brightwater")]
    lacking = tuple(replace(one, terms=frozenset()) for one in ours.contracts)
    vendors = {**charter().vendors, ours.id: replace(ours, contracts=lacking)}
    bare = decide(wanting(), facts(charter=charter_with(vendors=vendors)), charter().rules)
    assert isinstance(bare, Deny)
    assert [one.code for one in bare.reasons] == ["contract_term_missing"]
    excepted = charter_with(vendors=vendors, exceptions=(ONE,))
    decision = decide(wanting(), facts(charter=excepted), charter().rules)
    assert isinstance(decision, Allow)
    assert (exceptions_of(decision.reasons), decision.until) == (("ex-1",), ENDS)
    after = decide(wanting(), facts(charter=excepted, now=ENDS), charter().rules)
    assert isinstance(after, Deny)


def test_a_finding_that_is_tolerated_is_still_found() -> None:
    found = replace(ONE, lifts=frozenset({Liftable.DEPUTY}), vendor=None)
    assert of_finding((found,), "no_deputy", ("operations",), NOW) is found
    assert of_finding((found,), "no_deputy", ("operations",), ENDS) is None

"""Break-glass in a decision: what it replaces, what it never does, and when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Action, Allow, Deny
from domain.break_glass import Glass, GlassRule, GlassTerms, Review
from domain.ids import AssetId, PermitId, PersonId, ZoneId
from domain.proof import ProofKind
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts
from policies.glass import (
    NoGlass,
    boundary_of,
    glass_seats,
    may_review,
    proven,
    purpose_of_review,
    refusal,
    skipped,
)
from policies.rules.break_glass import BreakGlassCounts
from policies.standing import VerifiedApproval
from tests.policies.plant import (
    CONTRACT_ENDS,
    NOW,
    PERMIT,
    SECOND,
    charter,
    charter_with,
    facts,
    permit,
    standing,
    wanting,
    word,
)

RULE = BreakGlassCounts()
AT = NOW - timedelta(minutes=10)
SVEN, MILO, PETRA = PersonId("sven"), PersonId("milo"), PersonId("petra")
GLASS = Glass(PERMIT, "riverside", ZoneId("operations"), (MILO, SVEN), AT, AT + timedelta(hours=1))
BEFORE = replace(GLASS, permit=PermitId("b" * 26), at=AT - timedelta(hours=2), until=AT - timedelta(hours=1))
REVIEWED = replace(BEFORE, review=Review(PETRA, AT - timedelta(minutes=30), 42))


def lead(person: str) -> VerifiedApproval:
    return VerifiedApproval(DecisionRight.INCIDENT_LEAD, PersonId(person), ProofKind.TOTP, AT)


def given(*uses: Glass, approvals: tuple[VerifiedApproval, ...] | None = None, **changes: Any) -> Facts:
    """Ana's permit, approved by those who led the incident, and the uses that the watchdog keeps."""
    yes = (lead("sven"), lead("milo")) if approvals is None else approvals
    known: dict[str, Any] = {"standings": (standing(approvals=yes),), "glasses": uses or (GLASS,)}
    return facts(**{**known, **changes})


def decided(*uses: Glass, **changes: Any) -> Allow | Deny:
    decision = decide(wanting(), given(*uses, **changes), charter().rules)
    assert isinstance(decision, Allow | Deny)
    return decision


def codes(decision: Allow | Deny) -> set[str]:
    return {one.code for one in decision.reasons}


def test_two_who_lead_incidents_or_are_of_the_shift_open_what_the_holder_did_not_h13() -> None:
    """H13: it goes through the one decision function, is named there, and ends after an hour."""
    decision = decided()
    assert isinstance(decision, Allow), decision
    assert "break_glass" in codes(decision)
    assert decision.until == decision.latest == GLASS.until


@pytest.mark.parametrize(
    "approvals",
    [
        pytest.param((), id="nobody"),
        pytest.param((lead("sven"),), id="one of two"),
        pytest.param((lead("sven"), lead("sven")), id="one person twice"),
        pytest.param((lead("sven"), lead("petra")), id="somebody who leads nothing"),
        pytest.param((lead("sven"), lead("ana")), id="the vendor"),
    ],
)
def test_without_their_proofs_a_use_opens_nothing_h13(approvals: tuple[VerifiedApproval, ...]) -> None:
    """H13: two sealed tokens; the watchdog's word alone approves nothing."""
    assert isinstance(decided(approvals=approvals), Deny)


def test_their_proofs_open_nothing_where_the_glass_was_not_broken_h13() -> None:
    """H13: always recorded: without the use that the watchdog keeps, incident_lead approves no permit."""
    assert "approval_not_valid" in codes(decided(BEFORE))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        pytest.param(GLASS.until - SECOND, "accept", id="a second before its end"),
        pytest.param(GLASS.until, "break_glass_over", id="its end"),
        pytest.param(GLASS.at - SECOND, "break_glass_over", id="before it was"),
    ],
)
def test_what_it_opened_is_over_soon_h13(now: Any, code: str) -> None:
    """H13: a short limit."""
    assert word(RULE, wanting(), given(now=now)) == code


def test_the_charter_bounds_it_whatever_the_use_says_h13() -> None:
    """H13: a record that claims a longer use opens no longer."""
    long = replace(GLASS, until=AT + timedelta(days=2))
    decision = decided(long)
    assert isinstance(decision, Allow)
    assert decision.until == AT + timedelta(hours=1)


def test_an_unreviewed_use_blocks_the_next_one_on_its_boundary_h13() -> None:
    """H13: no review blocks further use for that boundary; overdue is said to be."""
    assert "break_glass_unreviewed" in codes(decided(BEFORE, GLASS))
    assert isinstance(decided(REVIEWED, GLASS), Allow)
    assert isinstance(decided(replace(BEFORE, boundary="elsewhere"), GLASS), Allow)
    ancient = replace(BEFORE, at=AT - timedelta(hours=25), until=AT - timedelta(hours=24))
    late = decided(ancient, GLASS)
    assert any("overdue" in one.sentence for one in late.reasons)


def test_a_declared_emergency_waits_for_no_review_h13() -> None:
    """H13: except in declared emergency."""
    assert isinstance(decided(BEFORE, replace(GLASS, emergency=True)), Allow)


def test_a_review_that_the_gate_did_not_see_the_code_of_is_none_h13() -> None:
    """H13: an edited record of a review frees nothing."""
    on = purpose_of_review(BEFORE.permit)
    seen = proven([REVIEWED], lambda *asked: asked == (PETRA, 42, on), charter())
    assert seen == (REVIEWED,)
    assert proven([REVIEWED], lambda *_: False, charter()) == (BEFORE,)
    for nobody in ("milo", "ana", "stranger"):
        forged = replace(BEFORE, review=Review(PersonId(nobody), AT, 42))
        assert proven([forged], lambda *_: True, charter()) == (BEFORE,)


def test_a_use_over_another_boundary_than_the_permits_opens_nothing_h13() -> None:
    """H13: nobody names a boundary that is still free."""
    assert word(RULE, wanting(), given(replace(GLASS, boundary="dmz"))) == "break_glass_elsewhere"


def test_a_void_is_not_skipped_h13() -> None:
    """H13: there is no holder to be absent; the void is filled first."""
    held = tuple(one for one in charter().holdings if one.right is not DecisionRight.CONNECT)
    empty = charter_with(holdings=held)
    assert boundary_of(empty, permit(), NOW) is None
    assert isinstance(refusal(empty, (GLASS,), GLASS, permit(), NOW), NoGlass)
    nobody_leads = charter_with(
        holdings=tuple(one for one in charter().holdings if one.right is not DecisionRight.INCIDENT_LEAD)
    )
    assert "no_holder" in codes(decided(charter=nobody_leads))


def test_a_holder_has_their_time_where_one_person_is_enough_h13() -> None:
    """H13: the holder-absent rule."""
    terms = GlassTerms(GlassRule.HOLDER_ABSENT, absent_after=timedelta(minutes=15))
    absent = charter_with(glass=terms)
    asked = GLASS.at - timedelta(minutes=15)
    mine = (standing(approvals=(lead("milo"),), requested_at=asked),)
    assert isinstance(decided(charter=absent, standings=mine), Allow)
    hurried = (standing(approvals=(lead("milo"),), requested_at=asked + SECOND),)
    assert "break_glass_too_soon" in codes(decided(charter=absent, standings=hurried))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"faults": ("recorder",)}, "node_not_sound", id="a recorder that fails"),
        pytest.param({"isolated": frozenset({"zone:operations"})}, "isolated", id="an isolated zone"),
        pytest.param({"revoked": frozenset({PERMIT})}, "permit_revoked", id="a revoked permit"),
        pytest.param({"now": CONTRACT_ENDS}, "contract_over", id="the end of the contract"),
        pytest.param({"now": NOW + timedelta(hours=3)}, "window_over", id="the end of the window"),
        pytest.param({"states": {}}, "state_unknown", id="an unknown state"),
    ],
)
def test_break_glass_goes_around_nothing_but_the_holder_h13(changes: dict[str, Any], code: str) -> None:
    """H13, S-40: recording, interlocks, identity, contract and deadline hold as ever."""
    assert code in codes(decided(**changes))


def safe(actions: frozenset[Action]) -> tuple[Charter, Any]:
    zone = replace(charter().zones[ZoneId("operations")], safety=True)
    safety = charter_with(zones={**charter().zones, zone.id: zone})
    return safety, permit(actions=actions)


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.VIEW])
@pytest.mark.parametrize("emergency", [False, True])
def test_break_glass_never_opens_a_safety_zone_for_write_h13(action: Action, emergency: bool) -> None:
    """H13, B17: whatever else is asked beside it, and in an emergency too."""
    closed, wanted = safe(frozenset({Action.VIEW, action}))
    no = refusal(closed, (GLASS,), replace(GLASS, emergency=emergency), wanted, NOW)
    assert no is not None
    assert no.code == "break_glass_safety"


def test_in_a_safety_zone_it_replaces_no_second_key_b17() -> None:
    """B17: the key `connect` is replaced, and no other."""
    looking, wanted = safe(frozenset({Action.VIEW}))
    assert refusal(looking, (GLASS,), GLASS, wanted, NOW) is None
    rights = [seat.right for seat in glass_seats(looking, wanted, NOW)]
    assert rights == [DecisionRight.INCIDENT_LEAD, DecisionRight.INCIDENT_LEAD, DecisionRight.SAFETY]
    gone = permit(asset=AssetId("gone"))
    no = refusal(charter(), (), replace(GLASS, boundary="riverside"), gone, NOW)
    assert no is not None


def test_everyone_who_is_passed_over_is_named_h13() -> None:
    """H13: loud to everyone skipped."""
    assert skipped(charter(), permit(), NOW) == ("petra", "deniz")


@pytest.mark.parametrize(
    ("person", "may"),
    [("petra", True), ("deniz", True), ("iris", True), ("milo", False), ("sven", False), ("olga", False), ("ana", False), ("ghost", False)],
)  # fmt: skip
def test_who_reviews_it_had_no_part_in_it_h13(person: str, may: bool) -> None:
    """H13, B10: one who was passed over, or an auditor; never who used it."""
    assert may_review(charter(), permit(), GLASS, PersonId(person), NOW) is may


def test_nothing_is_said_of_a_permit_that_its_holder_approved() -> None:
    assert word(RULE, wanting(), facts()) == "accept"
    assert word(RULE, wanting(), facts(standings=(), glasses=(GLASS,))) == "abstain"


def test_the_shift_counts_only_where_somebody_leads_incidents_h13() -> None:
    """H13: a named person's right, with the shift beside it."""
    ended = tuple(
        replace(one, window=TimeWindow(one.window.start, NOW - SECOND))
        if one.right is DecisionRight.INCIDENT_LEAD
        else one
        for one in charter().holdings
    )
    assert all(isinstance(one, Holding) for one in ended)
    assert isinstance(decided(charter=charter_with(holdings=ended)), Deny)

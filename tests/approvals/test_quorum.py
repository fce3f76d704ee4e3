from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.quorum import Eligible, Terms, complete, deciders, may_approve, may_refuse, missing
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.rights import DecisionRight, Side
from domain.window import TimeWindow
from tests.approvals.desk import ANA, BEA, CONNECT, DAN, EVE, LEAD, NOW, SAM, SIDES, STAKE, holding, terms

DAY = timedelta(days=1)


@pytest.mark.parametrize("person", [pytest.param(BEA, id="holder"), pytest.param(DAN, id="deputy")])
def test_the_holder_and_the_deputy_may_approve(person: PersonId) -> None:
    assert may_approve(terms(), CONNECT, person, NOW) == Eligible(holding())


@pytest.mark.parametrize(
    ("asked", "right", "person", "code"),
    [
        pytest.param(terms(), CONNECT, EVE, "not_holder", id="somebody else"),
        pytest.param(terms(), CONNECT, SAM, "not_holder", id="the holder of another right"),
        pytest.param(terms(), LEAD, SAM, "right_not_needed", id="a right that is not needed"),
        pytest.param(terms(), CONNECT, ANA, "own_request", id="who asked"),
        pytest.param(terms(requester=BEA), CONNECT, BEA, "own_request", id="the holder who asked"),
        pytest.param(
            terms(outsiders=frozenset({BEA})), CONNECT, BEA, "vendor_person", id="a vendor's person"
        ),
        pytest.param(terms(holdings={CONNECT: None}), CONNECT, BEA, "void", id="a void"),
        pytest.param(terms(holdings={}), CONNECT, BEA, "void", id="nothing said of the right"),
        pytest.param(
            terms(holdings={CONNECT: holding(LEAD, holder=BEA)}),
            CONNECT,
            BEA,
            "void",
            id="another right's holding",
        ),
    ],
)
def test_whoever_may_not_approve_is_told_why(
    asked: Terms, right: DecisionRight, person: PersonId, code: str
) -> None:
    answer = may_approve(asked, right, person, NOW)
    assert not answer
    assert answer.code == code
    assert answer.sentence.endswith(".")


def test_t42_the_only_approver_who_asked_leaves_nobody() -> None:
    asked = terms(requester=BEA, holdings={CONNECT: holding(deputy=None)})
    assert deciders(asked, NOW) == ()
    assert not complete(asked, [(CONNECT, BEA)], NOW)


def test_t42_terms_with_no_right_are_never_complete() -> None:
    nobody = Terms(frozenset(), {}, frozenset(), ANA, STAKE, SIDES)
    assert not complete(nobody, [], NOW)
    assert not complete(nobody, [(CONNECT, BEA)], NOW)
    assert not may_refuse(nobody, BEA, NOW)


@pytest.mark.parametrize(
    ("at", "may"),
    [
        pytest.param(holding().window.start, True, id="the first instant is inside"),
        pytest.param(holding().window.end, False, id="the last instant is outside"),
        pytest.param(holding().window.start - DAY, False, id="before it was held"),
    ],
)
def test_a_right_is_held_for_its_window(at: datetime, may: bool) -> None:
    assert bool(may_approve(terms(), CONNECT, BEA, at)) is may


def test_every_right_must_say_yes() -> None:
    asked = terms(CONNECT, LEAD)
    assert not complete(asked, [(CONNECT, BEA)], NOW)
    assert not complete(asked, [(CONNECT, BEA), (CONNECT, DAN)], NOW)
    assert not complete(asked, [(LEAD, SAM)], NOW)
    assert complete(asked, [(CONNECT, BEA), (LEAD, SAM)], NOW)


def test_abuse_10_an_approver_who_lost_the_right_no_longer_counts() -> None:
    asked = terms(CONNECT, LEAD)
    given = [(CONNECT, BEA), (LEAD, SAM)]
    assert not complete(terms(CONNECT, LEAD, holdings={**asked.holdings, CONNECT: None}), given, NOW)
    assert not complete(
        terms(CONNECT, LEAD, holdings={**asked.holdings, CONNECT: holding(holder=EVE)}), given, NOW
    )
    assert not complete(asked, given, holding().window.end)


def test_two_rights_want_two_persons_not_one_with_two_rights() -> None:
    """B09: the same person does not count as two."""
    both = {CONNECT: holding(), LEAD: holding(LEAD, holder=BEA, deputy=SAM)}
    asked = terms(CONNECT, LEAD, holdings=both)
    assert not complete(asked, [(CONNECT, BEA), (LEAD, BEA)], NOW)
    assert complete(asked, [(CONNECT, BEA), (LEAD, SAM)], NOW)
    assert missing(asked, [(CONNECT, BEA), (LEAD, BEA)], NOW) == (LEAD,)


def test_k_of_n_within_one_right_are_different_persons() -> None:
    """B09: neither the same one twice, nor who delegated and their delegate."""
    given = Delegation(
        CONNECT, "vendor-to-cell", BEA, EVE, STAKE.actions, STAKE.states, holding().window, holding().window.start
    )  # fmt: skip
    two = {CONNECT: holding(others=(SAM,), quorum=2)}
    asked = terms(holdings=two, delegations=(given,))
    assert not complete(asked, [(CONNECT, BEA), (CONNECT, BEA)], NOW)
    assert not complete(asked, [(CONNECT, BEA), (CONNECT, EVE)], NOW)
    assert complete(asked, [(CONNECT, EVE), (CONNECT, SAM)], NOW)
    assert complete(asked, [(CONNECT, DAN), (CONNECT, BEA)], NOW)


@pytest.mark.parametrize(
    ("changed", "at", "code"),
    [
        pytest.param({}, NOW, "", id="within it"),
        pytest.param({"actions": frozenset()}, NOW, "beyond_delegation", id="outside the actions listed"),
        pytest.param({"states": frozenset()}, NOW, "beyond_delegation", id="outside the states listed"),
        pytest.param({"window": TimeWindow(NOW - 2 * DAY, NOW)}, NOW, "delegation_over", id="expired"),
        pytest.param({"by": DAN}, NOW, "not_holder", id="given by the deputy"),
        pytest.param({"boundary": "elsewhere"}, NOW, "not_holder", id="over another boundary"),
    ],
)
def test_a_delegate_is_told_why_not(changed: dict[str, Any], at: datetime, code: str) -> None:
    """B02, B03."""
    sound = Delegation(
        CONNECT, "vendor-to-cell", BEA, EVE, STAKE.actions, STAKE.states, holding().window, holding().window.start
    )  # fmt: skip
    answer = may_approve(terms(delegations=(replace(sound, **changed),)), CONNECT, EVE, at)
    assert getattr(answer, "code", "") == code


@pytest.mark.parametrize(
    ("side", "person", "code"),
    [
        pytest.param(Side.OT, BEA, "", id="OT in an OT seat"),
        pytest.param(Side.IT, BEA, "wrong_side", id="OT in an IT seat"),
        pytest.param(Side.IT, DAN, "wrong_side", id="its deputy"),
        pytest.param(None, BEA, "", id="where either may"),
    ],
)
def test_a_seat_of_one_side_is_not_filled_by_the_other(
    side: Side | None, person: PersonId, code: str
) -> None:
    """J15: whatever the charter says of who holds it."""
    answer = may_approve(terms(holdings={CONNECT: holding(side=side)}), CONNECT, person, NOW)
    assert getattr(answer, "code", "") == code


def test_any_of_the_rights_is_enough_to_refuse() -> None:
    asked = terms(CONNECT, LEAD)
    assert may_refuse(asked, SAM, NOW)
    assert may_refuse(asked, DAN, NOW)
    assert not may_refuse(asked, EVE, NOW)
    assert deciders(asked, NOW) == (BEA, DAN, SAM)


PEOPLE = st.sampled_from([ANA, BEA, DAN, SAM, EVE])


@given(
    required=st.frozensets(st.sampled_from([CONNECT, LEAD])),
    holder=PEOPLE,
    deputy=PEOPLE | st.none(),
    requester=PEOPLE,
    given_by=st.lists(st.tuples(st.sampled_from(list(DecisionRight)), PEOPLE), max_size=5),
)
def test_a_complete_quorum_never_rests_on_the_requester(
    required: frozenset[DecisionRight],
    holder: PersonId,
    deputy: PersonId | None,
    requester: PersonId,
    given_by: list[tuple[DecisionRight, PersonId]],
) -> None:
    holdings = {right: holding(right, holder=holder, deputy=deputy) for right in required}
    asked = Terms(required, holdings, frozenset(), requester, STAKE, SIDES)
    others = [one for one in given_by if one[1] != requester]
    assert complete(asked, given_by, NOW) == complete(asked, others, NOW)
    if complete(asked, given_by, NOW):
        assert {right for right, _ in others} >= required

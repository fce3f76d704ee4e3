"""What is let through lies within the wish, the permit, the conduit and the right, whatever is combined."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.access import GRANTABLE, Action, Allow, Grant, NeedsApproval, PassageKind
from domain.ids import PersonId
from domain.rights import DecisionRight
from policies.engine import decide
from policies.matter import covers
from tests.policies.plant import approval, asking, charter, charter_with, facts, permit, standing, wanting

GRANTS = st.sampled_from(sorted(Grant(kind) for kind in GRANTABLE if kind is not PassageKind.FORWARD))
PASSAGES = st.lists(GRANTS, min_size=1, max_size=3, unique=True).map(tuple)
ACTIONS = st.frozensets(st.sampled_from(sorted(Action)), min_size=1)
CONDUIT = charter().conduits[permit().conduit]
ASSET = charter().assets[permit().asset]


@given(PASSAGES, ACTIONS)
def test_what_may_be_asked_for_lies_within_the_conduit(
    passage: tuple[Grant, ...], actions: frozenset[Action]
) -> None:
    """B12: a wish beyond the conduit is refused, never cut down to it."""
    wish = replace(asking(passage), actions=actions, conduit=CONDUIT.id)
    if isinstance(decide(wish, facts(standings=()), charter().rules), NeedsApproval):
        assert all(covers(CONDUIT.grants, one, ASSET) for one in passage)
        assert actions <= CONDUIT.actions


@given(PASSAGES, ACTIONS, PASSAGES, ACTIONS, st.sampled_from(["petra", "deniz", "olga", "milo", "ana"]))
def test_what_goes_through_lies_within_wish_permit_conduit_and_right(
    passage: tuple[Grant, ...],
    actions: frozenset[Action],
    granted: tuple[Grant, ...],
    done: frozenset[Action],
    approver: str,
) -> None:
    """B12: grant ⊆ request ∩ conduit ∩ right; a yes from outside the right opens nothing."""
    one = standing(
        grants=frozenset(granted), actions=done, approvals=(approval(approver=PersonId(approver)),)
    )
    decision = decide(replace(wanting(passage), actions=actions), facts(standings=(one,)), charter().rules)
    if isinstance(decision, Allow):
        assert set(passage) <= set(granted)
        assert actions <= done <= CONDUIT.actions
        assert all(covers(CONDUIT.grants, each, ASSET) for each in granted)
        assert approver in {"petra", "deniz"}


def test_who_decides_in_one_zone_decides_nothing_in_the_next() -> None:
    """S-33, B02: a right over a zone is a right over that zone; nobody approves everywhere by rank."""
    (site,) = (one for one in charter().register if one.right is DecisionRight.CONNECT)
    near = replace(site, boundary="pumping", holder=PersonId("sven"), deputy=None)
    here = charter_with(holdings=(near,))
    at = facts().now
    assert here.holder(DecisionRight.CONNECT, ASSET.id, CONDUIT.id, at) is None
    yes = standing(approvals=(approval(approver=PersonId("sven")),))
    decision = decide(wanting(), facts(charter=here, standings=(yes,)), here.rules)
    assert not isinstance(decision, Allow)


def test_every_right_is_its_own_question_over_each_boundary() -> None:
    """S-01: connect, identity, data_out and incident_lead, each with a holder, a basis and an end."""
    four = {
        DecisionRight.CONNECT,
        DecisionRight.IDENTITY,
        DecisionRight.DATA_OUT,
        DecisionRight.INCIDENT_LEAD,
    }
    for right in four:
        held = charter().holder(right, ASSET.id, CONDUIT.id, facts().now)
        assert held is not None
        assert held.basis
        assert held.window.contains(facts().now)
        without = charter_with(holdings=tuple(one for one in charter().register if one.right is not right))
        assert without.holder(right, ASSET.id, CONDUIT.id, facts().now) is None

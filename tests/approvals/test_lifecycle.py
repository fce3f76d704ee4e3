from itertools import product
from pathlib import Path

import pytest

from approvals.lifecycle import TRANSITIONS, PermitEvent, apply, diagram, over, page, rows
from domain.errors import TransitionError
from domain.permit import PermitState
from tests.for_each import for_each

S, E = PermitState, PermitEvent

EDGES = {
    (S.REQUESTED, E.APPROVE): S.APPROVED,
    (S.REQUESTED, E.REFUSE): S.REFUSED,
    (S.REQUESTED, E.DISPUTE): S.DISPUTED,
    (S.REQUESTED, E.WITHDRAW): S.WITHDRAWN,
    (S.REQUESTED, E.NARROW): S.NARROWED,
    (S.REQUESTED, E.REVOKE): S.REVOKED,
    (S.REQUESTED, E.LAPSE): S.LAPSED,
    (S.DISPUTED, E.SETTLE): S.REQUESTED,
    (S.DISPUTED, E.REFUSE): S.REFUSED,
    (S.DISPUTED, E.WITHDRAW): S.WITHDRAWN,
    (S.DISPUTED, E.REVOKE): S.REVOKED,
    (S.APPROVED, E.WITHDRAW): S.WITHDRAWN,
    (S.APPROVED, E.ACTIVATE): S.ACTIVE,
    (S.APPROVED, E.REVOKE): S.REVOKED,
    (S.APPROVED, E.LAPSE): S.LAPSED,
    (S.ACTIVE, E.REVOKE): S.REVOKED,
    (S.ACTIVE, E.COMPLETE): S.COMPLETED,
}


@for_each(
    ("state", "event"), [pytest.param(s, e, id=f"{s} {e}") for s, e in product(PermitState, PermitEvent)]
)
def test_every_state_and_event_has_one_written_answer(state: PermitState, event: PermitEvent) -> None:
    after = EDGES.get((state, event))
    if after is None:
        with pytest.raises(TransitionError, match=f"{state} has no way to {event}"):
            apply(state, event)
    else:
        assert apply(state, event) is after


def test_the_table_names_every_state() -> None:
    assert set(TRANSITIONS) == set(PermitState)
    assert {(S(b), E(e)): S(a) for b, e, a in rows()} == EDGES


def test_no_way_leads_to_active_but_through_approved() -> None:
    """B01, B14: whatever the events, and however a dispute went, active comes after approved."""
    assert {before for before, out in TRANSITIONS.items() if S.ACTIVE in out.values()} == {S.APPROVED}
    assert {before for before, out in TRANSITIONS.items() if S.APPROVED in out.values()} == {S.REQUESTED}


def test_what_is_over_stays_over() -> None:
    assert {state for state in PermitState if over(state)} == set(PermitState) - {
        S.REQUESTED,
        S.DISPUTED,
        S.APPROVED,
        S.ACTIVE,
    }


def test_the_diagram_holds_every_edge_once() -> None:
    drawn = diagram().splitlines()
    for (before, event), after in EDGES.items():
        assert drawn.count(f"    {before} --> {after}: {event}") == 1
    assert sum(": " in line for line in drawn) == len(EDGES) + 1  # and the one that begins it all


def test_the_page_in_the_documents_is_the_one_that_the_table_writes() -> None:
    written = Path(__file__).parents[2] / "docs" / "permit.md"
    assert written.read_text("utf-8") == page(), "run: python -m approvals.lifecycle > docs/permit.md"

from dataclasses import replace
from typing import Any

from domain.events import EquivalenceDecided
from domain.ids import PersonId
from policies.assurance.evidence import Span
from policies.assurance.gathering import equivalences, gathered
from policies.assurance.status import State, Why
from policies.assurance.view import view
from tests.policies.assurance.leaves import DAY, a_session, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_register_items import drawing
from tests.policies.plant import NOW, charter


def decided(**more: Any) -> EquivalenceDecided:
    given: dict[str, Any] = {
        "at": NOW - DAY,
        "name": "drawings",
        "kind": "EV-ZCM",
        "from_zone": "operations",
        "to_zone": "pumping",
        "owner": PersonId("olga"),
        "until": NOW + DAY,
        "by": "olga",
        "reason": "One drawing shows both",
    }
    return EquivalenceDecided(**given | more)


def evidence(*events: Any, at: Any = NOW) -> Any:
    return gathered(shipped(), charter(), collection(*events), at)


def test_a_session_and_a_charter_come_together_as_evidence() -> None:
    found = evidence(applied(), *a_session())
    assert len(found.sessions) == 1
    assert {one.kind for one in found.items} >= {"EV-REC", "EV-ZCM", "EV-IDP"}


def test_a_drawing_goes_stale_when_the_zone_model_changes() -> None:
    """G10, S-17: set to be looked at again in a year, it is stale at once where the model changed."""

    def control(*events: Any) -> Any:
        lines = view(shipped(), evidence(*events), Span("operations"), NOW).lines
        return next(one.status for one in lines if one.control.id == "BC-09")

    change = applied(NOW - DAY, "Zone operations (Operations): record one at SL-T 2.")
    assert control(applied(), drawing()).state is State.SATISFIED
    assert control(applied(), replace(drawing(), made=NOW - 400 * DAY)).stale
    (gap,) = control(drawing(), change).gaps
    assert (gap.why, gap.item.partition("/")[0]) == (Why.TRIGGERED, "EV-ZCM")
    assert control(drawing(), change, drawing(made=NOW)).state is State.SATISFIED


def test_evidence_of_one_zone_counts_in_another_while_somebody_answers_for_it() -> None:
    """S-18, J18: with owner, date and end; over, it no longer counts in the second zone."""

    def lent(*events: Any, at: Any = NOW) -> list[Any]:
        return [
            one
            for one in evidence(*events, at=at).items
            if one.zone == "pumping" and one.subject == "pid-cell-3"
        ]

    (found,) = lent(drawing(), decided())
    (own,) = [one for one in evidence(drawing()).items if one.subject == "pid-cell-3"]
    assert found.id == own.id
    assert found.until == NOW + DAY
    assert "accepted from operations by olga (leaf 1)" in found.note
    assert not lent(drawing())
    assert not lent(drawing(), decided(), at=NOW + DAY)
    assert not lent(drawing(), decided(), decided(until=NOW - DAY))
    (last,) = equivalences(collection(decided(), decided(reason="again")).said)
    assert last.reason == "again"

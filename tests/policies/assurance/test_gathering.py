from dataclasses import replace
from typing import Any

from domain.events import EquivalenceDecided, EvidenceCollected, TriggerNoted
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


def reviewed_list(**more: Any) -> Any:
    """The record of a review of the list of events."""
    return drawing(
        name="event-list",
        kind="EV-EVL",
        sort="review",
        zone="",
        every="P1Y",
        triggers=(),
        **{"made": NOW, **more},
    )


def of_events(*events: Any, at: Any = NOW) -> Any:
    seen = EvidenceCollected(
        at=at - DAY, kind="EV-CFG", subject="node", digest="0" * 64, facts=(), sound=True, by="node"
    )
    found = evidence(applied(), *a_session(at=at - DAY), seen, *events, at=at)
    return next(one.status for one in view(shipped(), found, Span(), at).lines if one.control.id == "BC-19")


def test_an_overdue_review_of_the_list_of_events_turns_its_control_stale() -> None:
    """E15: reviewed on schedule, and again after an incident; overdue, BC-19 is stale."""
    assert of_events(reviewed_list()).state is State.SATISFIED
    late = NOW.replace(year=NOW.year + 1)
    assert of_events(reviewed_list(), at=late - DAY).state is State.SATISFIED
    found = of_events(reviewed_list(), at=late)
    assert (found.state, found.stale) == (State.NOT_SATISFIED, True)
    assert {one.kind for one in found.gaps} == {"EV-EVL"}
    incident = TriggerNoted(at=NOW - DAY, name="incident_closed", zone="", vendor="", by="sven", reason="r")
    before = of_events(incident, reviewed_list(made=NOW - 2 * DAY))
    assert "EV-EVL" in {one.kind for one in before.gaps if one.detail == "incident_closed"}
    assert "EV-EVL" not in {one.kind for one in of_events(incident, reviewed_list()).gaps}

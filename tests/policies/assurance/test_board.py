from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.events import Event, FindingRaised, PermitChanged
from domain.ids import PermitId, PersonId
from policies.assurance.board import Board, Latency, Wait, board, latency
from policies.assurance.evidence import Span
from policies.assurance.findings import findings
from policies.assurance.gathering import gathered
from policies.assurance.view import view
from policies.charter.charter import Charter
from policies.charter.tolerated import tolerated
from policies.charter.void import void_report
from tests.policies.assurance.leaves import DAY, HOUR, a_session, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_register_items import drawing
from tests.policies.plant import NOW, charter, charter_with
from tests.policies.test_exceptions import ONE


def paged(*events: Event, of: Charter | None = None, at: Any = NOW) -> Board:
    plant, read = of or charter(), collection(applied(NOW - DAY), *events)
    evidence = gathered(shipped(), plant, read, at)
    zones = {zone: view(shipped(), evidence, Span(zone), at) for zone in plant.zones}
    return board(
        plant,
        void_report(plant, at),
        tolerated(plant, at),
        zones,
        read.permits.values(),
        findings(read.said),
        view(shipped(), evidence, Span(), at),
    )


def settled(name: str, after: str, hours: int) -> tuple[Event, ...]:
    """A request that was settled ``hours`` after it was asked."""
    _, asked, *_ = a_session(name)
    return asked, PermitChanged(
        at=asked.at + hours * HOUR,
        permit=PermitId(name * 26),
        before="requested",
        after=after,
        by="petra",
        reason="",
    )


def test_each_boundary_names_the_person_who_answers_for_it() -> None:
    """S-09: an answerable person per boundary; where nobody holds the right, the executive answers for that."""
    found = paged()
    (row,) = [one for one in found.rows if one.boundary == "riverside"]
    assert (row.person, row.deputy) == ("petra", "deniz")
    assert found.executive == charter().escalation.executive
    late = max(one.window.end for one in charter().register)
    void = paged(at=late)
    assert {one.person for one in void.rows} == {None}
    assert void.shut
    assert sum(one.shut for one in void.rows) == len(void.shut)


def test_exceptions_and_stale_evidence_stand_at_their_boundary() -> None:
    """S-09: what is tolerated and what is stale, where somebody answers for it."""
    plant = charter_with(exceptions=(ONE,))
    found = paged(drawing(made=NOW - 400 * DAY), of=plant)
    assert [one.exception.id for one in found.tolerated] == [ONE.id]
    assert sum(one.tolerated for one in found.rows) == 1
    assert ("EV-ZCM", "operations") in {(kind, zone) for kind, zone, _ in found.stale}
    assert sum(one.stale for one in found.rows) > 0
    assert not found.rows[0].calm


def test_how_long_decisions_took_by_hand() -> None:
    """S-09: the median, the longest, and what nobody decided."""
    found = paged(*settled("a", "approved", 1), *settled("b", "refused", 3), *settled("c", "lapsed", 5))
    assert found.latency == Latency(2, HOUR, 3 * HOUR, 1)
    (row,) = [one for one in found.rows if one.boundary == "riverside"]
    assert row.latency == found.latency
    assert paged(*settled("a", "withdrawn", 1)).latency == Latency()
    waits = [Wait("x", timedelta(hours=hours), lapsed=False) for hours in (9, 1, 5)]
    assert latency(waits).median == 5 * HOUR
    assert latency(()) == Latency()


def test_what_is_stale_in_every_zone_is_said_once() -> None:
    found = paged(at=NOW + 500 * DAY)
    whole = [kind for kind, zone, _ in found.stale if not zone]
    assert "EV-ZCM" in whole
    assert len(found.stale) == len(set(found.stale))


def test_open_findings_are_counted() -> None:
    raised = FindingRaised(
        at=NOW,
        finding="f-1",
        about="eng-ws-1",
        register="riverside/ot",
        owner=PersonId("petra"),
        told=(),
        sentence="s",
        by="iris",
    )
    assert paged(raised).findings == 1
    assert paged(raised, replace(raised, finding="f-2")).findings == 2

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.access import Action
from domain.attestation import Statement, of_right
from domain.delegation import Delegation
from domain.ids import ConduitId, PathwayId, PersonId, ZoneId
from domain.inheritance import WITHIN
from domain.plant import OperatingState, Outflow
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.void import Kind, void_report, voids
from policies.escalation import BoundaryTimers, Escalation
from policies.pathway import Pathway, PathwayKind, PathwayStatus
from tests.for_each import for_each
from tests.policies.plant import CONTRACT_ENDS, MICRO, NOW, charter, charter_with, two_sites

LAST = CONTRACT_ENDS - MICRO
CONNECT, DATA_OUT, SAFETY = DecisionRight.CONNECT, DecisionRight.DATA_OUT, DecisionRight.SAFETY
WAYS = ("dmz-operations", "dmz-pumping", "office-dmz")


def changed(right: DecisionRight, **changes: Any) -> Charter:
    """The sample, with something else in the entry of one right."""
    held = tuple(replace(one, **changes) if one.right is right else one for one in charter().register)
    return charter_with(holdings=held)


def held(right: DecisionRight = CONNECT) -> Holding:
    return next(one for one in charter().register if one.right is right)


def without(right: DecisionRight) -> Charter:
    return charter_with(holdings=tuple(one for one in charter().register if one.right is not right))


def until(at: datetime) -> TimeWindow:
    return TimeWindow(held().window.start, at)


def delegated(document: str, approved: datetime) -> Charter:
    given = Delegation(
        CONNECT, "riverside", PersonId("petra"), PersonId("milo"), frozenset(Action), frozenset(OperatingState),
        TimeWindow(approved, CONTRACT_ENDS), approved, document,
    )  # fmt: skip
    return charter_with(delegations=(given,))


def taken_over() -> Charter:
    """Olga took Petra's right over forty days ago, and never said that she answers for it."""
    since = NOW - timedelta(days=40)
    first = replace(held(), window=until(since))
    second = replace(
        held(), holder=PersonId("milo"), window=TimeWindow(since, CONTRACT_ENDS), basis="PI-07, version 4"
    )
    rest = [one for one in charter().register if one.right is not CONNECT]
    return charter_with(holdings=(first, second, *rest))


def two_keys() -> Charter:
    """A conduit into the safety zone, whose second key its own holder would turn."""
    conduits = charter().conduits | {
        ConduitId("dmz-pumping"): replace(
            charter().conduits[ConduitId("dmz-pumping")], destination=ZoneId("safety")
        )
    }
    holdings = (
        *(one for one in charter().register if one.right is not SAFETY),
        replace(held(SAFETY), holder=PersonId("petra")),
    )
    return charter_with(conduits=conduits, holdings=holdings)


def way_out() -> Charter:
    """A conduit by which data leaves; who lets somebody in also lets it out."""
    way = replace(charter().conduits[ConduitId("office-dmz")], data_out=frozenset({Outflow.SFTP}))
    return charter_with(conduits=charter().conduits | {way.id: way})


SEEDED: list[tuple[str, Callable[[], Charter], tuple[Kind, DecisionRight, str]]] = [
    ("vacant", lambda: without(DATA_OUT), (Kind.VACANT, DATA_OUT, "riverside")),
    ("not begun", lambda: changed(DATA_OUT, window=TimeWindow(LAST, CONTRACT_ENDS)), (Kind.VACANT, DATA_OUT, "riverside")),
    ("expired", lambda: changed(CONNECT, window=until(NOW)), (Kind.EXPIRED, CONNECT, "riverside")),
    ("unattested", taken_over, (Kind.OVERDUE_ATTESTATION, CONNECT, "riverside")),
    ("no deputy", lambda: changed(CONNECT, deputy=None), (Kind.SINGLE_POINT, CONNECT, "riverside")),
    ("no arbiter", lambda: changed(CONNECT, arbiter=None), (Kind.NO_ARBITER, CONNECT, "riverside")),
    ("no second key", lambda: without(SAFETY), (Kind.VACANT, SAFETY, "safety")),
    ("two keys, one person", two_keys, (Kind.CONFLICTED, SAFETY, "safety")),
    ("way in, way out", way_out, (Kind.CONFLICTED, DATA_OUT, "riverside")),
    ("no document", lambda: delegated("", NOW - WITHIN), (Kind.UNDOCUMENTED, CONNECT, "riverside")),
]  # fmt: skip


@for_each(("seed", "expected"), [pytest.param(seed, what, id=name) for name, seed, what in SEEDED])
def test_a_seeded_gap_is_the_one_void_that_is_found(
    seed: Callable[[], Charter], expected: tuple[Kind, DecisionRight, str]
) -> None:
    """J01, B03, B04, S-03: exactly it, once, however many conduits it concerns."""
    assert [(one.kind, one.right, one.boundary) for one in void_report(seed(), NOW).voids] == [expected]


def test_the_sample_has_no_void() -> None:
    """J01: a report that finds nothing has looked at every cell."""
    report = void_report(charter(), NOW)
    assert report.voids == ()
    assert all(cell.holding is not None for cell in report.cells.values())
    assert len(report.cells) == 4 * len(WAYS) + 1


@pytest.mark.parametrize(
    ("at", "number"),
    [
        pytest.param(NOW, 0, id="in the middle nothing is void"),
        pytest.param(LAST, 0, id="the last instant is held"),
        pytest.param(CONTRACT_ENDS, 5, id="the closing instant is void: five rights, each once"),
    ],
)
def test_a_right_is_void_from_the_instant_its_window_ends(at: datetime, number: int) -> None:
    """B04: at the instant, not at the next day."""
    assert len(voids(charter(), at)) == number


def test_a_void_names_who_held_the_right_last_and_every_way_that_it_shuts() -> None:
    void = voids(charter(), CONTRACT_ENDS)[0]
    assert (void.right, void.last, void.affects) == (CONNECT, "petra", WAYS)


def test_the_nearest_boundary_decides_even_when_its_holding_has_lapsed() -> None:
    lapsed = replace(held(), boundary="dmz-pumping", window=until(NOW))
    found = voids(charter_with(holdings=(*charter().register, lapsed)), NOW)
    assert [(one.boundary, one.affects, one.last) for one in found] == [
        ("dmz-pumping", ("dmz-pumping",), "petra")
    ]


def test_each_site_is_told_apart() -> None:
    """J01: a holder over one site is none over the other."""
    found = {(one.boundary, one.right) for one in voids(two_sites(), NOW)}
    assert found == {("hilltop", right) for right in DecisionRight if right is not SAFETY}


def test_a_void_is_told_to_the_deputy_then_to_the_executive() -> None:
    """B04, J09, S-09: by name, by when, and how to reach them without a network."""
    ladder = Escalation(executive=PersonId("olga"))
    lapsed = tuple(
        replace(one, window=until(NOW)) if one.right is CONNECT else one for one in charter().register
    )
    (void,) = void_report(charter_with(holdings=lapsed, escalation=ladder), NOW).voids
    assert [(one.person, one.at - NOW) for one in void.steps] == [
        ("deniz", timedelta(minutes=5)),
        ("olga", timedelta(hours=4)),
    ]
    assert void.steps[0].contact == "radio channel 2"
    told = [void.level(NOW + after) for after in (timedelta(), timedelta(minutes=5), timedelta(hours=4))]
    assert told == ["", "deputy", "executive"]


def test_a_boundary_with_timers_of_its_own_is_told_by_them() -> None:
    """B04, J09: the span that the boundary sets, and what it leaves out as around it."""
    sooner = BoundaryTimers(boundary="riverside", executive_after=timedelta(minutes=30))
    lapsed = tuple(
        replace(one, window=until(NOW)) if one.right is CONNECT else one for one in charter().register
    )
    (void,) = void_report(charter_with(holdings=lapsed, timers=(sooner,)), NOW).voids
    assert [one.at - NOW for one in void.steps] == [timedelta(minutes=5), timedelta(minutes=30)]


def test_a_rung_without_a_person_is_seen() -> None:
    (void,) = void_report(without(DATA_OUT), NOW).voids
    assert [one.person for one in void.steps] == [None, "nora"]


def test_a_vacant_right_counts_from_when_the_charter_took_effect() -> None:
    """J01: the clock does not begin anew with each look."""
    since = NOW - timedelta(days=3)
    (void,) = void_report(without(DATA_OUT), NOW, loaded=since).voids
    assert void.since == since
    (later,) = void_report(without(DATA_OUT), NOW, loaded=NOW + timedelta(days=1)).voids
    assert later.since == NOW


def test_an_attested_successor_is_no_void() -> None:
    """J03, S-03: in time or late, from then on."""
    said = Statement(of_right(CONNECT, "riverside"), PersonId("milo"), NOW - MICRO, bytes(16))
    assert void_report(taken_over().attested((said,)), NOW).voids == ()
    assert voids(taken_over(), NOW)[0].since == NOW - timedelta(days=10)


@pytest.mark.parametrize(
    ("document", "approved", "number"),
    [
        pytest.param("", NOW - WITHIN + MICRO, 0, id="within thirty days"),
        pytest.param("", NOW - WITHIN, 1, id="after thirty days"),
        pytest.param("DF-12", NOW - WITHIN, 0, id="with a document"),
    ],
)
def test_a_delegation_that_nobody_wrote_down_is_told_after_thirty_days(
    document: str, approved: datetime, number: int
) -> None:
    """B03: any delegation change older than thirty days without a document."""
    assert len(void_report(delegated(document, approved), NOW).voids) == number


def test_a_pathway_that_does_not_pass_here_is_counted() -> None:
    """J01: a modem is a void of every right."""
    modem = Pathway(
        PathwayId("pump-modem"), "Modem of pump 7", PathwayKind.MODEM, ZoneId("pumping"),
        PathwayStatus.UNGOVERNED, "Fault memories", date(2026, 2, 3),
    )  # fmt: skip
    (void,) = void_report(charter_with(pathways={modem.id: modem}), NOW).voids
    assert (void.kind, void.right, void.boundary, void.sentence) == (
        Kind.UNGOVERNED, None, "pumping",
        "Modem of pump 7 into Pumping station: nobody decides over it; Fault memories.",
    )  # fmt: skip
    assert not void.refuses


def test_a_second_holder_beyond_the_quorum_stands_in_for_a_deputy() -> None:
    assert void_report(changed(CONNECT, deputy=None, others=(PersonId("milo"),)), NOW).voids == ()
    (void,) = void_report(changed(CONNECT, deputy=None, others=(PersonId("milo"),), quorum=2), NOW).voids
    assert void.kind is Kind.SINGLE_POINT

"""The exceptions as a list shows them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.exceptions import Liftable
from domain.ids import ExceptionId, PathwayId, ZoneId
from domain.inheritance import WITHIN
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.finding import Finding
from policies.charter.tolerated import Standing, tolerance, tolerated, tolerating
from policies.pathway import Pathway, PathwayKind, PathwayStatus
from tests.policies.plant import NOW, OPENS, charter, charter_with
from tests.policies.test_exceptions import ENDS, ONE


@pytest.mark.parametrize(
    ("at", "standing"),
    [
        pytest.param(OPENS - timedelta(seconds=1), "to come", id="before"),
        pytest.param(OPENS, "in force", id="its first instant"),
        pytest.param(ENDS, "over", id="its end"),
    ],
)
def test_where_an_exception_stands_is_the_clocks_word_j05(at: object, standing: str) -> None:
    """J05: it ends by itself."""
    (one,) = tolerated(charter_with(exceptions=(ONE,)), at)  # type: ignore[arg-type]  # an instant of the table
    assert one.standing == standing
    assert f"({standing})" in one.sentence


def test_the_list_says_who_answers_what_is_done_instead_and_how_often_it_was_renewed_j05() -> None:
    """J05, S-36: the renewal count is visible."""
    second = replace(
        ONE,
        id=ExceptionId("ex-2"),
        renews=ONE.id,
        window=TimeWindow(ENDS, ENDS + timedelta(days=1)),
        reviewed=NOW,
        vendor=None,
    )
    first, renewed = tolerated(charter_with(exceptions=(second, ONE)), NOW)
    assert (first.renewal, renewed.renewal) == (0, 1)
    assert "never reviewed" in first.sentence
    assert "for brightwater" in first.sentence
    assert "renewal 1 of ex-1" in renewed.sentence
    assert "olga answers, petra granted it" in renewed.sentence
    assert "beside every session" in renewed.sentence
    document = renewed.document()
    assert (document["renews"], document["renewal"], document["standing"]) == ("ex-1", 1, "to come")
    assert first.document()["reviewed"] is None


def test_one_whose_boundary_passed_on_is_shown_as_lapsed_j03() -> None:
    """J03: it is written down, and lifts nothing until its new holder attests it."""
    plant = charter()
    first = next(one for one in plant.register if one.right is DecisionRight.CONNECT)
    before = replace(first, window=TimeWindow(first.window.start - timedelta(days=900), OPENS + timedelta(1)))
    after = replace(
        first, holder=first.deputy, deputy=None, window=TimeWindow(before.window.end, first.window.end)
    )
    held = tuple(one for one in plant.register if one is not first)
    one = replace(ONE, window=TimeWindow(OPENS, before.window.end + 2 * WITHIN))
    found = charter_with(exceptions=(one,), holdings=(*held, before, after))
    early, late = (tolerated(found, before.window.end + span)[0] for span in (timedelta(), WITHIN))
    assert early.standing is Standing.IN_FORCE
    assert late.standing is Standing.LAPSED


def test_a_finding_is_tolerated_where_it_is_and_no_longer_than_that() -> None:
    """J05: an ungoverned pathway by its zone, a missing deputy by its conduit, and nothing else by either."""
    deputy = Finding("no_deputy", "conduit dmz-pumping", "It has none.", "Name one.")
    one = replace(ONE, lifts=frozenset({Liftable.DEPUTY}), boundary="riverside", vendor=None)
    tolerant = charter_with(exceptions=(one,))
    assert tolerating(tolerant, deputy, NOW) == one
    assert tolerance(one).endswith("olga answers for it.")
    assert tolerating(tolerant, deputy, ENDS) is None
    assert tolerating(tolerant, replace(deputy, code="no_holder"), NOW) is None
    near = charter_with(exceptions=(replace(one, boundary="dmz-operations"),))
    assert tolerating(near, deputy, NOW) is None
    way = Pathway(
        PathwayId("pump-modem"), "Modem of pump 7", PathwayKind.MODEM, ZoneId("pumping"),
        PathwayStatus.UNGOVERNED, "Fault memories", date(2026, 2, 3),
    )  # fmt: skip
    found = Finding("ungoverned_pathway", f"pathway {way.id}", "Nobody decides.", "Close it.")
    by_zone = replace(one, lifts=frozenset({Liftable.PATHWAY}), boundary=way.zone)
    zone = charter_with(pathways={way.id: way}, exceptions=(by_zone,))
    assert tolerating(zone, found, NOW) is not None

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.ids import PersonId
from domain.rights import DecisionRight, Holding, Side, holding_of
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS

BEA, CARL, ANA = PersonId("bea"), PersonId("carl"), PersonId("ana")


def holding(boundary: str, holder: PersonId = BEA, end: datetime = CLOSES) -> Holding:
    return Holding(
        DecisionRight.CONNECT, boundary, holder, CARL, "Charter of duties 3", TimeWindow(OPENS, end)
    )


NEAR_TO_FAR = ("conduit-1", "zone-1", "site-1")


@pytest.mark.parametrize(
    ("holdings", "expected"),
    [
        pytest.param([holding("site-1"), holding("conduit-1", ANA)], ANA, id="the nearest boundary decides"),
        pytest.param([holding("site-1"), holding("zone-1", ANA)], ANA, id="the zone before the site"),
        pytest.param([holding("site-1")], BEA, id="the site where nothing nearer names the right"),
        pytest.param([holding("elsewhere")], None, id="another boundary does not count"),
        pytest.param([], None, id="nobody is a void"),
    ],
)
def test_who_holds_a_right(holdings: list[Holding], expected: PersonId | None) -> None:
    found = holding_of(holdings, DecisionRight.CONNECT, NEAR_TO_FAR, OPENS)
    assert (found.holder if found else None) == expected


def test_a_lapsed_holding_is_a_void_and_does_not_ask_the_site_instead() -> None:
    lapsed = holding("conduit-1", end=OPENS + timedelta(hours=1))
    at = OPENS + timedelta(hours=1)
    assert holding_of([lapsed, holding("site-1")], DecisionRight.CONNECT, NEAR_TO_FAR, at) is None


def test_a_holding_that_follows_a_lapsed_one_counts() -> None:
    middle = OPENS + timedelta(hours=1)
    first = holding("zone-1", end=middle)
    second = Holding(
        DecisionRight.CONNECT, "zone-1", ANA, None, "Charter of duties 4", TimeWindow(middle, CLOSES)
    )
    assert holding_of([first, second], DecisionRight.CONNECT, NEAR_TO_FAR, middle) is second


def test_another_right_over_the_same_boundary_does_not_count() -> None:
    assert holding_of([holding("zone-1")], DecisionRight.DATA_OUT, NEAR_TO_FAR, OPENS) is None


def test_every_holder_is_named_the_first_one_first() -> None:
    several = replace(holding("zone-1"), others=(ANA,), quorum=2)
    assert several.holders == (BEA, ANA)


@pytest.mark.parametrize(
    ("right", "side", "expected"),
    [
        pytest.param(DecisionRight.CONNECT, None, None, id="either side"),
        pytest.param(DecisionRight.CONNECT, Side.IT, Side.IT, id="the side that the charter asks for"),
        pytest.param(DecisionRight.SAFETY, None, Side.OT, id="the second key is OT's, said or not"),
        pytest.param(DecisionRight.SAFETY, Side.IT, Side.OT, id="whatever a charter says"),
    ],
)
def test_whose_seat_it_is(right: DecisionRight, side: Side | None, expected: Side | None) -> None:
    """S-12: the plant can ask for an OT-side holder."""
    assert replace(holding("zone-1"), right=right, side=side).seat is expected

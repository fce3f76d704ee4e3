from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import PersonId
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.suspension import SUSPENDED, conduits_of, missing, overriders, seats
from tests.policies.plant import NOW, charter, charter_with

ALWAYS = TimeWindow(NOW - timedelta(days=1), NOW + timedelta(days=1))
NEAR = Holding(DecisionRight.CONNECT, "dmz-pumping", PersonId("sven"), None, "PI-08", ALWAYS)


def split() -> object:
    """The sample, with another holder over one conduit."""
    return charter_with(holdings=(*charter().holdings, NEAR))


@pytest.mark.parametrize(
    ("scope", "conduits"),
    [
        pytest.param(
            "vendor:brightwater", ["dmz-operations", "dmz-pumping"], id="all that the vendor crosses"
        ),
        pytest.param("product:bw-drives", ["dmz-pumping"], id="what leads to the product"),
        pytest.param("tool:winscp", ["dmz-operations", "dmz-pumping"], id="what its vendors cross"),
        pytest.param(
            "tool:openssh", ["dmz-operations", "dmz-pumping", "office-dmz"], id="a tool of every vendor"
        ),
        pytest.param("person:ben", ["dmz-operations", "office-dmz"], id="what their company crosses"),
        pytest.param("vendor:nobody", [], id="nothing"),
        pytest.param("zone:pumping", [], id="what is no suspension"),
    ],
)
def test_a_suspension_concerns_the_conduits_that_it_closes(scope: str, conduits: list[str]) -> None:
    assert [one.id for one in conduits_of(charter(), scope)] == conduits


def test_every_boundary_concerned_needs_its_own_holder() -> None:
    """I12: restoring needs the holder of each boundary."""
    needed = seats(split(), "vendor:brightwater", NOW)  # type: ignore[arg-type]
    assert [(one.boundary, one.holders) for one in needed] == [
        ("dmz-pumping", ("sven",)),
        ("riverside", ("petra", "deniz")),
    ]
    assert {one.right for one in needed} == {DecisionRight.CONNECT}


def test_what_has_been_said_is_no_longer_missing() -> None:
    left = missing(split(), "vendor:brightwater", {"riverside"}, NOW)  # type: ignore[arg-type]
    assert [one.boundary for one in left] == ["dmz-pumping"]
    assert missing(split(), "vendor:brightwater", {"riverside", "dmz-pumping"}, NOW) == ()  # type: ignore[arg-type]


def test_an_ended_holding_is_a_void_and_never_the_next_ones() -> None:
    over = replace(NEAR, window=TimeWindow(NOW - timedelta(days=2), NOW))
    ended = charter_with(holdings=(*charter().holdings, over))
    assert [one.holders for one in seats(ended, "product:bw-drives", NOW)] == [()]


def test_somebody_who_left_comes_back_by_identity() -> None:
    (seat,) = seats(charter(), "person:ana", NOW)
    assert (seat.right, seat.boundary, seat.holders) == (
        DecisionRight.IDENTITY,
        "riverside",
        ("olga", "petra"),
    )


def test_what_crosses_nothing_still_needs_somebody() -> None:
    (seat,) = seats(charter(), "vendor:nobody", NOW)
    assert seat.holders == ("petra", "deniz")


def test_a_vendor_a_product_and_a_tool_are_suspended() -> None:
    assert {"vendor", "product", "tool"} == SUSPENDED


def test_d12_whoever_decides_on_a_way_into_it_may_suspend_it_for_a_time() -> None:
    """D12: the nearest boundary that names the right says who; of what no way leads to, the site's."""
    plant = split()
    for scope, who in (
        ("vendor:brightwater", {"sven", "petra", "deniz"}),
        ("zone:pumping", {"sven"}),
        ("zone:nowhere", {"petra", "deniz"}),
        ("asset:nowhere", {"petra", "deniz"}),
        ("site:riverside", {"petra", "deniz"}),
        ("all", {"petra", "deniz"}),
    ):
        assert overriders(plant, scope, NOW) == who, scope  # type: ignore[arg-type]
    assert overriders(plant, "zone:pumping", NOW + timedelta(days=1)) == frozenset()  # type: ignore[arg-type]

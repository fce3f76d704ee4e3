from dataclasses import replace
from datetime import datetime

import pytest

from domain.rights import DecisionRight
from policies.charter.void import voids
from tests.policies.plant import CONTRACT_ENDS, MICRO, NOW, charter, charter_with

LAST = CONTRACT_ENDS - MICRO


@pytest.mark.parametrize(
    ("at", "number"),
    [
        pytest.param(NOW, 0, id="in the middle nothing is void"),
        pytest.param(LAST, 0, id="the last instant is held"),
        pytest.param(CONTRACT_ENDS, 12, id="the closing instant is void: four rights over three conduits"),
    ],
)
def test_a_right_is_void_from_the_instant_its_window_ends(at: datetime, number: int) -> None:  # row: B04
    assert len(voids(charter(), at)) == number


def test_a_void_names_who_held_the_right_last() -> None:
    void = voids(charter(), CONTRACT_ENDS)[0]
    assert (void.right, void.last) == (DecisionRight.CONNECT, "petra")


def test_a_right_that_nobody_was_ever_given_is_void() -> None:
    bare = charter_with(holdings=charter().holdings[1:])
    assert {(one.right, one.last) for one in voids(bare, NOW)} == {(DecisionRight.CONNECT, "")}


def test_the_nearest_boundary_decides_even_when_its_holding_has_lapsed() -> None:
    lapsed = replace(
        charter().holdings[0],
        boundary="dmz-pumping",
        window=replace(charter().holdings[0].window, end=NOW),
    )
    found = voids(charter_with(holdings=(*charter().holdings, lapsed)), NOW)
    assert [(one.conduit, one.last) for one in found] == [("dmz-pumping", "petra")]

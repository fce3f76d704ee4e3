"""The instants at which a permit lapses; each is the first at which it has."""

from datetime import timedelta

import pytest

from domain.timers import Timers
from tests.domain.samples import CLOSES, OPENS, permit

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("within", "by"),
    [
        pytest.param(HOUR, permit().requested_at + HOUR, id="B13: so long after it was asked for"),
        pytest.param(timedelta(days=9), CLOSES, id="never after its window"),
    ],
)
def test_a_wish_is_to_be_decided_in_time(within: timedelta, by: object) -> None:
    assert Timers(decide_within=within).decide_by(permit()) == by


@pytest.mark.parametrize(
    ("approved", "within", "by"),
    [
        pytest.param(OPENS - HOUR, HOUR, OPENS + HOUR, id="B13: from the start of its window"),
        pytest.param(OPENS + HOUR, HOUR, OPENS + 2 * HOUR, id="B13: from its approval, where that is later"),
        pytest.param(OPENS, 9 * HOUR, CLOSES, id="never after its window"),
    ],
)
def test_an_approved_permit_is_to_be_used_in_time(approved: object, within: timedelta, by: object) -> None:
    assert Timers(use_within=within).use_by(permit(), approved) == by  # type: ignore[arg-type]

from dataclasses import fields
from typing import get_args

import pytest

from domain import stamp_events
from domain.events import Event


@pytest.mark.parametrize("name", ["HeadStamped", "StampsLate", "StampRefused"])
def test_what_is_told_of_time_stamps_is_a_member_of_the_closed_union_and_says_of_how_many_leaves(
    name: str,
) -> None:
    kind = getattr(stamp_events, name)
    assert kind in get_args(Event)
    assert {"at", "size"} <= {one.name for one in fields(kind)}

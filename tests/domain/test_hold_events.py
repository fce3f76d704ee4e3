from typing import get_args

import pytest

from domain import hold_events
from domain.events import Event


@pytest.mark.parametrize("name", ["AttendanceChanged", "SessionHeld", "SessionReleased"])
def test_what_is_told_of_a_hold_is_a_member_of_the_closed_union(name: str) -> None:
    assert getattr(hold_events, name) in get_args(Event)

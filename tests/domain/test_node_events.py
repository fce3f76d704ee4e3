from typing import get_args

import pytest

from domain import node_events
from domain.events import Event


@pytest.mark.parametrize("name", ["LedgerOpened", "NodeStarted", "ClockStepped", "HeadUnwitnessed"])
def test_what_is_told_of_the_node_is_a_member_of_the_closed_union(name: str) -> None:
    assert getattr(node_events, name) in get_args(Event)

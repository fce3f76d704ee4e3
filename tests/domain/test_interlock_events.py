"""The kill switch's events are events like all others."""

import typing

from domain import events, interlock_events


def test_each_is_a_member_of_the_closed_union() -> None:
    kinds = {one for one in vars(interlock_events).values() if hasattr(one, "number")}
    assert kinds <= set(typing.get_args(events.Event))
    assert "Isolated" in {one.__name__ for one in kinds}

"""A wish's events are events like all others, and say the same of what was asked for."""

import typing
from dataclasses import fields

from domain import events, request_events

TOLD = {
    "source",
    "conduit",
    "passage",
    "actions",
    "window_from",
    "window_until",
    "tools",
    "networks",
    "stated",
}


def test_each_is_a_member_of_the_closed_union_and_every_asking_tells_the_wish() -> None:
    kinds = {one for one in vars(request_events).values() if hasattr(one, "number")}
    assert kinds <= set(typing.get_args(events.Event))
    asking = {request_events.PermitRequested, request_events.RequestRefused}
    assert asking <= kinds
    for kind in asking:
        assert {field.name for field in fields(kind)} >= TOLD

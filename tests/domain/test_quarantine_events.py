from dataclasses import fields
from typing import get_args

from domain import quarantine_events
from domain.events import Event

KINDS = [one for one in vars(quarantine_events).values() if isinstance(one, type) and hasattr(one, "number")]


def test_what_is_told_of_files_is_a_member_of_the_closed_union_and_of_its_range() -> None:
    assert KINDS
    for kind in KINDS:
        assert kind in get_args(Event)
        assert 237 <= kind.number <= 245  # type: ignore[attr-defined] # an event's


def test_no_event_holds_bytes_of_a_file_or_a_key_to_them() -> None:
    for kind in KINDS:
        assert not {one.name for one in fields(kind)} & {"data", "head", "key", "path"}

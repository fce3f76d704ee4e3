from dataclasses import fields
from typing import get_args

import pytest

from domain import store_events
from domain.events import Event

KINDS = [one for one in vars(store_events).values() if isinstance(one, type) and hasattr(one, "number")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_told_of_copies_is_a_member_of_the_closed_union_and_of_its_decade(kind: type) -> None:
    assert kind in get_args(Event)
    assert 140 <= kind.number < 150  # type: ignore[attr-defined] # an event's


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_made_for_a_credential(kind: type) -> None:
    assert not {one.name for one in fields(kind)} & {"access_key", "secret_key", "key", "credentials"}

"""What is covered, of what rules list."""

import typing

from broker.siem.coverage import NIS2, SIX, by_category
from broker.siem.rows.row import Category
from domain.events import Event


def test_every_category_has_an_event() -> None:
    assert set(by_category()) == set(Category)
    assert all(by_category().values())


def test_every_listed_kind_of_log_is_covered_or_reasoned_away() -> None:
    """E14: none of the twelve kinds is blank; each names its events, or why there is none."""
    assert "".join(one.letter for one in NIS2) == "abcdefghijkl"
    names = {kind.__name__ for kind in typing.get_args(Event)}
    assert not [one for one in NIS2 if not one.events and not one.reason]
    assert not {name for one in NIS2 for name in one.events} - names


def test_six_things_stand_in_both_formats() -> None:
    assert [name for name, _, _ in SIX] == ["timestamp", "source", "category", "type", "event id", "result"]

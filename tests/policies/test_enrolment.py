from dataclasses import replace

import pytest

from domain.ids import PersonId
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.enrolment import enrollers
from tests.policies.plant import MICRO, NOW, charter, charter_with

IDENTITY = DecisionRight.IDENTITY


def with_holdings(*more: Holding, without: DecisionRight | None = None) -> Charter:
    kept = tuple(one for one in charter().register if one.right is not without)
    return charter_with(register=(*kept, *more), holdings=(*kept, *more))


def identity() -> Holding:
    return next(one for one in charter().register if one.right is IDENTITY)


@pytest.mark.parametrize(
    ("person", "able"),
    [
        pytest.param("deniz", ("olga", "petra"), id="the holder, then the deputy"),
        pytest.param("olga", ("petra",), id="the holder's own key is the deputy's to decide"),
        pytest.param("petra", ("olga",), id="and the other way round"),
        pytest.param("iris", ("olga", "petra"), id="somebody who decides nothing"),
    ],
)
def test_who_holds_identity_decides_and_nobody_on_a_key_of_their_own(
    person: str, able: tuple[str, ...]
) -> None:
    """B10: whoever decides that a key counts is not whose key it is."""
    assert enrollers(charter(), PersonId(person), NOW) == able


def test_without_anybody_else_who_holds_it_nobody_decides() -> None:
    alone = with_holdings(replace(identity(), deputy=None), without=IDENTITY)
    assert enrollers(alone, PersonId("olga"), NOW) == ()
    assert enrollers(with_holdings(without=IDENTITY), PersonId("deniz"), NOW) == ()


def test_it_counts_while_it_is_held_and_not_at_its_end() -> None:
    ends = identity().window.end
    assert enrollers(charter(), PersonId("iris"), ends - MICRO) == ("olga", "petra")
    assert enrollers(charter(), PersonId("iris"), ends) == ()


def test_nearer_beats_farther_and_who_decides_in_two_places_needs_one_of_both() -> None:
    near = replace(identity(), boundary="safety", holder=PersonId("iris"), deputy=PersonId("petra"))
    there = with_holdings(near)
    # Sven decides on the safety zone and over the site: only Petra is of both.
    assert enrollers(there, PersonId("sven"), NOW) == ("petra",)
    assert enrollers(there, PersonId("deniz"), NOW) == ("olga", "petra")


def test_a_vendor_s_person_decides_nothing_even_if_they_are_named() -> None:
    named = replace(identity(), holder=PersonId("ana"), window=TimeWindow(NOW - MICRO, NOW + MICRO))
    assert enrollers(with_holdings(named, without=IDENTITY), PersonId("deniz"), NOW) == ("petra",)

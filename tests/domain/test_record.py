from dataclasses import replace
from datetime import date

import pytest

from domain.ids import DependencyId, PersonId, ZoneId
from domain.record import FOUNDATIONAL_REQUIREMENTS, SafetyDependency, SecurityLevels

TRIP = SafetyDependency(
    DependencyId("overpressure-trip"),
    ZoneId("safety"),
    "Overpressure trip",
    "A cut during the proof test leaves it bypassed",
    "PROGRAM, turned by the shift",
    PersonId("sven"),
    PersonId("olga"),
    date(2026, 1, 12),
)


def test_a_security_level_vector_has_one_level_for_each_foundational_requirement() -> None:
    """S-14: seven levels, 0 to 4."""
    assert len(FOUNDATIONAL_REQUIREMENTS) == 7
    assert SecurityLevels((1, 2, 3, 4, 0, 1, 2)).highest == 4
    assert str(SecurityLevels((1, 2, 3, 4, 0, 1, 2))) == "1 2 3 4 0 1 2"


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param((), id="none"),
        pytest.param((2,) * 6, id="six"),
        pytest.param((2,) * 8, id="eight"),
        pytest.param((0, 0, 0, 0, 0, 0, 5), id="one above four"),
        pytest.param((-1, 0, 0, 0, 0, 0, 0), id="one below nought"),
    ],
)
def test_anything_else_is_no_vector(levels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="security level"):
        SecurityLevels(levels)


@pytest.mark.parametrize("field", ["zone", "function", "harm", "key_switch"])
def test_what_was_signed_covers_every_word_of_a_safety_record(field: str) -> None:
    edited = replace(TRIP, **{field: "other"})
    assert edited.text() != TRIP.text()
    assert edited.digest() != TRIP.digest()


def test_another_signature_is_another_record_of_the_same_text() -> None:
    signed_again = replace(TRIP, safety=PersonId("petra"))
    assert signed_again.text() == TRIP.text()
    assert signed_again.digest() != TRIP.digest()
    assert len(TRIP.digest()) == 32

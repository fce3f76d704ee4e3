"""A06: an identifier names one person for good."""

from dataclasses import replace

import pytest

from domain.ids import PersonId, VendorId
from domain.parties import Person
from policies.charter.charter import Charter
from policies.charter.reuse import Spell, reused, spells
from tests.policies.plant import charter, charter_with

BEN = PersonId("ben")


def people(**changes: object) -> Charter:
    """The sample with Ben changed; without him where ``gone``."""
    sample = dict(charter().people)
    if changes.pop("gone", False):
        del sample[BEN]
    else:
        sample[BEN] = replace(sample[BEN], **changes)  # type: ignore[arg-type] # his own fields
    return charter_with(people=sample)


WITH, WITHOUT = people(), people(gone=True)


def test_an_id_that_was_somebody_s_is_nobody_else_s_later() -> None:
    """A06: delete and recreate the same name, and it takes a new id."""
    for back in (WITH, people(name="Another Ben")):
        (breach,) = reused(WITHOUT, [WITH, WITHOUT], back)
        assert "named Ben Okafor" in breach.fact
        assert "'ben-2'" in breach.remedy
        assert breach.sentence()


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        pytest.param({"name": "Ben Okafor-Smit"}, False, id="a new name"),
        pytest.param({"vendor": VendorId("brightwater")}, False, id="another company"),
        pytest.param({"name": "Zoe Lind", "vendor": VendorId("brightwater")}, True, id="another person"),
    ],
)
def test_an_id_passes_to_no_other_person_in_place(changed: dict[str, object], refused: bool) -> None:
    assert bool(reused(WITH, [WITH], people(**changed))) is refused


def test_whoever_is_new_or_stays_or_goes_is_no_reuse() -> None:
    assert reused(WITHOUT, [WITHOUT], WITH) == ()
    assert reused(WITH, [WITH], WITH) == ()
    assert reused(WITH, [WITH], WITHOUT) == ()


def test_an_old_leaf_s_id_resolves_to_whoever_it_was_then() -> None:
    """A06: by the versions of the charter, which are all kept."""
    history = [WITH, WITH, people(name="Ben Okafor-Smit"), WITHOUT]
    assert spells(enumerate(history, 1), BEN) == (
        Spell("Ben Okafor", "kestrel", 1, 2),
        Spell("Ben Okafor-Smit", "kestrel", 3, 3),
    )
    assert spells(enumerate(history, 1), PersonId("nobody")) == ()
    assert isinstance(charter().people[BEN], Person)

"""Who of the plant may declare a step that must not be interrupted, and for how long (D03)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import AssetId, ConduitId, PersonId
from policies.steps import NoStep, may_declare, refusal
from tests.policies.plant import NOW, charter, permit

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("person", "may"),
    [
        pytest.param("petra", True, id="who holds connect"),
        pytest.param("deniz", True, id="the deputy"),
        pytest.param("milo", True, id="the shift"),
        pytest.param("olga", False, id="somebody else of the plant"),
        pytest.param("ana", False, id="the vendor's engineer"),
        pytest.param("ben", False, id="another vendor's"),
        pytest.param("nobody", False, id="a stranger"),
    ],
)
def test_who_attends_for_the_plant_d03(person: str, may: bool) -> None:
    """D03: an attendant of the plant declares it, never the vendor."""
    assert may_declare(charter(), permit(), PersonId(person), NOW) is may


def test_a_permit_for_what_the_charter_no_longer_names_has_no_step_d03() -> None:
    """D03: without a boundary there is nobody who attends it."""
    assert not may_declare(charter(), permit(asset=AssetId("gone")), PersonId("petra"), NOW)
    assert not may_declare(charter(), permit(conduit=ConduitId("gone")), PersonId("petra"), NOW)


def word(person: str = "petra", length: timedelta = QUARTER, *, declared: bool = False) -> str:
    no = refusal(charter(), permit(), PersonId(person), length, QUARTER, NOW, declared=declared)
    return "" if no is None else no.code


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(QUARTER, "", id="as long as the charter allows"),
        pytest.param(QUARTER + timedelta(seconds=1), "step_too_long", id="a second longer"),
        pytest.param(timedelta(), "step_too_long", id="no time at all"),
        pytest.param(-QUARTER, "step_too_long", id="backwards"),
    ],
)
def test_a_step_is_bounded_d03(length: timedelta, expected: str) -> None:
    """D03: expiry waits a bounded time."""
    assert word(length=length) == expected


def test_a_permit_has_one_step_and_the_vendor_has_none_d03() -> None:
    """D03: once for a permit, and never by the vendor."""
    assert word(declared=True) == "step_declared_before"
    assert word("ana") == "not_attending"
    assert not NoStep("code", "sentence", "remedy")


def test_nobody_attends_their_own_permit_d03() -> None:
    """D03: not even a person of the plant who asked, should one ever."""
    mine = replace(permit(), person=PersonId("petra"))
    assert not may_declare(charter(), mine, PersonId("petra"), NOW)

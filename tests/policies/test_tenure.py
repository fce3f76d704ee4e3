from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.ids import AssetId, PersonId, ProductId, SubcontractorId
from domain.parties import Contract, Leaving, LeavingKind, Person, Product, Subcontractor, Training, Vendor
from domain.window import TimeWindow
from policies.tenure import (
    IDLE_AFTER,
    LastUse,
    contracts_in_force,
    course_windows,
    idle_at,
    subcontract,
    tenure,
)
from tests.policies.plant import CONTRACT_ENDS, MICRO, NOW, charter

SOON = NOW + timedelta(hours=1)
ASSET = AssetId("eng-ws-1")
UNTIL_SOON = TimeWindow(NOW - timedelta(days=1), SOON)


def ana(**changes: Any) -> Person:
    return replace(charter().people[PersonId("ana")], **changes)


def brightwater(**changes: Any) -> Vendor:
    return replace(charter().vendors["brightwater"], **changes)  # type: ignore[index]


def end(person: Person | None = None, vendor: Vendor | None = None, now: datetime = NOW) -> datetime | None:
    return tenure(person or ana(), vendor or brightwater(), ASSET, now)


def test_with_everything_in_order_the_contract_and_the_rest_of_it_say_when() -> None:
    assert end() == CONTRACT_ENDS


NORTHGATE = SubcontractorId("northgate")
LISTED = (Subcontractor(NORTHGATE, "Northgate", UNTIL_SOON),)
CLOSING = {
    "admission": (ana(admitted=UNTIL_SOON), brightwater()),
    "personnel check": (ana(checked=UNTIL_SOON), brightwater()),
    "training": (ana(trainings=(Training("x", UNTIL_SOON),)), brightwater()),
    "notice of leaving": (ana(leaving=Leaving(LeavingKind.REASSIGNED, NOW, SOON)), brightwater()),
    "contract": (ana(), brightwater(contracts=(Contract("C", UNTIL_SOON, frozenset({ASSET})),))),
    "sub-contractor's listing": (ana(subcontractor=NORTHGATE), brightwater(subcontractors=LISTED)),
    "product's support": (
        ana(),
        brightwater(products=(Product(ProductId("p"), "P", frozenset({ASSET}), SOON),)),
    ),
}


@pytest.mark.parametrize("what", CLOSING)
def test_the_end_of_each_is_the_end_of_all(what: str) -> None:
    """A05, I13: whatever ends first ends it; the last instant is inside, the end is not."""
    person, vendor = CLOSING[what]
    assert end(person, vendor) == SOON
    assert end(person, vendor, SOON - MICRO) == SOON
    assert end(person, vendor, SOON) is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"high_risk": True}, id="a danger"),
        pytest.param({"proofed": None}, id="nobody made sure who they are"),
        pytest.param({"checked": None}, id="not checked"),
        pytest.param({"trainings": ()}, id="not trained"),
        pytest.param({"admitted": None}, id="not admitted"),
        pytest.param({"subcontractor": SubcontractorId("acme")}, id="of a company that is not listed"),
    ],
)
def test_what_is_missing_leaves_no_time_at_all(changes: dict[str, Any]) -> None:
    assert end(ana(**changes)) is None


def test_of_two_contracts_the_later_end_counts() -> None:
    more = Contract("D", TimeWindow(NOW, SOON + timedelta(days=1)), frozenset({ASSET}))
    both = brightwater(contracts=(Contract("C", UNTIL_SOON, frozenset({ASSET})), more))
    assert end(None, both) == more.window.end
    assert contracts_in_force(both, ASSET, SOON) == (more,)


def test_of_one_course_taken_twice_the_later_certificate_counts() -> None:
    again = TimeWindow(NOW - timedelta(hours=1), NOW + timedelta(days=9))
    ahead = TimeWindow(NOW + timedelta(days=1), NOW + timedelta(days=99))
    taken = (Training("x", again), Training("x", UNTIL_SOON), Training("x", ahead))
    assert course_windows(taken, NOW) == {"x": again}


def test_the_vendors_own_people_have_no_sub_contractor() -> None:
    assert subcontract(ana(), brightwater()) is None


OPENED = NOW - timedelta(days=200)
ADMITTED = TimeWindow(NOW - timedelta(days=100), NOW + timedelta(days=100))


@pytest.mark.parametrize(
    ("seen", "admitted", "opened", "last"),
    [
        pytest.param({"ana": NOW}, ADMITTED, OPENED, NOW, id="from the last use"),
        pytest.param({}, ADMITTED, OPENED, ADMITTED.start, id="from the admission when never used"),
        pytest.param({"ana": OPENED}, ADMITTED, OPENED, ADMITTED.start, id="from a new admission"),
        pytest.param({}, ADMITTED, NOW, NOW, id="from when anybody began to count"),
        pytest.param({}, None, OPENED, OPENED, id="never admitted"),
    ],
)
def test_thirty_days_are_counted_from_the_last_use_or_admission(
    seen: dict[PersonId, datetime], admitted: TimeWindow | None, opened: datetime, last: datetime
) -> None:
    assert idle_at(ana(admitted=admitted), LastUse(opened, seen)) == last + IDLE_AFTER


def test_idle_is_thirty_days() -> None:
    assert timedelta(days=30) == IDLE_AFTER
    assert datetime(2026, 6, 1, 8, tzinfo=UTC) == NOW

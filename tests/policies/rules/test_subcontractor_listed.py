from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import PersonId, SubcontractorId, VendorId
from domain.parties import Subcontractor
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.subcontractor_listed import SubcontractorListed
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = SubcontractorListed()
BEGINS, ENDS = NOW, NOW + timedelta(hours=4)
ANA, BRIGHTWATER = PersonId("ana"), VendorId("brightwater")


def given(employer: str = "northgate", now: Any = NOW) -> Facts:
    person = replace(charter().people[ANA], subcontractor=SubcontractorId(employer))
    listed = (Subcontractor(SubcontractorId("northgate"), "Northgate", TimeWindow(BEGINS, ENDS)),)
    vendor = replace(charter().vendors[BRIGHTWATER], subcontractors=listed)
    changed = charter_with(
        people={**charter().people, ANA: person}, vendors={**charter().vendors, BRIGHTWATER: vendor}
    )
    return facts(charter=changed, now=now)


@pytest.mark.parametrize(
    ("employer", "now", "expected"),
    [
        pytest.param("northgate", BEGINS - MICRO, "subcontractor_not_listed", id="before it is listed"),
        pytest.param("northgate", BEGINS, "accept", id="the first instant is inside"),
        pytest.param("northgate", ENDS, "subcontractor_not_listed", id="the end is outside"),
        pytest.param("kestrel", NOW, "subcontractor_not_listed", id="a company that is another vendor's own"),
    ],
)
def test_a_person_of_a_company_that_is_not_listed_is_refused(employer: str, now: Any, expected: str) -> None:
    """I10: tied to the prime vendor, and listed."""
    assert word(RULE, wanting(), given(employer, now)) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="as long"),
        pytest.param(ENDS + SECOND, "beyond_subcontract", id="a second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_listing(end: Any, expected: str) -> None:
    assert word(RULE, asking(window=TimeWindow(NOW, end)), given()) == expected


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param("ana", "accept", id="the vendor's own person"),
        pytest.param("petra", "abstain", id="a person of the plant"),
        pytest.param("nobody", "abstain", id="a stranger"),
    ],
)
def test_whoever_works_for_no_sub_contractor_is_not_asked_for_its_listing(person: str, expected: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == expected

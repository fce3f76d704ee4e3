from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ids import AssetId, PersonId, ProductId, VendorId
from domain.parties import Product
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.product_supported import ProductSupported
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = ProductSupported()
ENDS = NOW + timedelta(hours=4)
BRIGHTWATER = VendorId("brightwater")
ASSETS = frozenset({AssetId("eng-ws-1")})


def given(*ends: datetime | None, now: Any = NOW) -> Facts:
    made = tuple(Product(ProductId(f"p{at}"), f"Product {at}", ASSETS, end) for at, end in enumerate(ends))
    vendor = replace(charter().vendors[BRIGHTWATER], products=made)
    return facts(charter=charter_with(vendors={**charter().vendors, BRIGHTWATER: vendor}), now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(ENDS - MICRO, "accept", id="until the end of support"),
        pytest.param(ENDS, "support_over", id="from then on"),
    ],
)
def test_an_end_of_support_that_nobody_decided_about_closes_the_way(now: Any, expected: str) -> None:
    """I13: renewal is a decision, not a default."""
    assert word(RULE, wanting(), given(ENDS, None, ENDS + SECOND, now=now)) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="as long"),
        pytest.param(ENDS + SECOND, "beyond_support", id="a second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_support(end: Any, expected: str) -> None:
    assert word(RULE, asking(window=TimeWindow(NOW, end)), given(ENDS)) == expected


def test_a_product_without_an_end_and_no_product_at_all_have_none() -> None:
    assert word(RULE, wanting(), given(None)) == "accept"
    assert word(RULE, wanting(), given()) == "accept"


@pytest.mark.parametrize(
    ("asset", "person"),
    [
        pytest.param("historian", "ana", id="no contract names it"),
        pytest.param("nothing", "ana", id="no asset"),
        pytest.param("eng-ws-1", "petra", id="no vendor"),
    ],
)
def test_what_the_vendor_has_no_business_with_is_not_told(asset: str, person: str) -> None:
    assert word(RULE, wanting(asset=AssetId(asset), person=PersonId(person)), facts()) == "abstain"

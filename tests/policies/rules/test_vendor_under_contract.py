from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.ids import AssetId, PersonId
from domain.parties import Contract
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.vendor_under_contract import VendorUnderContract
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = VendorUnderContract()
BEGINS, ENDS = NOW, NOW + timedelta(days=30)
ASSETS = frozenset({AssetId("eng-ws-1")})


def contracts(*windows: TimeWindow, now: datetime = NOW) -> Facts:
    made = tuple(Contract(f"C-{n}", window, ASSETS) for n, window in enumerate(windows))
    vendor = replace(charter().vendors["brightwater"], contracts=made)
    return facts(charter=charter_with(vendors={**charter().vendors, "brightwater": vendor}), now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(BEGINS - MICRO, "contract_not_begun", id="the instant before it begins"),
        pytest.param(BEGINS, "accept", id="the opening instant is inside"),
        pytest.param(ENDS - MICRO, "accept", id="the last instant is inside"),
        pytest.param(ENDS, "contract_over", id="the closing instant is outside"),
    ],
)
def test_a_contract_is_half_open(now: datetime, expected: str) -> None:  # row: A05
    assert word(RULE, wanting(), contracts(TimeWindow(BEGINS, ENDS), now=now)) == expected


def test_between_two_contracts_the_next_one_is_named() -> None:
    gap = contracts(TimeWindow(NOW - SECOND, NOW), TimeWindow(NOW + SECOND, ENDS))
    verdict = RULE.judge(wanting(), gap)
    assert verdict.code == "contract_not_begun"
    assert "C-1" in verdict.sentence


def test_back_to_back_contracts_leave_no_gap() -> None:
    assert word(RULE, wanting(), contracts(TimeWindow(NOW - SECOND, NOW), TimeWindow(NOW, ENDS))) == "accept"


@pytest.mark.parametrize(
    ("asset", "person", "expected"),
    [
        pytest.param("eng-ws-1", "ana", "accept", id="the vendor's own asset"),
        pytest.param("historian", "ana", "no_contract", id="another vendor's asset"),
        pytest.param("eng-ws-1", "ben", "no_contract", id="the other vendor"),
        pytest.param("eng-ws-1", "petra", "not_a_vendor_person", id="a person of the plant"),
        pytest.param("eng-ws-1", "nobody", "abstain", id="a stranger is person-admitted's to refuse"),
        pytest.param("nothing", "ana", "abstain", id="no asset is asset-registered's to refuse"),
    ],
)
def test_a_vendor_comes_near_what_a_contract_names(asset: str, person: str, expected: str) -> None:
    assert word(RULE, wanting(asset=AssetId(asset), person=PersonId(person)), facts()) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="a window up to the contract's end"),
        pytest.param(ENDS + SECOND, "beyond_contract", id="a window one second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_contract_at_the_latest(end: datetime, expected: str) -> None:
    assert word(RULE, asking(window=TimeWindow(NOW, end)), contracts(TimeWindow(BEGINS, ENDS))) == expected

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import AssetId, PersonId, VendorId
from domain.parties import Contract, Term
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.contract_complete import ContractComplete
from tests.policies.plant import NOW, charter, charter_with, facts, wanting, word

RULE = ContractComplete()
RUNS = TimeWindow(NOW - timedelta(days=1), NOW + timedelta(days=1))
OVER = TimeWindow(NOW - timedelta(days=2), NOW - timedelta(days=1))
ASSETS = frozenset({AssetId("eng-ws-1")})
BRIGHTWATER = VendorId("brightwater")


def given(*contracts: Contract) -> Facts:
    vendor = replace(charter().vendors[BRIGHTWATER], contracts=contracts)
    return facts(charter=charter_with(vendors={**charter().vendors, BRIGHTWATER: vendor}))


WHOLE = Contract("W", RUNS, ASSETS)


@pytest.mark.parametrize("term", Term)
def test_a_contract_that_lacks_a_term_refuses_and_says_which(term: Term) -> None:
    """I09: empty a term, and the request is refused."""
    lacking = given(Contract("C-1", RUNS, ASSETS, terms=frozenset(Term) - {term}))
    assert word(RULE, wanting(), lacking) == "contract_term_missing"
    verdict = RULE.judge(wanting(), lacking)
    assert "C-1" in verdict.sentence
    assert str(term) in verdict.sentence


def test_one_complete_contract_over_the_asset_is_enough() -> None:
    assert word(RULE, wanting(), given(Contract("C", RUNS, ASSETS, terms=frozenset()), WHOLE)) == "accept"


def test_a_complete_contract_that_is_over_is_not() -> None:
    over = replace(WHOLE, reference="O", window=OVER)
    assert (
        word(RULE, wanting(), given(over, Contract("C", RUNS, ASSETS, terms=frozenset())))
        == "contract_term_missing"
    )


@pytest.mark.parametrize(
    ("asset", "person"),
    [
        pytest.param("historian", "ana", id="no contract"),
        pytest.param("nothing", "ana", id="no asset"),
        pytest.param("eng-ws-1", "petra", id="no vendor"),
    ],
)
def test_where_no_contract_runs_it_has_nothing_to_say(asset: str, person: str) -> None:
    assert word(RULE, wanting(asset=AssetId(asset), person=PersonId(person)), facts()) == "abstain"

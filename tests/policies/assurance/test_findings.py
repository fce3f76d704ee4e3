from dataclasses import replace

import pytest

from domain.errors import DecisionError
from domain.events import FindingClosed, FindingRaised
from domain.ids import AssetId, PersonId
from domain.rights import DecisionRight
from policies.assurance.findings import findings, home_of
from tests.policies.assurance.leaves import collection
from tests.policies.plant import NOW, charter, charter_with


@pytest.mark.parametrize("about", ["eng-ws-1", "operations", "dmz-operations", "riverside"])
def test_a_finding_has_exactly_one_register_and_one_owner_by_rule(about: str) -> None:
    """S-20, J16: whoever holds connect over the nearest boundary; the others are told."""
    home = home_of(charter(), about, NOW)
    assert home.register.startswith("riverside/")
    assert home.owner in charter().people
    assert home.owner not in home.told
    assert len(set(home.told)) == len(home.told)


def test_on_a_shared_asset_one_answers_and_the_other_is_told() -> None:
    """J16: a second zone rests on it, under another holder."""
    holding = next(one for one in charter().register if one.right is DecisionRight.CONNECT)
    own = replace(holding, boundary="pumping", holder=PersonId("olga"), others=(), deputy=None, arbiter=None)
    assets = dict(charter().assets)
    there = next(one for one in assets.values() if one.zone == "pumping")
    assets[there.id] = replace(there, depends_on=frozenset({AssetId("eng-ws-1")}))
    shared = charter_with(holdings=(*charter().register, own), assets=assets)
    home = home_of(shared, "eng-ws-1", NOW)
    assert (home.owner, PersonId("olga") in home.told) == (holding.holder, True)
    assert home_of(shared, there.id, NOW).owner == "olga"


def test_where_nobody_would_own_it_it_is_refused() -> None:
    """J16, S-20: no owner is impossible."""
    late = max(one.window.end for one in charter().register)
    with pytest.raises(DecisionError) as caught:
        home_of(charter(), "eng-ws-1", late)
    assert caught.value.code == "finding_without_owner"
    with pytest.raises(DecisionError) as caught:
        home_of(charter(), "the-moon", NOW)
    assert caught.value.code == "finding_about_nothing"


def test_a_finding_is_open_until_somebody_says_what_was_done() -> None:
    raised = FindingRaised(
        at=NOW,
        finding="f-1",
        about="eng-ws-1",
        register="riverside/ot",
        owner=PersonId("petra"),
        told=(),
        sentence="s",
        by="iris",
    )
    closed = FindingClosed(at=NOW, finding="f-1", by="petra", reason="r")
    (one,) = findings(collection(raised).said)
    assert (one.id, one.closed) == ("f-1", None)
    (one,) = findings(collection(raised, closed, raised).said)
    assert one.closed is not None

"""Holder, deputy, delegates and quorum over a boundary at an instant, with the chain that led there."""

from dataclasses import replace

import pytest

from domain.access import Action
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.who_could import who_could
from tests.policies.plant import CONTRACT_ENDS, NOW, SECOND, charter, charter_with

CONNECT = DecisionRight.CONNECT


def test_the_chain_leads_from_the_conduit_to_whoever_holds_the_right() -> None:
    """S-08, B02: the holder, the deputy, where they hold it and by which document."""
    (answer,) = who_could(charter(), "dmz-pumping", NOW, CONNECT)
    assert answer.chain == ("dmz-pumping", "pumping", "riverside", "riverside-water")
    assert answer.holding is not None
    assert (answer.holding.boundary, answer.persons[:2]) == ("riverside", ("petra", "deniz"))
    assert answer.document()["basis"] == "Plant instruction PI-07, version 3"
    assert "petra, holding it over riverside" in answer.sentences()[0]


def test_a_nearer_holding_decides_even_when_it_has_ended() -> None:
    (site,) = (one for one in charter().holdings if one.right is CONNECT)
    near = replace(site, boundary="dmz-pumping", window=TimeWindow(site.window.start, NOW))
    (answer,) = who_could(charter_with(holdings=(*charter().holdings, near)), "dmz-pumping", NOW, CONNECT)
    assert answer.holding is None
    assert "nobody" in answer.sentences()[0]
    (before,) = who_could(
        charter_with(holdings=(*charter().holdings, near)), "dmz-pumping", NOW - SECOND, CONNECT
    )
    assert before.holding == near


def test_a_delegate_counts_while_the_delegation_lasts() -> None:
    """B02: an expired delegate is none."""
    given = Delegation(
        CONNECT,
        "riverside",
        PersonId("petra"),
        PersonId("milo"),
        frozenset({Action.VIEW}),
        frozenset({OperatingState.RUNNING}),
        TimeWindow(NOW - SECOND, NOW + SECOND),
        NOW - SECOND,
        "Note 7",
    )
    with_it = charter_with()
    object.__setattr__(with_it, "delegations", (given,))  # one that was given and accepted in order
    (answer,) = who_could(with_it, "pumping", NOW, CONNECT)
    assert "milo" in answer.persons
    assert answer.document()["delegates"][0]["document"] == "Note 7"
    assert any("Delegate: milo, by petra, for view in running" in one for one in answer.sentences())
    (after,) = who_could(with_it, "pumping", NOW + SECOND, CONNECT)
    assert "milo" not in after.persons


def test_every_right_is_answered_and_what_has_run_out_is_void() -> None:
    assert [one.right for one in who_could(charter(), "riverside", NOW)] == list(DecisionRight)
    later = who_could(charter(), "riverside", CONTRACT_ENDS + 400 * 86400 * SECOND, CONNECT)
    assert later[0].persons == ()
    assert later[0].document()["holders"] == []


def test_a_boundary_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="no boundary 'nowhere'"):
        who_could(charter(), "nowhere", NOW)

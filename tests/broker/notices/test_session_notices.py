"""Who is told what of live sessions."""

import pytest

from broker.notices.session_notices import BAD_ENDS
from domain.events import (
    Restored,
)
from tests.broker.notices.happenings import S, asked, ended, isolated, opened, state, to, told
from tests.policies.plant import NOW


@pytest.mark.parametrize("cause", sorted(BAD_ENDS))
def test_an_end_against_the_vendor_s_will_is_told_to_both_sides(cause: str) -> None:
    assert to(told(ended(cause), asked(), opened())) == ["ana", "petra"]


@pytest.mark.parametrize("cause", ["finished", "window_end", "client_gone", "shutdown"])
def test_an_ordinary_end_is_told_to_nobody(cause: str) -> None:
    assert told(ended(cause), asked(), opened()) == ()


@pytest.mark.parametrize(
    ("scope", "plant", "outside"),
    [
        ("all", ["sven", "petra"], ["ana"]),
        ("zone:operations", ["sven", "petra"], ["ana"]),
        ("zone:pumping", ["sven", "petra"], []),
        ("vendor:kestrel", ["sven", "petra"], ["ben"]),
        ("vendor:brightwater", ["sven", "petra"], ["ana"]),
        ("person:ana", ["sven", "petra"], ["ana"]),
        ("asset:eng-ws-1", ["sven", "petra"], ["ana"]),
    ],
)
def test_the_kill_switch_is_told_to_who_leads_who_holds_and_whom_it_cut_off(
    scope: str, plant: list[str], outside: list[str]
) -> None:
    notices = told(isolated(scope), asked(), opened())
    assert to(notices) == plant + outside
    assert all(one.urgent for one in notices)
    for one in notices:
        # A vendor hears that its access is closed, and nothing of the plant's reasons or of its rivals.
        assert ("smoke" in str(one.sentences)) is (one.to in plant)


def test_one_session_that_is_stopped_is_told_of_by_its_end() -> None:
    assert told(isolated(f"session:{S}"), asked(), opened()) == ()


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert "sven" not in to(told(isolated("all", by="sven")))


def test_a_vendor_that_is_let_in_again_hears_of_it() -> None:
    event = Restored(at=NOW, scope="vendor:kestrel", by="sven", reason="")
    assert to(told(event)) == ["milo", "ben"]


def test_a_state_change_is_told_where_somebody_is_in() -> None:
    assert told(state("maintenance")) == ()
    notices = told(state("maintenance"), asked(), opened())
    assert to(notices) == ["petra", "sven", "ana"]
    assert "1 live session is in it" in notices[0].sentences[0]
    assert not notices[0].urgent


def test_an_emergency_is_told_whoever_is_in_and_at_once() -> None:
    notices = told(state("emergency"))
    assert to(notices) == ["petra", "sven"]
    assert all(one.urgent for one in notices)

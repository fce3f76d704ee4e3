from dataclasses import replace

from broker.console.evidence.find import story
from broker.console.evidence.summary import Summary, summary
from domain.permit import Permit
from tests.broker.console.house import House
from tests.policies.plant import charter


async def told(house: House) -> tuple[Permit, list]:
    permit = await house.ask()
    session = await house.record(permit)
    return permit, [one.event for one in story(house.log, charter(), session)]


async def test_a_session_s_summary_is_the_ledger_s_word_and_the_permit_that_it_names(house: House) -> None:
    permit, events = await told(house)
    found = summary(events, permit)
    assert (found.person, found.asset, found.source) == ("ana", "eng-ws-1", "192.0.2.9")
    assert found.ending == "the vendor was finished"
    assert (found.lasted, found.to_asset, found.to_vendor) == ("less than a minute", "120 bytes", "4.5 MB")
    assert found.permit == permit
    assert not found.permit_differs


async def test_a_permit_that_somebody_edited_in_the_database_is_not_shown_as_the_one(house: House) -> None:
    permit, events = await told(house)
    found = summary(events, replace(permit, purpose="Nothing at all"))
    assert found.permit is None
    assert found.permit_differs


async def test_a_live_session_has_no_ending_and_an_interrupted_one_says_so(house: House) -> None:
    _permit, events = await told(house)
    began = [one for one in events if one["event"] == "SessionOpened"]
    assert summary(began, None).ending == summary(began, None).lasted == ""
    assert "the node stopped" in summary([*began, {"event": "SessionInterrupted"}], None).ending


def test_a_session_of_which_nothing_is_left_is_empty_and_no_error() -> None:
    found = summary([], None)
    assert isinstance(found, Summary)
    assert (found.person, found.opened_at, found.approvers) == ("", None, ())

from datetime import UTC, datetime

from broker.console.evidence.find import MOST_LINES, find, line, opened, story
from broker.console.evidence.telling import Teller
from recorder.ledger.reader import Kept, LogReader
from tests.broker.console.house import House
from tests.policies.plant import charter
from tests.recorder.ledger.logs import new_log

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def test_a_search_is_by_kind_and_by_any_text(house: House) -> None:
    permit = await house.ask()
    session = await house.record(permit)
    names = [one.name for one in find(house.log, charter(), "sessions", "")]
    assert names == ["SessionEnded", "SessionOpened"]
    assert [one.name for one in find(house.log, charter(), "permits", "ENG-WS")] == ["PermitRequested"]
    assert find(house.log, charter(), "refusals", "") == ()
    assert {one.session for one in find(house.log, charter(), "all", session)} == {session}
    assert find(house.log, charter(), "all", "no such text") == ()


async def test_a_story_is_of_one_session_and_its_permit_in_order(house: House) -> None:
    permit, other = await house.ask(), await house.ask()
    session = await house.record(permit)
    await house.record(other, "t" * 26)  # type: ignore[arg-type]
    lines = story(house.log, charter(), session)
    assert [one.name for one in lines] == ["PermitRequested", "SessionOpened", "SessionEnded"]
    first = opened(lines)
    assert first is not None
    assert first.permit == permit.id
    assert opened(()) is None


def test_an_event_whose_text_is_gone_belongs_to_every_search() -> None:
    told = line(Kept(7, {}, "The text is gone."), Teller(charter()))
    assert (told.name, told.at, told.facts, told.fault) == ("unreadable", None, (), "The text is gone.")


def test_values_are_told_as_people_say_them_and_instants_stay_instants() -> None:
    event = {
        "event": "SessionEnded",
        "number": 34,
        "at": "2026-03-02T08:00:00Z",
        "verified": True,
        "deadline": "2026-03-02T08:00:00Z",
        "approvals": ["a", "b"],
        "head": "",
        "frames": 3,
    }
    told = line(Kept(1, event), Teller(charter()))
    assert told.at == NOW
    assert told.facts == (("verified", "yes"), ("deadline", NOW), ("approvals", "a, b"), ("frames", "3"))


def test_a_long_log_is_cut_to_what_a_page_holds(tmp_path) -> None:  # noqa: ANN001
    log = LogReader(new_log(tmp_path / "ledger", MOST_LINES + 50))
    found = find(log, charter(), "all", "")
    assert len(found) == MOST_LINES
    assert found[0].index == MOST_LINES + 49

"""The ladder at work: leaf before notice, once for each level, over restarts, with nothing outside the plant."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from broker.console.escalating import Escalating
from broker.notices.outbox import Outbox
from domain.errors import EvidenceError
from domain.ids import PersonId
from domain.notice import Notice
from policies.charter.charter import Charter
from policies.facts import Facts
from tests.broker.console.house import House
from tests.policies.plant import charter, charter_with

PETRA, DENIZ, SVEN, OLGA = map(PersonId, ("petra", "deniz", "sven", "olga"))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "notices.db")


def escalating(house: House, outbox: Outbox, since: datetime | None = None) -> Escalating:
    """As a process that has just started has it."""
    facts: Callable[[], Awaitable[Facts]] = house.desk.parts.admission.facts_now
    return Escalating(house.approvals, facts, lambda _: since, house.ledger, house.log, outbox)


def told(outbox: Outbox, person: PersonId) -> list[Notice]:
    return [one.notice for one in reversed(outbox.told(person))]


async def test_no_answer_calls_the_deputy_with_a_leaf_before_the_notice(house: House, outbox: Outbox) -> None:
    """J09, S-42: no answer at level 1, level 2 in T; nothing but this node is needed."""
    permit, at_work = await house.ask(), escalating(house, outbox)
    assert await at_work.step() == ()
    house.clock.advance(5 * MINUTE)
    assert [one.rung.level for one in await at_work.step()] == ["deputy"]
    (leaf,) = house.events("Escalated")
    assert (leaf["permit"], leaf["level"], leaf["called"]) == (permit.id, "deputy", ["deniz"])
    (notice,) = told(outbox, DENIZ)
    assert notice.path == f"/permits/{permit.id}"
    assert notice.urgent
    assert "Petra" not in notice.subject
    assert "Ana Ferreira of Brightwater Drives, who asked for access to Engineering" in notice.sentences[0]
    assert any("P. Vos (radio channel 2)" in one for one in notice.sentences)
    assert told(outbox, PETRA) == []  # she was told when it was asked for


async def test_nobody_is_called_twice_for_a_level_and_nobody_is_lost_over_restarts(
    house: House, outbox: Outbox, tmp_path: Path
) -> None:
    """J09: a crash at any point between finding, leaf and notice."""
    await house.ask()
    house.clock.advance(5 * MINUTE)
    await escalating(house, outbox).step()
    assert await escalating(house, outbox).step() == ()
    assert (len(house.events("Escalated")), len(told(outbox, DENIZ))) == (1, 1)
    lost = Outbox(tmp_path / "after.db")  # the leaf was kept, and the machine stopped before the notice was
    assert await escalating(house, lost).step() == ()
    assert (len(house.events("Escalated")), len(told(lost, DENIZ))) == (1, 1)


async def test_without_its_leaf_no_call_is_made(house: House, outbox: Outbox) -> None:
    await house.ask()
    house.clock.advance(5 * MINUTE)
    at_work = escalating(house, outbox)
    house.ledger.failing = True
    with pytest.raises(EvidenceError):
        await at_work.step()
    assert told(outbox, DENIZ) == []
    house.ledger.failing = False
    assert len(await at_work.step()) == 1
    assert len(told(outbox, DENIZ)) == 1


async def test_what_was_decided_meanwhile_calls_nobody(house: House, outbox: Outbox) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        await petra.post(f"/permits/{permit.id}/refuse", data={"reason": "Not today."})
    house.clock.advance(5 * MINUTE)
    assert await escalating(house, outbox).step() == ()


async def test_a_void_is_told_to_the_deputy_and_then_to_the_executive(house: House, outbox: Outbox) -> None:
    """B04: within five minutes, and within four hours; the next request finds no holder."""
    now = house.clock.now()
    house.charter = vacant(now)
    at_work = escalating(house, outbox, now)
    await at_work.step()
    house.clock.advance(5 * MINUTE)
    assert "deputy" in [one.rung.level for one in await at_work.step()]
    (notice,) = told(outbox, DENIZ)
    assert notice.path == "/voids"
    assert "connect" in notice.sentences[0]
    house.clock.advance(timedelta(hours=4))
    assert "executive" in [one.rung.level for one in await at_work.step()]
    assert told(outbox, PersonId("nora"))
    assert {one["about"] for one in house.events("Escalated")} == {"void:connect:riverside"}


def vacant(now: datetime) -> Charter:
    """Nobody holds connect from now on."""
    from dataclasses import replace  # noqa: PLC0415 - beside its one use

    from domain.window import TimeWindow  # noqa: PLC0415 - the same

    held = tuple(
        replace(one, window=TimeWindow(one.window.start, now)) if one.right == "connect" else one
        for one in charter().register
    )
    return charter_with(holdings=held)


async def test_the_page_says_who_was_called_and_who_is_next(house: House) -> None:
    """J09, S-42: the vendor and the holder see the ladder and its contacts."""
    permit = await house.ask()
    for person, heading in (("ana", "Whom it waits for"), ("petra", "Who is called")):
        async with await house.sign_in(person) as reader:
            page = (await reader.get(f"/permits/{permit.id}")).text
            assert heading in page
            assert "D. Aydin" in page
            assert "without a network: radio channel 2" in page

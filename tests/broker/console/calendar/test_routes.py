from datetime import timedelta

import pytest

from domain.ids import AssetId
from tests.broker.console.house import House


async def test_the_calendar_shows_each_asset_with_its_permits_as_a_table(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        text = (await petra.get("/calendar")).text
        assert f'href="/permits/{permit.id}"' in text
        assert "09:00" in text
        assert "Historian" in text
        only = (await petra.get("/calendar?of=asset:historian")).text
        assert permit.id not in only
        assert permit.id in (await petra.get("/calendar?of=zone:operations&span=week")).text
        assert permit.id not in (await petra.get("/calendar?day=2026-03-03")).text


@pytest.mark.parametrize(
    "query", ["of=asset:gone", "of=%00", "day=2026-02-30", "day=9999-12-31", "span=year", "day="]
)
async def test_what_can_t_be_read_means_everything_today(house: House, query: str) -> None:
    permit = await house.ask()
    async with await house.sign_in("milo") as milo:
        answer = await milo.get(f"/calendar?{query}")
        assert answer.status_code == 200
        assert permit.id in answer.text


async def test_a_holder_sees_only_what_is_their_business(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("sven") as sven, await house.sign_in("ana") as ana:
        text = (await sven.get("/calendar")).text
        assert permit.id in text  # he leads incidents, and is of the shift
        assert (await ana.get("/calendar")).status_code == 403


async def test_two_at_once_are_counted(house: House) -> None:
    await house.ask()
    house.clock.advance(timedelta(minutes=1))
    await house.ask(asset=AssetId("eng-ws-1"))
    async with await house.sign_in("petra") as petra:
        assert "2 permits have something against them" in (await petra.get("/calendar")).text


async def test_a_watchdog_that_does_not_answer_is_said_and_forbids(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("petra") as petra:
        text = (await petra.get("/calendar")).text
    assert "operating states and what is closed are not known here" in text
    assert "its zone&#39;s state is not known" in text

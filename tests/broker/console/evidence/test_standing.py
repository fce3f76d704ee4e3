import asyncio
from dataclasses import replace

from broker.evidence.standing import Standing, State
from tests.broker.console.house import House


async def test_the_page_says_what_is_wrong_since_when_and_what_to_do(house: House) -> None:
    async with await house.sign_in("milo") as milo:
        text = (await milo.get("/evidence/standing")).text
        assert "No witness has ever vouched for this ledger." in text
        assert "Until enough vouch, the ledger could be set back unseen." in text
        assert text.count('class="card"') == 3
    async with await house.sign_in("ana") as ana:
        assert (await ana.get("/evidence/standing")).status_code in {403, 404}


async def test_the_page_asks_again_by_itself_and_is_told_of_what_changed(house: House) -> None:
    async with await house.sign_in("milo") as milo:
        assert 'hx-get="/evidence/standing/now"' in (await milo.get("/evidence/standing")).text
        broken = Standing("disk", "Room", State.ALARMED, "The disk is full.", None, "Free some.")
        house.desk.parts = replace(house.desk.parts, evidence=lambda: (broken,))
        async with asyncio.timeout(10):
            while "The disk is full." not in (now := (await milo.get("/evidence/standing/now")).text):
                await asyncio.sleep(0.05)
        assert ("<html" in now, "Free some." in now) == (False, True)


async def test_each_state_has_its_words_and_only_an_alarm_is_one(house: House) -> None:
    async with await house.sign_in("iris") as iris:
        for state in State:
            line = Standing("x", "A thing", state, "How it stands.")
            house.desk.parts = replace(house.desk.parts, evidence=lambda line=line: (line,))
            text = (await iris.get("/evidence/standing")).text
            assert ('role="alert"' in text) is (state is State.ALARMED)
            assert "How it stands." in text

import asyncio
from dataclasses import replace
from datetime import timedelta

from broker.evidence.standing import Standing, State
from tests.broker.console.house import House
from tests.broker.evidence.test_checked import CHECKED, FOUND


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


async def test_what_the_last_check_found_is_told_to_who_audits_or_leads_and_to_nobody_else(
    house: House,
) -> None:
    """F13: last run, next run, and each finding with who had it last and what to do."""
    settings = replace(house.desk.parts.settings, check_every=timedelta(days=1))
    spoiled = replace(CHECKED, found=(replace(FOUND, fact="<b>changed"),))
    house.desk.parts = replace(house.desk.parts, checked=lambda: spoiled, settings=settings)
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/evidence/standing")).text
        assert "&lt;b&gt;changed" in text
        assert "Iris" in text.partition("Who had it last")[2].partition("leaf 12")[0]
        assert FOUND.remedy in text
        assert "The next one begins" in text
        house.desk.parts = replace(house.desk.parts, checked=lambda: CHECKED)
        assert "all is as it was" in (await iris.get("/evidence/standing/now")).text
        house.desk.parts = replace(house.desk.parts, checked=lambda: None)
        assert "None has come to its end yet" in (await iris.get("/evidence/standing")).text
    async with await house.sign_in("petra") as petra:
        assert "last check found" not in (await petra.get("/evidence/standing")).text

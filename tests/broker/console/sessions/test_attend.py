import pytest

from tests.broker.console.house import SESSION, House


async def said(house: House) -> list[object]:
    return [one for one in house.watch.heard if one["do"] == "attend"]


async def test_d11_an_open_page_says_every_second_that_somebody_watches(house: House) -> None:
    """D11: the page beats; who closes it is silent."""
    house.go_live(await house.ask())
    async with await house.sign_in("petra") as petra:
        page = await petra.get(f"/sessions/{SESSION}/attend")
        assert 'hx-trigger="load, every 1s"' in page.text
        assert await said(house) == []
        beat = await petra.post(f"/sessions/{SESSION}/attend")
        assert (beat.status_code, "Input goes through" in beat.text) == (200, True)
    assert await said(house) == [{"do": "attend", "scope": f"session:{SESSION}", "by": "petra"}]


@pytest.mark.parametrize("person", ["ana", "iris"])
async def test_a_vendor_and_an_auditor_attend_nothing(house: House, person: str) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in(person) as browser:
        assert (await browser.get(f"/sessions/{SESSION}/attend")).status_code == 403
        assert (await browser.post(f"/sessions/{SESSION}/attend")).status_code == 403
    assert await said(house) == []


async def test_a_session_that_is_not_there_is_not_attended(house: House) -> None:
    async with await house.sign_in("milo") as milo:
        assert (await milo.post(f"/sessions/{'z' * 26}/attend")).status_code == 404
    assert await said(house) == []


@pytest.mark.parametrize(
    ("hold", "words"), [("state", "asked again"), ("unattended", "nobody of the plant attends")]
)
async def test_the_live_page_says_why_input_waits(house: House, hold: str, words: str) -> None:
    """B11, D11."""
    house.go_live(await house.ask())
    house.watch.sessions[0]["held"] = [hold]
    async with await house.sign_in("milo") as milo:
        assert words in (await milo.get("/sessions")).text

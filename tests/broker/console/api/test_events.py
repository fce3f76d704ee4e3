import pytest

from tests.broker.console.house import House


async def test_the_ledger_is_read_page_by_page_to_its_end(house: House) -> None:
    await house.record(await house.ask())
    iris = await house.bearer("iris")
    names, start = [], 0
    async with house.client() as script:
        for _ in range(10):
            page = (await script.get(f"/api/v1/events?start={start}&limit=2", headers=iris)).json()
            names += [one["event"]["event"] for one in page["events"]]
            assert [one["fault"] for one in page["events"]] == [""] * len(page["events"])
            if page["next"] == start:
                break
            start = page["next"]
            if "EvidenceViewed" in names:
                break
    assert names[:3] == ["PermitRequested", "SessionOpened", "SessionEnded"]
    assert names[3] == "EvidenceViewed"


@pytest.mark.parametrize("query", ["start=-1", "limit=0", "limit=501", "limit=x"])
async def test_a_page_has_bounds(house: House, query: str) -> None:
    async with house.client() as script:
        answer = await script.get(f"/api/v1/events?{query}", headers=await house.bearer("iris"))
        assert (answer.status_code, answer.json()["code"]) == (422, "not_understood")


async def test_nothing_is_read_when_the_look_can_not_be_written_down(house: House) -> None:
    house.ledger.failing = True
    async with house.client() as script:
        answer = await script.get("/api/v1/events", headers=await house.bearer("iris"))
        assert (answer.status_code, answer.json()["code"]) == (503, "no_evidence")

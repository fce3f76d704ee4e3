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
            if page["go_on"] == start:
                break
            start = page["go_on"]
            if "EvidenceViewed" in names:
                break
    assert names[:3] == ["PermitRequested", "SessionOpened", "SessionEnded"]
    assert names[3] == "EvidenceViewed"


@pytest.mark.parametrize("query", ["start=-1", "limit=0", "limit=201", "limit=x"])
async def test_a_page_has_bounds(house: House, query: str) -> None:
    async with house.client() as script:
        answer = await script.get(f"/api/v1/events?{query}", headers=await house.bearer("iris"))
        assert (answer.status_code, answer.json()["code"]) == (422, "not_understood")


async def test_nothing_is_read_when_the_look_can_not_be_written_down(house: House) -> None:
    house.ledger.failing = True
    async with house.client() as script:
        answer = await script.get("/api/v1/events", headers=await house.bearer("iris"))
        assert (answer.status_code, answer.json()["code"]) == (503, "no_evidence")


async def test_the_link_leads_on_until_the_end_and_a_siem_goes_on_from_there_tomorrow(house: House) -> None:
    await house.record(await house.ask())
    iris = await house.bearer("iris")
    async with house.client() as script:
        first = (await script.get("/api/v1/events?limit=2", headers=iris)).json()
        second = (await script.get(first["next"], headers=iris)).json()
        assert [one["index"] for one in (*first["events"], *second["events"])] == [0, 1, 2, 3]
        far = (await script.get("/api/v1/events?start=1000", headers=iris)).json()
    assert (far["events"], far["next"], far["go_on"]) == ([], None, 1000)


async def test_the_checkpoint_is_given_as_it_is_signed(house: House) -> None:
    async with house.client() as script:
        told = await script.get("/api/v1/checkpoint", headers=await house.bearer("iris"))
    assert told.json()["checkpoint"] == house.log.checkpoint

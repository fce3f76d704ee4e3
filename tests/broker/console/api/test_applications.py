import tomllib

import pytest

from tests.broker.console.house import House
from tests.broker.console.vendors.test_queue import waits


async def test_a_company_that_waits_is_taken_as_a_draft_that_decides_nothing(house: House) -> None:
    id_, _link = await waits(house)
    before = house.desk.parts.charter().digest
    olga = await house.bearer("olga")
    async with house.client() as script:
        (one,) = (await script.get("/api/v1/applications", headers=olga)).json()["applications"]
        assert (one["id"], one["application"]["company"]) == (id_, "Halden Pumps")
        assert (await script.get(f"/api/v1/applications/{id_}/draft", headers=olga)).status_code == 404
        done = await script.post(f"/api/v1/applications/{id_}/take", headers=olga)
        assert tomllib.loads(done.json()["draft"])["vendor"][0]["name"] == "Halden Pumps"
        again = await script.get(f"/api/v1/applications/{id_}/draft", headers=olga)
        assert again.json() == done.json()
        assert (await script.post(f"/api/v1/applications/{id_}/take", headers=olga)).status_code == 404
    assert [one["answer"] for one in house.events("VendorAnswered")] == ["taken"]
    assert house.desk.parts.charter().digest == before


async def test_one_is_refused_with_a_reason(house: House) -> None:
    id_, _link = await waits(house)
    async with house.client() as script:
        path = f"/api/v1/applications/{id_}/refuse"
        done = await script.post(path, json={"reason": "No contract"}, headers=await house.bearer("olga"))
    assert done.json() == {"refused": id_}
    assert house.events("VendorAnswered")[0]["reason"] == "No contract"


@pytest.mark.parametrize("person", ["milo", "sven"])
async def test_who_does_not_hold_identity_sees_and_answers_nothing(house: House, person: str) -> None:
    id_, _link = await waits(house)
    token = await house.bearer(person)
    async with house.client() as script:
        assert (await script.get("/api/v1/applications", headers=token)).status_code == 403
        assert (await script.post(f"/api/v1/applications/{id_}/take", headers=token)).status_code == 403

import pytest

from domain.canonical import instant_text
from domain.ids import PersonId
from tests.broker.console.house import House

ANA = PersonId("ana")


async def test_a_vendor_s_script_takes_a_colleague_s_access_away_and_sees_it(house: House) -> None:
    """I04: by the vendor's own word, over the API."""
    ana = await house.bearer("ana")
    async with house.client() as script:
        told = (await script.get("/api/v1/company", headers=ana)).json()
        assert ([one["person"] for one in told["people"]], told["vendor"]) == (["ana"], "brightwater")
        given = {"person": "ana", "kind": "terminated"}
        done = await script.post("/api/v1/company/notices", json=given, headers=ana)
        now = instant_text(house.clock.now())
        assert done.json() == {"person": "ana", "until": now}
        (one,) = (await script.get("/api/v1/company", headers=ana)).json()["people"]
        assert one["leaving"] == now
    assert house.watch.interlocks.leaving == {ANA: house.clock.now()}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"person": "ben", "kind": "terminated"}, 409),
        ({"person": "petra", "kind": "terminated"}, 409),
        ({"person": "ana", "kind": "back"}, 422),
        ({"person": "../ana", "kind": "terminated"}, 422),
    ],
)
async def test_it_reaches_nobody_else(house: House, given: dict[str, str], status: int) -> None:
    async with house.client() as script:
        answer = await script.post("/api/v1/company/notices", json=given, headers=await house.bearer("ana"))
    assert answer.status_code == status
    assert house.watch.interlocks.leaving == {}


async def test_when_nobody_knows_who_leaves_it_is_said(house: House) -> None:
    house.watch.gone = True
    async with house.client() as script:
        told = (await script.get("/api/v1/company", headers=await house.bearer("ana"))).json()
    assert told["sound"] is False

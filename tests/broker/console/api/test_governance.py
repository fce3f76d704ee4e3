from datetime import timedelta
from pathlib import Path

import pytest

from broker.charter.desk import CharterDesk
from domain.canonical import instant_text
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.house import House
from tests.broker.console.voids.test_routes import handed_over
from tests.policies.plant import charter

SPAN = "since=2026-03-01T00:00:00Z&until=2026-03-08T00:00:00Z"


async def test_the_charter_is_given_as_case_files_carry_it(house: House) -> None:
    async with house.client() as script:
        told = (await script.get("/api/v1/charter", headers=await house.bearer("iris"))).json()
    assert told["digest"] == charter().digest.hex()
    assert "brightwater" in str(told["document"])


async def test_a_version_that_waits_says_what_it_changes_and_who_must_sign(
    house: House, tmp_path: Path
) -> None:
    petra = await house.bearer("petra")
    plant = Chartered(tmp_path / "chartered", house.clock.now())
    plant.begin()
    object.__setattr__(house.desk.parts, "drafts", CharterDesk(plant.layout, NODE, plant.trust))
    async with house.client() as script:
        assert (await script.get("/api/v1/charter/proposed", headers=petra)).json() == {"proposal": None}
        plant.edit(*LONGER)
        proposal = CharterDesk(plant.layout, NODE, plant.trust).propose(
            plant.layout.charter_files(), "The drives need longer", plant.now, plant.weigh
        )
        told = (await script.get("/api/v1/charter/proposed", headers=petra)).json()["proposal"]
    assert (told["version"], told["reason"]) == (2, "The drives need longer")
    assert told["digest"] == proposal.proposal.digest().hex()
    assert any(one["relaxing"] for one in told["differences"])
    assert told["missing"]
    assert told["impact"]


async def test_no_version_waits_where_the_console_has_no_node(house: House) -> None:
    async with house.client() as script:
        iris = await house.bearer("iris")
        assert (await script.get("/api/v1/charter/proposed", headers=iris)).json() == {"proposal": None}
        told = (await script.get("/api/v1/charter/versions", headers=iris)).json()
    assert told == {"versions": [], "next": None}


async def test_noes_are_counted_and_workarounds_told(house: House) -> None:
    permit = await house.ask()
    petra, iris = await house.bearer("petra"), await house.bearer("iris")
    async with house.client() as script:
        await script.post(f"/api/v1/permits/{permit.id}/refuse", json={"reason": "late"}, headers=petra)
        told = (await script.get("/api/v1/denials?days=30", headers=iris)).json()
        assert (told["total"], told["by_holder"][0]["who"], told["by_vendor"][0]["who"]) == (
            1,
            "petra",
            "brightwater",
        )
        assert (await script.get("/api/v1/workarounds", headers=iris)).json() == {"workarounds": []}
        assert "voids" in (await script.get("/api/v1/voids", headers=iris)).json()["report"]
        assert (await script.get("/api/v1/denials?days=0", headers=iris)).status_code == 422


async def test_a_successor_attests_by_script_with_a_code(house: House) -> None:
    handed_over(house)
    milo = await house.bearer("milo")
    async with house.client() as script:
        (due,) = (await script.get("/api/v1/attestations", headers=milo)).json()["due"]
        assert due["mine"]
        given = {"subject": due["subject"]}
        wrong = await script.post("/api/v1/attestations", json=given | {"code": "000000"}, headers=milo)
        assert wrong.status_code == 403
        done = await script.post(
            "/api/v1/attestations", json=given | {"code": house.code("milo")}, headers=milo
        )
        assert (done.status_code, done.json()) == (200, {"due": []})


async def test_a_calendar_holds_what_is_the_caller_s_business_in_a_span(house: House) -> None:
    permit = await house.ask()
    async with house.client() as script:
        for person, count in (("petra", 1), ("ana", 1), ("ben", 0)):
            told = await script.get(f"/api/v1/calendar?{SPAN}", headers=await house.bearer(person))
            assert len(told.json()["spans"]) == count, person
        petra = await house.bearer("petra")
        told = (await script.get(f"/api/v1/calendar?{SPAN}&asset=eng-ws-1", headers=petra)).json()
        assert told["spans"][0]["permit"] == permit.id
        assert told["states"]["operations"] == "running"
        later = instant_text(permit.window.end + timedelta(days=1))
        query = f"since={instant_text(permit.window.end)}&until={later}"
        assert (await script.get(f"/api/v1/calendar?{query}", headers=petra)).json()["spans"] == []


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-03-01T00:00:00Z",
        "since=2026-03-01T00:00:00Z&until=2026-03-01T00:00:00Z",
        "since=2026-03-01T00:00:00Z&until=2027-03-01T00:00:00Z",
        "since=x&until=y",
    ],
)
async def test_a_span_has_bounds(house: House, query: str) -> None:
    async with house.client() as script:
        answer = await script.get(f"/api/v1/calendar?{query}", headers=await house.bearer("petra"))
    assert answer.status_code == 422

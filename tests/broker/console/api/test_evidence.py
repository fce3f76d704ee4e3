from dataclasses import replace

import pytest

from domain.ids import ConduitId
from domain.plant import Outflow
from tests.broker.console.cast import CAST
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with

PATH = f"/api/v1/evidence/sessions/{SESSION}"


async def test_a_session_is_found_told_replayed_verified_and_taken_away(house: House) -> None:
    permit = await house.ask()
    await house.record(permit)
    iris = await house.bearer("iris")
    async with house.client() as script:
        (ended, began) = (await script.get("/api/v1/evidence/sessions", headers=iris)).json()["sessions"]
        assert (began["what"], ended["what"], began["permit"]) == ("SessionOpened", "SessionEnded", permit.id)
        story = (await script.get(PATH, headers=iris)).json()
        assert [one["name"] for one in story["story"]] == [
            "PermitRequested",
            "SessionOpened",
            "SessionEnded",
        ]
        assert (story["recorded"], story["casts"]) == (True, [{"channel": 0, "name": "shell"}])
        cast = await script.get(f"{PATH}/casts/0", headers=iris)
        assert (cast.content, cast.headers["content-type"]) == (CAST, "application/x-asciicast")
        verified = (await script.get(f"{PATH}/verification", headers=iris)).json()
        assert (verified["verdict"], verified["steps"][0]["number"]) == ("PASS", 1)
        case = await script.get(f"{PATH}/case-file", headers=iris)
        assert case.headers["content-type"] == "application/zip"
        assert case.headers["content-disposition"].endswith(f'{SESSION}.zip"')
    assert [one["how"] for one in house.events("EvidenceViewed")] == ["API list"]
    assert [one["what"] for one in house.events("EvidenceHandled")] == [
        "story",
        "cast of channel 0",
        "case file, verified here",
        "case file",
    ]


async def test_a_search_looks_through_the_ledger_part_by_part(house: House) -> None:
    for number in range(3):
        await house.record(await house.ask(), f"{number}" * 26)
    iris = await house.bearer("iris")
    async with house.client() as script:
        link, found = "/api/v1/evidence/sessions?limit=2&text=sessionopened", []
        while link:
            part = (await script.get(link, headers=iris)).json()
            found += [one["session"][0] for one in part["sessions"]]
            link = part["next"]
    assert found == ["2", "1", "0"]


async def test_what_no_ledger_knows_is_404_and_what_is_no_channel_too(house: House) -> None:
    await house.record(await house.ask())
    iris = await house.bearer("iris")
    async with house.client() as script:
        for path in (f"/api/v1/evidence/sessions/{'z' * 26}", f"{PATH}/casts/7"):
            assert (await script.get(path, headers=iris)).status_code == 404
        house.recordings.clear()
        for name in ("casts/0", "verification", "case-file"):
            assert (await script.get(f"{PATH}/{name}", headers=iris)).status_code == 404
        assert (await script.get(PATH, headers=iris)).json()["recorded"] is False


async def test_nothing_is_shown_when_the_look_can_not_be_written_down(house: House) -> None:
    await house.record(await house.ask())
    iris = await house.bearer("iris")
    house.ledger.failing = True
    async with house.client() as script:
        for name in ("", "/casts/0", "/verification", "/case-file"):
            assert (await script.get(f"{PATH}{name}", headers=iris)).status_code == 503


@pytest.mark.parametrize("name", ["casts/0", "case-file"])
async def test_what_may_not_leave_does_not_leave_by_script_either(house: House, name: str) -> None:
    way = replace(charter().conduits[ConduitId("dmz-operations")], data_out=frozenset({Outflow.RECORDING}))
    house.charter = charter_with(conduits={**charter().conduits, way.id: way})
    await house.record(await house.ask())
    async with house.client() as script:
        answer = await script.get(f"{PATH}/{name}", headers=await house.bearer("iris"))
    assert (answer.status_code, answer.json()["code"]) == (403, "data_out_needed")


async def test_the_list_of_how_the_evidence_stands_says_the_worst_first_and_is_for_the_plant(
    house: House,
) -> None:
    async with house.client() as script:
        for person in ("iris", "milo", "sven", "petra"):
            token = await house.bearer(person)
            told = (await script.get("/api/v1/evidence/standing", headers=token)).json()
            assert told["worst"] == "alarmed"
            assert [one["what"] for one in told["standings"]] == ["ledger", "time-stamps", "witnesses"]
        ana = await house.bearer("ana")
        assert (await script.get("/api/v1/evidence/standing", headers=ana)).status_code in {403, 404}
    ledger, stamps, witnesses = told["standings"]
    assert (ledger["state"], ledger["remedy"]) == ("ok", "")
    assert (stamps["state"], stamps["since"] < witnesses["since"]) == ("alarmed", True)
    assert (witnesses["state"], bool(witnesses["remedy"])) == ("alarmed", True)
    assert witnesses["since"].endswith("Z")
    assert not house.events("EvidenceViewed")

from tests.broker.console.house import SESSION, House
from tests.recorder.cases import permit
from tests.recorder.honest_files import visit
from tests.recorder.recordings import SESSION as TOLD

PATH = f"/api/v1/evidence/sessions/{TOLD}/files"


async def test_the_files_of_a_session_come_part_by_part_and_each_look_is_written_down(house: House) -> None:
    """D15: what each is, what was found, who released it, and where its bytes lie."""
    for one in visit(house.clock.now(), permit()):
        await house.ledger.append(one)
    iris, found, link = await house.bearer("iris"), [], f"{PATH}?limit=3"
    async with house.client() as script:
        while link:
            part = (await script.get(link, headers=iris)).json()
            found += part["files"]
            link = part["next"]
        assert [one["what"] for one in found] == ["delivered", "taken in", "moved", "not taken"]
        assert (found[0]["released_by"], found[0]["kept"]) == (["olga"], "quarantine")
        assert (found[3]["size"], found[3]["code"]) == (None, "file_sparse")
        assert [one["what"] for one in house.events("EvidenceHandled")] == ["files", "files"]
        nowhere = f"/api/v1/evidence/sessions/{'z' * 26}/files"
        assert (await script.get(nowhere, headers=iris)).status_code == 404
        await house.record(await house.ask())
        mine = await script.get(f"/api/v1/evidence/sessions/{SESSION}/files", headers=iris)
        assert mine.json()["files"] == []
        house.ledger.failing = True
        assert (await script.get(PATH, headers=iris)).status_code == 503

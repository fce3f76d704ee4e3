from dataclasses import replace
from pathlib import Path

from domain.ids import ConduitId
from domain.plant import Outflow
from tests.broker.console.evidence.indexed import indexed, read
from tests.broker.console.evidence.test_reviewing import say
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with


async def test_a_permit_s_story_is_one_page_with_what_it_was_for_beside_what_was_done(
    house: House, tmp_path: Path
) -> None:
    permit = await house.ask()
    await house.record(permit)
    async with indexed(house, tmp_path) as index:
        await read(house, index, permit)
        await say(house, "iris", permit.id, disposition="incident", words="A set point went")
        async with await house.sign_in("petra") as petra:
            page = (await petra.get(f"/permits/{permit.id}/story")).text
    parts = [
        "What it was for",
        "Tune the drives",
        "Asked for and decided",
        "asked for access",
        "It did",
        "2 commands",
        "1 file, 4.5 MB",
        "rm &lt;setpoints&gt;.conf",
        "This is an incident",
        "A set point went",
    ]
    places = [page.find(part) for part in parts]
    assert all(place > 0 for place in places), dict(zip(parts, places, strict=True))
    assert page.find("Asked for and decided") < page.find("It did") < page.find("A set point went")
    assert f"/evidence/sessions/{SESSION}" not in page, "a holder is no auditor"
    assert house.events("EvidenceHandled")[-1]["what"] == "what was done, on the permit's page"


async def test_what_may_not_leave_is_not_on_the_page_and_the_rest_is(house: House, tmp_path: Path) -> None:
    permit = await house.ask()
    await house.record(permit)
    conduits = {
        ConduitId(one.id): replace(one, data_out=frozenset({Outflow.RECORDING}))
        for one in charter().conduits.values()
    }
    house.charter = charter_with(conduits=conduits)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        await read(house, index, permit)
        page = (await iris.get(f"/permits/{permit.id}/story")).text
    assert "may only leave by the word of" in page
    assert "setpoints" not in page
    assert "asked for access" in page


async def test_a_permit_that_was_not_used_and_one_that_is_nobody_s_business(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        assert "This permit was not used." in (await petra.get(f"/permits/{permit.id}/story")).text
        assert (await petra.get(f"/permits/{'z' * 26}/story")).status_code == 404
    async with await house.sign_in("ana") as ana:
        assert (await ana.get(f"/permits/{permit.id}/story")).status_code == 403

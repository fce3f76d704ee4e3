from tests.broker.console.assurance.test_routes import evidence
from tests.broker.console.house import House


async def test_a_script_reads_how_the_controls_stand_with_everything_behind_it(house: House) -> None:
    """J08: the numbers, the controls and the evidence in one document."""
    await evidence(house)
    async with house.client() as script:
        iris = await house.bearer("iris")
        told = (await script.get("/api/v1/assurance?zone=operations", headers=iris)).json()["report"]
        assert (told["schema"], told["zone"], len(told["controls"])) == (
            "penstock-assurance/1",
            "operations",
            40,
        )
        assert {one["session"] for one in told["evidence"]} >= {"e" * 26}
        lost = await script.get("/api/v1/assurance?zone=moon", headers=iris)
        assert (lost.status_code, lost.json()["code"]) == (404, "not_there")


async def test_a_script_reads_what_the_board_reads(house: House) -> None:
    """S-09: who answers for each boundary."""
    async with house.client() as script:
        petra, ana = await house.bearer("petra"), await house.bearer("ana")
        told = (await script.get("/api/v1/assurance/board", headers=petra)).json()["report"]
        assert {one["boundary"]: one["answers"] for one in told["boundaries"]}["riverside"] == "petra"
        assert (await script.get("/api/v1/assurance/board", headers=ana)).status_code == 403

from domain.ids import PermitId
from tests.broker.console.house import House
from tests.broker.console.standing.test_routes import in_force


async def test_a_template_is_listed_to_whom_it_concerns_and_ended_with_a_reason(house: House) -> None:
    """B16: seen and ended by script too."""
    async with await house.sign_in("petra") as browser:
        template = await in_force(house, browser)
    petra = await house.bearer("petra")
    async with house.client() as script:
        for person, count in (("petra", 1), ("ana", 1), ("ben", 0)):
            told = await script.get("/api/v1/standing", headers=await house.bearer(person))
            assert len(told.json()["templates"]) == count, person
        (one,) = (await script.get("/api/v1/standing", headers=petra)).json()["templates"]
        assert (one["counts"], one["signed"]) == (True, [{"right": "connect", "person": "petra"}])
        assert (one["digest"], one["may_end"]) == (template.digest(), True)
        path = f"/api/v1/standing/{template.id}/end"
        assert (await script.post(path, json={}, headers=petra)).status_code == 422
        done = await script.post(path, json={"reason": "Not needed"}, headers=petra)
        assert done.json() == {"ended": template.id}
        gone = await script.post(f"/api/v1/standing/{'z' * 26}/end", json={"reason": "x"}, headers=petra)
        assert gone.status_code == 404
    assert PermitId(template.id) in house.watch.interlocks.revoked

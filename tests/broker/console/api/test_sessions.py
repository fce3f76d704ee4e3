from tests.broker.console.house import SESSION, House


async def test_peer_t55_a_script_lists_and_stops(house: House) -> None:
    house.go_live(await house.ask())
    petra = await house.bearer("petra")
    async with house.client() as script:
        (live,) = (await script.get("/api/v1/sessions", headers=petra)).json()["sessions"]
        assert (live["session"], live["asset"], live["may_stop"]) == (SESSION, "eng-ws-1", True)
        path = f"/api/v1/sessions/{SESSION}/stop"
        assert (await script.post(path, json={"reason": "x"}, headers=petra)).json() == {"stopped": SESSION}
        again = await script.post(path, json={"reason": "x"}, headers=petra)
        assert (again.status_code, again.json()["code"]) == (404, "not_found")
        assert (await script.get("/api/v1/sessions", headers=petra)).json() == {"sessions": []}


async def test_when_nobody_knows_what_is_live_the_list_is_an_error(house: House) -> None:
    house.watch.gone = True
    async with house.client() as script:
        answer = await script.get("/api/v1/sessions", headers=await house.bearer("milo"))
        assert (answer.status_code, answer.json()["code"]) == (503, "not_reachable")

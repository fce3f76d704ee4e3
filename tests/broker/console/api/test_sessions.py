import json

from domain.ids import PersonId
from recorder.format.frame import Kind
from tests.broker.console.house import SESSION, House


async def test_peer_t55_a_script_lists_and_stops(house: House) -> None:
    """D07, D08: the list by the API."""
    house.go_live(await house.ask())
    petra = await house.bearer("petra")
    async with house.client() as script:
        (live,) = (await script.get("/api/v1/sessions", headers=petra)).json()["sessions"]
        assert (live["session"], live["asset"], live["may_stop"]) == (SESSION, "eng-ws-1", True)
        path = f"/api/v1/sessions/{SESSION}/stop"
        assert (await script.post(path, json={"reason": "x"}, headers=petra)).json() == {"stopped": SESSION}
        again = await script.post(path, json={"reason": "x"}, headers=petra)
        assert (again.status_code, again.json()["code"]) == (404, "not_found")
        assert (await script.get("/api/v1/sessions", headers=petra)).json() == {"sessions": [], "next": None}


async def test_when_nobody_knows_what_is_live_the_list_is_an_error(house: House) -> None:
    """D08: never an empty list for want of knowing."""
    house.watch.gone = True
    async with house.client() as script:
        answer = await script.get("/api/v1/sessions", headers=await house.bearer("milo"))
        assert (answer.status_code, answer.json()["code"]) == (503, "not_reachable")


async def test_one_live_session_is_read_by_itself(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with house.client() as script:
        one = await script.get(f"/api/v1/sessions/{SESSION}", headers=await house.bearer("petra"))
        assert (one.json()["permit"], one.json()["operating_state"]) == (permit.id, "running")
        gone = await script.get(f"/api/v1/sessions/{'z' * 26}", headers=await house.bearer("petra"))
        assert gone.status_code == 404


async def test_what_is_live_comes_as_a_stream_to_whom_it_concerns(house: House) -> None:
    house.go_live(await house.ask())
    house.desk.streams.closing.set()  # a stream says one thing, and is over
    async with house.client() as script:
        told = await script.get("/api/v1/sessions/live", headers=await house.bearer("petra"))
    assert told.headers["content-type"].startswith("text/event-stream")
    name, data = told.text.splitlines()[:2]
    assert name == "event: wall"
    assert json.loads(data.removeprefix("data: "))["sessions"][0]["session"] == SESSION


async def test_a_token_that_was_ended_sees_no_more_of_a_stream(house: House) -> None:
    house.go_live(await house.ask())
    petra = await house.bearer("petra")
    (token,) = await house.desk.tokens.of(PersonId("petra"))

    async def once(_seconds: float) -> bool:
        await house.desk.tokens.end(token.key)
        return True

    house.desk.streams.pause = once  # type: ignore[method-assign]
    async with house.client() as script:
        told = await script.get("/api/v1/sessions/live", headers=petra)
    assert "event: over" in told.text


async def test_a_terminal_is_watched_by_a_script_and_the_ledger_knows(house: House) -> None:
    house.go_live(await house.ask())
    recording = house.recording()
    recording.write(Kind.TO_VENDOR, 1, b"pump7 $ ")
    house.desk.streams.closing.set()
    async with house.client() as script:
        path = f"/api/v1/sessions/{SESSION}/screen"
        told = await script.get(path, headers=await house.bearer("petra"))
        assert "pump7 $ " in told.text
        html = await script.get(path, headers=await house.bearer("petra") | {"accept": "application/json"})
        assert html.status_code == 406
    await recording.seal("finished")
    assert [(one["by"], one["way"]) for one in house.events("SessionWatched")] == [("petra", "API")] * 2

from datetime import timedelta

from broker.people.sessions import IDLE
from tests.broker.console.house import House


async def test_a_session_that_was_idle_too_long_asks_to_sign_in(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/queue")).status_code == 200
        house.clock.advance(IDLE)
        answer = await petra.get("/queue")
        assert answer.status_code == 401
        assert 'name="next" value="/queue"' in answer.text


async def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        for _ in range(3):
            house.clock.advance(IDLE / 3)
            await petra.get("/queue/rows")
        assert (await petra.get("/queue")).status_code == 401


async def test_who_leaves_the_charter_is_out_at_the_next_request(house: House) -> None:
    async with await house.sign_in("stranger") as stranger:
        assert (await stranger.get("/passkeys")).status_code == 401


async def test_a_holder_whose_right_has_ended_loses_the_page_at_once(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/queue")).status_code == 200
        house.clock.advance(timedelta(days=365))
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/queue")).status_code == 403


async def test_a_token_is_taken_as_a_bearer_only_and_never_from_the_address(house: House) -> None:
    token = (await house.bearer("ana"))["authorization"].removeprefix("Bearer ")
    async with house.client() as script:
        for headers in ({}, {"authorization": f"Basic {token}"}, {"authorization": token}):
            assert (await script.get("/api/v1/me", headers=headers)).status_code == 401
        assert (await script.get(f"/api/v1/me?access_token={token}")).status_code == 401
        answer = await script.get("/api/v1/me", headers={"authorization": f"bearer {token}"})
        assert answer.json()["person"] == "ana"


async def test_a_script_needs_no_origin_and_no_form_token(house: House) -> None:
    permit = await house.ask()
    async with house.client() as script:
        del script.headers["origin"]
        answer = await script.post(f"/api/v1/permits/{permit.id}/withdraw", headers=await house.bearer("ana"))
        assert answer.json()["state"] == "withdrawn"

"""The browsers in which somebody is signed in: theirs to see and to end, and nobody's to be locked out of the switch."""

from datetime import timedelta

from broker.people.sessions import ABSOLUTE, IDLE
from domain.ids import PersonId
from tests.broker.console.house import House

PETRA = PersonId("petra")


async def test_a_person_sees_their_own_browsers_and_ends_one(house: House) -> None:
    async with await house.sign_in("petra") as here, await house.sign_in("petra") as there:
        page = (await here.get("/sign-ins")).text
        assert page.count("<h2>This browser</h2>") == 1
        assert page.count("Another browser") == 1
        assert page.index("<h2>This browser</h2>") < page.index("Another browser")
        assert page.count("Sign out here") == page.count("End it now") == 1
        assert "from 192.0.2.9, by password and one-time code" in page
        (other,) = [
            one for one in await house.desk.browsers.of(PETRA) if one.csrf != here.headers["x-penstock-csrf"]
        ]
        assert (await here.post(f"/sign-ins/{other.name}/end", data={})).status_code == 303
        assert (await there.get("/sign-ins")).status_code == 401
        assert (await here.get("/sign-ins")).status_code == 200


async def test_all_but_this_one_end_at_once(house: House) -> None:
    async with await house.sign_in("petra") as here:
        others = [await house.sign_in("petra") for _ in range(3)]
        stranger = await house.sign_in("milo")
        assert (await here.post("/sign-ins/others/end", data={})).status_code == 303
        for one in others:
            assert (await one.get("/sign-ins")).status_code == 401
            await one.aclose()
        assert (await stranger.get("/sign-ins")).status_code == 200
        await stranger.aclose()
        assert len(await house.desk.browsers.of(PETRA)) == 1


async def test_nobody_ends_another_s(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        (hers,) = await house.desk.browsers.of(PETRA)
        assert (await milo.post(f"/sign-ins/{hers.name}/end", data={})).status_code == 404
        assert hers.name not in (await milo.get("/sign-ins")).text
        assert (await petra.get("/sign-ins")).status_code == 200


async def test_what_has_ended_by_itself_is_not_listed(house: House) -> None:
    await house.desk.browsers.open(PETRA, "192.0.2.9", ("passkey",))
    house.clock.advance(IDLE - timedelta(seconds=1))
    assert len(await house.desk.browsers.of(PETRA)) == 1
    house.clock.advance(timedelta(seconds=1))
    assert await house.desk.browsers.of(PETRA) == ()
    assert ABSOLUTE > IDLE


async def test_an_account_that_is_held_back_keeps_nobody_from_the_switch(house: House) -> None:
    """A10: wrong guesses in a person's name shut the sign-in, not who is in already, and not the local command."""
    permit = await house.ask()
    house.go_live(permit)
    await house.account("milo")
    async with await house.sign_in("milo") as milo, house.client() as guesser:
        await guesser.get("/sign-in")
        form = guesser.cookies["__Host-penstock-form"]
        wrong = {"person": "milo", "password": "not the right one", "code": "000000", "form": form}
        answers = [await guesser.post("/sign-in", data=wrong) for _ in range(8)]
        assert answers[-1].status_code == 429
        assert "local kill switch needs no sign-in" in answers[-1].text
        session = house.watch.sessions[0]["session"]
        stopped = await milo.post(f"/sessions/{session}/stop", data={"reason": "smoke"})
        assert stopped.status_code in {200, 303}
    assert house.watch.sessions == []

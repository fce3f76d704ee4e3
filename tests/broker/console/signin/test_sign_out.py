"""Signing out: here at once, and at the provider too where it signed the browser in."""

from domain.ids import PersonId
from tests.broker.console.house import House
from tests.broker.people.test_oidc_provider import provider
from tests.provider.lying import lying_provider


async def test_signing_out_ends_the_sign_in_here_and_is_written_down(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await petra.post("/sign-out", data={})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert (await petra.get("/queue")).status_code == 401
    (told,) = house.events("SignedOut")
    assert (told["person"], told["by"]) == ("petra", "petra")


async def test_signing_out_does_not_wait_for_evidence(house: House) -> None:
    house.ledger.failing = True
    async with await house.sign_in("petra") as petra:
        assert (await petra.post("/sign-out", data={})).status_code == 303
        assert (await petra.get("/queue")).status_code == 401


async def test_whom_the_provider_signed_in_signs_out_there_too(house: House) -> None:
    async with lying_provider() as liar, house.client() as client:
        one = provider(liar, house.clock)
        object.__setattr__(house.desk.parts, "provider", one)
        for known in (False, True):
            if known:
                await one.begin("st", "n" * 43, "v" * 43)
            cookie, browser = await house.desk.browsers.open(PersonId("petra"), "192.0.2.9", ("oidc",))
            headers = {"cookie": f"__Host-penstock={cookie}", "x-penstock-csrf": browser.csrf}
            asked = len(liar.asked)
            answer = await client.post("/sign-out", data={}, headers=headers)
            assert len(liar.asked) == asked, "the provider may be away: nobody waits for it to sign out"
            if not known:
                assert answer.status_code == 303
                continue
            assert answer.status_code == 200
            assert answer.headers["refresh"].startswith(f"0; url={liar.issuer}/end?client_id=penstock&")
        assert (await client.get("/queue", headers=headers)).status_code == 401

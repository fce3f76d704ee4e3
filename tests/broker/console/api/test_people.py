import pytest

from broker.people.tokens import KEY_CHARS, Scope
from domain.ids import PersonId
from tests.broker.console.house import House

PETRA = PersonId("petra")


async def test_a_token_says_whose_it_is_and_what_it_is_for(house: House) -> None:
    async with house.client() as script:
        me = (await script.get("/api/v1/me", headers=await house.bearer("ana"))).json()
    told = {name: me[name] for name in ("person", "name", "vendor", "roles")}
    assert told == {"person": "ana", "name": "Ana Ferreira", "vendor": "brightwater", "roles": ["vendor"]}
    assert (me["token"]["scopes"], me["token"]["this"]) == (sorted(Scope), True)


async def test_somebody_sees_and_ends_their_own_tokens_and_nobody_else_s(house: House) -> None:
    mine, other = await house.bearer("petra"), await house.bearer("petra")
    await house.bearer("milo")
    (milo,) = await house.desk.tokens.of(PersonId("milo"))
    async with house.client() as script:
        listed = (await script.get("/api/v1/me/tokens", headers=mine)).json()["tokens"]
        assert [one["this"] for one in listed].count(True) == 1
        (key,) = [one["key"] for one in listed if not one["this"]]
        assert (await script.delete(f"/api/v1/me/tokens/{milo.key}", headers=mine)).status_code == 404
        gone = await script.delete(f"/api/v1/me/tokens/{key}", headers=mine)
        assert (gone.status_code, gone.content) == (204, b"")
        assert (await script.get("/api/v1/me", headers=other)).status_code == 401
        assert (await script.delete(f"/api/v1/me/tokens/{key}", headers=mine)).status_code == 404
    assert [one["token"] for one in house.events("TokenEnded")] == [key]


async def test_passkeys_are_told_with_whether_they_count_yet(house: House) -> None:
    device = house.enrol("petra")
    await house.desk.pending.add(PETRA, b"new", b"key", "phone", backup_eligible=True)
    async with house.client() as script:
        told = (await script.get("/api/v1/me/passkeys", headers=await house.bearer("petra"))).json()
    assert device is house.devices[PETRA]
    assert [(one["label"], one["enrolled"]) for one in told["passkeys"]] == [
        ("test key", True),
        ("phone", False),
    ]


async def test_a_browser_is_signed_out_by_script(house: House) -> None:
    petra = await house.bearer("petra")
    async with await house.sign_in("petra") as browser, house.client() as script:
        (one,) = (await script.get("/api/v1/me/sign-ins", headers=petra)).json()["sign_ins"]
        path = f"/api/v1/me/sign-ins/{one['name']}"
        other = await script.delete(path, headers=await house.bearer("milo"))
        assert other.status_code == 404
        assert (await script.delete(path, headers=petra)).status_code == 204
        assert (await browser.get("/queue")).status_code == 401


@pytest.mark.parametrize("key", ["others", "x" * KEY_CHARS, "0" * 15, "%00"])
async def test_what_names_nothing_ends_nothing(house: House, key: str) -> None:
    async with await house.sign_in("petra") as browser, house.client() as script:
        petra = await house.bearer("petra")
        for kind in ("tokens", "sign-ins"):
            answer = await script.delete(f"/api/v1/me/{kind}/{key}", headers=petra)
            assert answer.status_code == 422
        assert (await browser.get("/queue")).status_code == 200

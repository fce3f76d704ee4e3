"""The directory's door, as a directory knocks at it: shapes of RFC 7644, and a no in its own form."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from broker.people.tokens import Scope
from broker.watchdog.interlocks import Isolate, apply
from domain.ids import PersonId
from tests.broker.console.house import PASSWORD, House
from tests.broker.console.signin.test_routes import Tab

USERS = "/scim/v2/Users"
GONE = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
BACK = {"Operations": [{"op": "replace", "path": "active", "value": True}]}


async def token(house: House, person: str = "olga", *scopes: Scope) -> dict[str, str]:
    expires = house.clock.now() + timedelta(days=1)
    made = await house.desk.tokens.issue(PersonId(person), "directory", expires, scopes or (Scope.DIRECTORY,))
    return {"authorization": f"Bearer {made}"}


@pytest.fixture
async def directory(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with house.client() as client:
        del client.headers["origin"]
        client.headers.update(await token(house))
        yield client


async def test_a_directory_looks_somebody_up_and_says_that_they_have_left(
    house: House, directory: httpx2.AsyncClient
) -> None:
    """I01, A05: at once, with the instant in the ledger, and nobody of the plant had to act."""
    found = await directory.get(USERS, params={"filter": 'userName eq "ana"'})
    assert found.headers["content-type"] == "application/scim+json"
    (ana,) = found.json()["Resources"]
    assert (ana["id"], ana["active"]) == ("ana", True)
    async with await house.sign_in("ana") as browser:
        answer = await directory.patch(f"{USERS}/ana", json=GONE)
        assert (answer.status_code, answer.json()["active"]) == (200, False)
        assert (await browser.get("/permits")).status_code == 401
    again = await directory.get(f"{USERS}/ana")
    assert again.json()["active"] is False
    said = [one for one in house.watch.heard if one["do"] == "notice"]
    assert said[0]["person"] == "ana"
    assert str(said[0]["by"]).startswith("directory:")
    (used,) = house.events("TokenUsed")
    assert used["deed"] == "PATCH /scim/v2/Users/{user_id}"


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", GONE),
        ("PUT", {"userName": "ana", "active": False}),
        ("PUT", {"active": "False"}),
        ("DELETE", None),
    ],
)
async def test_each_way_to_say_it_takes_away(
    house: House, directory: httpx2.AsyncClient, method: str, body: Any
) -> None:
    answer = await directory.request(method, f"{USERS}/ana", json=body)
    assert answer.status_code == (204 if method == "DELETE" else 200)
    assert PersonId("ana") in house.watch.interlocks.leaving


async def test_nobody_comes_back_by_a_directory_s_word(house: House, directory: httpx2.AsyncClient) -> None:
    """ADR 0015: who left comes back by decision."""
    assert (await directory.patch(f"{USERS}/ana", json=BACK)).status_code == 200, "nothing to change"
    await directory.delete(f"{USERS}/ana")
    for answer in (
        await directory.patch(f"{USERS}/ana", json=BACK),
        await directory.put(f"{USERS}/ana", json={"active": True}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "scim_back_by_decision"
    assert PersonId("ana") in house.watch.interlocks.leaving


async def test_nobody_is_made_and_nothing_else_is_changed(directory: httpx2.AsyncClient) -> None:
    made = await directory.post(USERS, json={"userName": "mallory", "active": True})
    assert (made.status_code, made.json()["code"]) == (403, "scim_nobody_made")
    assert made.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    other = {"Operations": [{"op": "replace", "path": "displayName", "value": "Mallory"}]}
    changed = await directory.patch(f"{USERS}/ana", json=other)
    assert (changed.status_code, changed.json()["scimType"]) == (400, "mutability")
    assert (await directory.get(f"{USERS}/ana")).json()["displayName"] == "Ana Ferreira"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/scim+json", 400),
        ("[]", "application/scim+json", 400),
        ("[" * 40_000, "application/json", 400),
        ("active=false", "application/x-www-form-urlencoded", 415),
        ('{"active": 7}', "application/json", 400),
        ("x" * 70_000, "application/json", 413),
    ],
    ids=["cut", "a list", "deep", "a form", "a number", "long"],
)
async def test_what_is_not_understood_takes_nothing_away(
    house: House, directory: httpx2.AsyncClient, content: str, kind: str, status: int
) -> None:
    answer = await directory.put(f"{USERS}/ana", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert house.watch.interlocks.leaving == {}


async def test_somebody_unknown_and_somebody_elses_are_the_same_404(
    house: House, directory: httpx2.AsyncClient
) -> None:
    texts = set()
    async with house.client() as other:
        headers = await token(house, "milo")
        answer = await other.get(f"{USERS}/ana", headers=headers)
        assert answer.status_code in {403, 404}
        headers = await token(house, "sven")
        answer = await other.patch(f"{USERS}/ana", json=GONE, headers=headers)
        assert answer.status_code == 404, "holds another right than identity"
        texts.add(answer.text)
        assert (await other.get(USERS, headers=headers)).json()["totalResults"] == 0
    texts.add((await directory.patch(f"{USERS}/nobody", json=GONE)).text)
    assert len(texts) == 1
    assert house.watch.interlocks.leaving == {}


async def test_only_a_token_for_exactly_this_opens_the_door(house: House) -> None:
    others = tuple(one for one in Scope if one is not Scope.DIRECTORY)
    async with house.client() as script, await house.sign_in("olga") as browser:
        assert (await script.get(USERS)).status_code == 401
        assert (await browser.get(USERS)).status_code == 401
        answer = await script.get(USERS, headers=await token(house, "olga", *others))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_in_scope")
        mine = await token(house)
        for path in ("/api/v1/me", "/api/v1/permits", "/api/v1/events"):
            assert (await script.get(path, headers=mine)).status_code == 403


async def test_without_the_watchdog_nobody_is_said_to_be_in_or_out(
    house: House, directory: httpx2.AsyncClient
) -> None:
    house.watch.gone = True
    answer = await directory.get(USERS)
    assert answer.status_code == 503
    assert answer.json()["code"] == "not_reachable"


async def test_a_list_is_had_in_pages(directory: httpx2.AsyncClient) -> None:
    whole = (await directory.get(USERS)).json()
    assert whole["totalResults"] == len(whole["Resources"]) > 4
    part = (await directory.get(USERS, params={"startIndex": "2", "count": "2"})).json()
    assert part["Resources"] == whole["Resources"][1:3]
    assert (await directory.get(USERS, params={"filter": "x"})).json()["scimType"] == "invalidFilter"
    assert (await directory.get("/scim/v2/ServiceProviderConfig")).json()["patch"] == {"supported": True}


@pytest.mark.parametrize(("person", "status"), [("ana", 403), ("petra", 303)])
async def test_a_vendor_s_person_who_left_signs_in_no_more_and_the_plant_s_own_do_by_their_own_keys(
    house: House, person: str, status: int
) -> None:
    """I01; S-31: no word from the corporate side keeps the plant's own from their console."""
    await house.account(person)
    # As the watchdog keeps it once the instant has come.
    house.watch.interlocks = apply(house.watch.interlocks, Isolate(f"person:{person}", "directory:x", "left"))
    async with house.client() as client:
        answer = await Tab(client).sign_in(person, PASSWORD, house.code(person))
        assert answer.status_code == status
    codes = [one["code"] for one in house.events("SignInFailed")]
    assert codes == (["person_shut_out"] if status == 403 else [])

"""A person's own tokens at the console: shown once, for what they say, told to the ledger, ended at once."""

from datetime import timedelta

import pytest

from broker.console.access import ACCESS, Door
from broker.people.tokens import PREFIX, Scope
from domain.ids import PersonId
from tests.broker.console.house import House

PETRA = PersonId("petra")
FORM = {"label": "backup script", "days": "7", "scope": "read", "networks": "192.0.2.0/24"}


async def issued(house: House, scopes: list[Scope], networks: tuple[str, ...] = ()) -> dict[str, str]:
    end = house.clock.now() + timedelta(hours=1)
    token = await house.desk.tokens.issue(PETRA, "test", end, scopes, networks)
    return {"authorization": f"Bearer {token}"}


async def test_a_token_is_issued_for_a_code_shown_once_listed_and_ended(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        page = (await petra.post("/tokens", data=FORM | {"code": house.code("petra")})).text
        secret = PREFIX + page.partition(PREFIX)[2].partition("<")[0]
        (one,) = await house.desk.tokens.of(PETRA)
        listed = (await petra.get("/tokens")).text
        assert secret not in listed
        for part in (one.key, "backup script", "192.0.2.0/24", "not used yet"):
            assert part in listed
        (told,) = house.events("TokenIssued")
        assert (told["token"], told["person"], told["scopes"]) == (one.key, "petra", ["read"])
        assert secret not in str(house.events("TokenIssued"))
        async with house.client() as script:
            me = await script.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})
            assert me.json()["person"] == "petra"
            assert "last used" in (await petra.get("/tokens")).text
            assert (await petra.post(f"/tokens/{one.key}/end", data={})).status_code == 303
            gone = await script.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})
            assert gone.status_code == 401
        assert house.events("TokenEnded")[0]["token"] == one.key


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"code": "000000"}, 403, "wrong_code"),
        ({"label": ""}, 422, "bad_label"),
        ({"label": "x" * 61}, 422, "bad_label"),
        ({"days": "91"}, 422, "bad_length"),
        ({"days": "0"}, 422, "bad_length"),
        ({"days": "-1"}, 422, "bad_length"),
        ({"scope": "approve"}, 422, "no_such_token"),
        ({"networks": "somewhere"}, 422, "no_such_token"),
    ],
)
async def test_what_can_be_no_token_is_said_and_nothing_is_kept(
    house: House, changed: dict[str, str], status: int, code: str
) -> None:
    async with await house.sign_in("petra") as petra:
        given = FORM | {"code": "000000"} | changed
        answer = await petra.post("/tokens", data=given, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await house.desk.tokens.of(PETRA) == ()
    assert house.events("TokenIssued") == []


async def test_nobody_ends_another_s(house: House) -> None:
    await issued(house, [Scope.READ])
    (one,) = await house.desk.tokens.of(PETRA)
    async with await house.sign_in("milo") as milo:
        assert (await milo.post(f"/tokens/{one.key}/end", data={})).status_code == 404
    assert len(await house.desk.tokens.of(PETRA)) == 1


async def test_without_evidence_no_token_is_issued(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        code = house.code("petra")
        house.ledger.failing = True
        assert (await petra.post("/tokens", data=FORM | {"code": code})).status_code == 503
    assert await house.desk.tokens.of(PETRA) == ()


def test_every_way_that_takes_a_token_says_what_it_must_be_for() -> None:
    """A table that fails for a new way without a scope, and for a deed that a reading token could do."""
    for (method, path), row in ACCESS.items():
        assert (row.scope is not None) is (row.door is Door.TOKEN), path
        if row.scope in {Scope.READ, Scope.EVIDENCE}:
            assert method == "GET", path


async def test_a_token_does_nothing_beyond_its_scope_and_the_ledger_hears_of_the_first_try(
    house: House,
) -> None:
    permit = await house.ask()
    reading = await issued(house, [Scope.READ])
    async with house.client() as script:
        for _ in range(3):
            answer = await script.post(
                f"/api/v1/permits/{permit.id}/refuse", json={"reason": "no"}, headers=reading
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "not_in_scope")
        assert (await script.get(f"/api/v1/permits/{permit.id}", headers=reading)).status_code == 200
        assert (await script.get("/api/v1/me", headers=await issued(house, [Scope.STOP]))).status_code == 403
    tried = [one for one in house.events("TokenUsed") if one["code"] == "not_in_scope"]
    assert [one["deed"] for one in tried] == ["POST /api/v1/permits/{permit}/refuse", "GET /api/v1/me"]


async def test_a_token_is_worth_nothing_from_elsewhere(house: House) -> None:
    far, near = (
        await issued(house, list(Scope), ("198.51.100.0/24",)),
        await issued(house, list(Scope), ("192.0.2.0/24",)),
    )
    async with house.client() as script:
        answer = await script.get("/api/v1/me", headers=far)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_network")
        assert (await script.get("/api/v1/me", headers=near)).status_code == 200
    assert house.events("TokenUsed")[0]["code"] == "wrong_network"


async def test_what_is_changed_by_a_token_names_it_in_the_ledger_first(house: House) -> None:
    permit = await house.ask()
    deciding = await issued(house, [Scope.DECIDE])
    (one,) = await house.desk.tokens.of(PETRA)
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        assert (
            await script.post(f"{path}/refuse", json={"reason": "no"}, headers=deciding)
        ).status_code == 200
    (told,) = house.events("TokenUsed")
    assert (told["token"], told["source"], told["code"]) == (one.key, "192.0.2.9", "")
    order = [one.event["event"] for one in house.log.events()]
    assert order.index("TokenUsed") < order.index("PermitChanged", order.index("PermitRequested"))


async def test_no_token_of_whatever_scope_approves_by_itself(house: House) -> None:
    """B01: without a code that the gate spends, or a signature, a token's yes is no yes."""
    permit = await house.ask()
    everything = await issued(house, list(Scope))
    path, digest = f"/api/v1/permits/{permit.id}", permit.digest().hex()
    async with house.client() as script:
        for body in (
            {"right": "connect", "digest": digest},
            {"right": "connect", "digest": digest, "code": ""},
            {"right": "connect", "digest": digest, "code": "000000"},
        ):
            answer = await script.post(f"{path}/approve", json=body, headers=everything)
            assert answer.status_code in {403, 422}
        unsigned = await script.post(f"{path}/answer", json={"answer": "yes"}, headers=everything)
        assert unsigned.status_code == 403
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.approvals == ()


async def test_a_ledger_that_is_gone_keeps_no_hand_from_the_switch(house: House) -> None:
    """A10: stopping needs no evidence first; every other deed by a token does."""
    permit = await house.ask()
    house.go_live(permit)
    both = await issued(house, [Scope.STOP, Scope.DECIDE])
    house.ledger.failing = True
    async with house.client() as script:
        no = await script.post(f"/api/v1/permits/{permit.id}/refuse", json={"reason": "x"}, headers=both)
        assert no.status_code == 503
        session = house.watch.sessions[0]["session"]
        stopped = await script.post(
            f"/api/v1/sessions/{session}/stop", json={"reason": "smoke"}, headers=both
        )
        assert stopped.status_code == 200
    assert house.watch.sessions == []

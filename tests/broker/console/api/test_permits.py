from datetime import timedelta

import pytest

from approvals.bundle import Answer, read_bundle
from domain.canonical import instant_text
from domain.ids import PersonId
from tests.approvals.ssh import SoftKey
from tests.broker.console.house import House


def wish(house: House, **changed: object) -> dict[str, object]:
    now = house.clock.now()
    return {
        "asset": "eng-ws-1",
        "grants": ["shell"],
        "actions": ["view"],
        "start": instant_text(now),
        "end": instant_text(now + timedelta(hours=1)),
        "purpose": "Tune the drives",
    } | changed


async def test_a_day_by_script(house: House) -> None:
    ana, petra = await house.bearer("ana"), await house.bearer("petra")
    async with house.client() as script:
        assert (await script.get("/api/v1/me", headers=ana)).json() == {
            "person": "ana",
            "name": "Ana Ferreira",
            "vendor": "brightwater",
            "roles": ["vendor"],
        }
        asked = await script.post("/api/v1/permits", json=wish(house), headers=ana)
        assert asked.status_code == 201
        permit = asked.json()
        assert (permit["state"], permit["waiting_for"]) == ("requested", ["petra"])
        read = (await script.get(f"/api/v1/permits/{permit['id']}", headers=petra)).json()
        assert read["permit"]["purpose"] == "Tune the drives"
        assert (read["lapses"], read["disputes"]) == (read["permit"]["window"]["end"], [])
        assert [(one["person"], one["called"]) for one in read["ladder"]] == [
            ("petra", True),
            ("deniz", False),
        ]
        given = {"right": "connect", "code": house.code("petra"), "digest": read["digest"]}
        path = f"/api/v1/permits/{permit['id']}"
        wrong = await script.post(f"{path}/approve", json=given | {"digest": "0" * 64}, headers=petra)
        assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_digest")
        yes = await script.post(f"{path}/approve", json=given, headers=petra)
        assert yes.json()["state"] == "approved"
        assert yes.json()["approvals"][0]["kind"] == "totp"
        no = await script.post(f"{path}/refuse", json={"reason": "late"}, headers=petra)
        assert (no.status_code, no.json()["code"]) == (409, "lost_race")
        back = await script.post(f"{path}/revoke", json={"reason": "enough"}, headers=petra)
        assert back.json()["state"] == "revoked"
        listed = (await script.get("/api/v1/permits", headers=ana)).json()["permits"]
        assert [one["id"] for one in listed] == [permit["id"]]
    assert permit["id"] in house.watch.interlocks.revoked


async def test_peer_t32_a_script_meets_the_same_rules_with_the_same_codes(house: House) -> None:
    ana = await house.bearer("ana")
    now = house.clock.now()
    async with house.client() as script:
        cases = [
            (wish(house, asset="historian"), 403, "not_available"),
            (wish(house, asset="no-such-thing"), 403, "not_available"),
            (wish(house, end=instant_text(now)), 422, "not_understood"),
            (wish(house, end=instant_text(now - timedelta(hours=1))), 422, "not_understood"),
            (wish(house, purpose=""), 422, "not_understood"),
            (wish(house, grants=["agent"]), 422, "not_understood"),
            (wish(house, start="2026-03-02T09:00:00"), 422, "not_understood"),
            (wish(house, asset="../x"), 422, "not_understood"),
            (wish(house, uses=99), 422, "not_understood"),
        ]
        for given, status, code in cases:
            answer = await script.post("/api/v1/permits", json=given, headers=ana)
            assert (answer.status_code, answer.json()["code"]) == (status, code), given
            assert answer.headers["content-type"] == "application/problem+json"
        long = wish(house, end=instant_text(now + timedelta(days=3)))
        answer = await script.post("/api/v1/permits", json=long, headers=ana)
        assert answer.status_code == 403
    assert await house.approvals.pending() == ()


async def test_abuse_9_nobody_approves_their_own_wish_by_script_either(house: House) -> None:
    permit = await house.ask("ana")
    async with house.client() as script:
        given = {"right": "connect", "code": house.code("ana"), "digest": permit.digest().hex()}
        path = f"/api/v1/permits/{permit.id}/approve"
        assert (await script.post(path, json=given, headers=await house.bearer("ana"))).status_code == 403
    assert house.events("PermitApproved") == []


@pytest.mark.parametrize("verb", ["approve", "refuse", "revoke", "withdraw"])
async def test_a_permit_that_never_was_is_404(house: House, verb: str) -> None:
    who = await house.bearer("ana" if verb == "withdraw" else "petra")
    given = (
        {"right": "connect", "code": "123456", "digest": "0" * 64} if verb == "approve" else {"reason": "x"}
    )
    async with house.client() as script:
        answer = await script.post(f"/api/v1/permits/{'z' * 26}/{verb}", json=given, headers=who)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_right_that_does_not_exist_is_not_exercised(house: House) -> None:
    permit = await house.ask()
    given = {"right": "root", "code": "123456", "digest": permit.digest().hex()}
    async with house.client() as script:
        path = f"/api/v1/permits/{permit.id}/approve"
        answer = await script.post(path, json=given, headers=await house.bearer("petra"))
        assert answer.json()["code"] == "no_such_right"


async def test_the_document_of_the_api_names_every_way_and_no_page(house: House) -> None:
    async with house.client() as script:
        paths = (await script.get("/api/v1/openapi.json")).json()["paths"]
    assert "/api/v1/permits/{permit}/approve" in paths
    assert all(path.startswith("/api/v1/") for path in paths)


async def test_a_script_carries_a_signed_decision_and_only_its_owner_s(house: House) -> None:
    """B07: the signature decides; a token only carries it, and carries nobody else's."""
    key = SoftKey()
    house.trust = house.trust.with_signing_key(PersonId("petra"), key.enrolled())
    permit = await house.ask()
    petra, sven = await house.bearer("petra"), await house.bearer("sven")
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        drawn = await script.post(f"{path}/bundle", json={"right": "connect"}, headers=petra)
        message = read_bundle(drawn.json()["bundle"]).decision.message()
        answer = {"answer": Answer(message, key.sign(message)).write()}
        other = await script.post(f"{path}/answer", json=answer, headers=sven)
        assert (other.status_code, other.json()["code"]) == (403, "not_yours")
        spoilt = await script.post(f"{path}/answer", json={"answer": "hello"}, headers=petra)
        assert (spoilt.status_code, spoilt.json()["code"]) == (403, "wrong_file")
        done = await script.post(f"{path}/answer", json=answer, headers=petra)
        assert (done.status_code, done.json()["state"]) == (200, "approved")
        assert done.json()["approvals"][0]["kind"] == "sshsig"
        again = await script.post(f"{path}/answer", json=answer, headers=petra)
        assert (again.status_code, again.json()["code"]) == (409, "replayed")
        late = await script.post(f"{path}/bundle", json={"right": "connect"}, headers=petra)
        assert (late.status_code, late.json()["code"]) == (409, "lost_race")

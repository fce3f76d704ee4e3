from datetime import timedelta

import pytest

from approvals.bundle import Answer, read_bundle
from domain.canonical import instant_text
from domain.ids import PersonId
from tests.approvals.ssh import SoftKey
from tests.broker.console.house import House, digest_of


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
        assert (answer.status_code, answer.json()["code"]) == (422, "not_understood")
        assert answer.json()["faults"][0]["pointer"] == "#/right"


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


async def test_a_list_goes_on_where_it_was_left_whatever_is_filed_meanwhile(house: House) -> None:
    asked = [(await house.ask()).id for _ in range(5)]
    petra = await house.bearer("petra")
    async with house.client() as script:
        first = await script.get("/api/v1/permits?limit=2&asset=eng-ws-1", headers=petra)
        found = [one["id"] for one in first.json()["permits"]]
        link = first.json()["next"]
        assert first.headers["link"] == f'<{link}>; rel="next"'
        house.clock.advance(timedelta(seconds=1))
        newer = await house.ask()
        while link:
            part = (await script.get(link, headers=petra)).json()
            found += [one["id"] for one in part["permits"]]
            link = part["next"]
        assert sorted(found) == sorted(asked)
        assert newer.id in (await script.get("/api/v1/permits", headers=petra)).text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=requested", 1),
        ("state=requested&state=withdrawn", 2),
        ("state=approved", 0),
        ("asset=eng-ws-1&vendor=brightwater&person=ana", 2),
        ("asset=historian", 0),
        ("person=ben", 0),
        ("since=2026-03-02T10:59:59Z", 0),
        ("since=2026-03-02T08:00:00%2B01:00", 2),
        ("until=2026-03-02T08:00:00Z", 0),
        ("until=2026-03-02T08:00:01Z", 2),
        ("mine=true", 1),
    ],
)
async def test_a_list_is_narrowed_down_by_what_is_asked(house: House, query: str, count: int) -> None:
    await house.ask()
    taken_back = await house.ask()
    await house.approvals.withdraw(taken_back.id, taken_back.person)
    async with house.client() as script:
        answer = await script.get(f"/api/v1/permits?{query}", headers=await house.bearer("petra"))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["permits"]) == count


async def test_a_vendor_s_list_holds_nobody_else_s_whatever_they_ask_for(house: House) -> None:
    await house.ask("ana")
    async with house.client() as script:
        ben = await house.bearer("ben")
        for query in ("", "?person=ana", "?vendor=brightwater"):
            assert (await script.get(f"/api/v1/permits{query}", headers=ben)).json()["permits"] == []


@pytest.mark.parametrize(
    "query", ["state=open", "limit=0", "limit=201", "since=yesterday", "cursor=x", "asset=.."]
)
async def test_a_question_that_can_t_be_asked_is_not_guessed_at(house: House, query: str) -> None:
    async with house.client() as script:
        answer = await script.get(f"/api/v1/permits?{query}", headers=await house.bearer("petra"))
    assert answer.status_code == 422


async def test_what_the_charter_would_say_is_told_and_nothing_is_filed(house: House) -> None:
    ana = await house.bearer("ana")
    async with house.client() as script:
        yes = (await script.post("/api/v1/permits/explain", json=wish(house), headers=ana)).json()
        no = await script.post("/api/v1/permits/explain", json=wish(house, asset="historian"), headers=ana)
    assert yes == {
        "decision": "needs-approval",
        "reasons": [],
        "keys": [{"right": "connect", "count": 1, "able": yes["keys"][0]["able"]}],
    }
    assert "petra" in yes["keys"][0]["able"]
    assert (no.json()["decision"], no.json()["reasons"][0]["code"]) == ("refused", "not_available")
    assert await house.approvals.pending() == ()


async def test_what_an_approver_reads_and_signs_is_to_be_had(house: House) -> None:
    permit = await house.ask()
    petra, iris = await house.bearer("petra"), await house.bearer("iris")
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        read = (await script.get(f"{path}/shown", headers=petra)).json()
        assert "Engineering station 1" in read["shown"]
        assert (read["sha256"], read["digest"]) == (digest_of(read["shown"]), permit.digest().hex())
        given = {"right": "connect", "code": house.code("petra"), "digest": read["digest"]}
        await script.post(f"{path}/approve", json=given, headers=petra)
        proofs = (await script.get(f"{path}/proofs", headers=iris)).json()
        assert (await script.get(f"{path}/proofs", headers=await house.bearer("ana"))).status_code == 403
    (approval,) = proofs["approvals"]
    assert (approval["approver"], approval["shown"]) == ("petra", read["sha256"])
    assert [one["subject"] for one in house.events("EvidenceViewed")] == [f"permit:{permit.id}"]


async def test_a_holder_narrows_a_wish_which_is_then_decided_like_any_other(house: House) -> None:
    permit, petra = await house.ask(), await house.bearer("petra")
    path = f"/api/v1/permits/{permit.id}/narrow"
    end = instant_text(house.clock.now() + timedelta(hours=1))
    async with house.client() as script:
        for wrong in ({}, {"grants": ["exec"]}, {"end": "2020-01-01T00:00:00Z"}):
            no = await script.post(path, json=wrong, headers=petra)
            assert no.status_code in {409, 422}, no.text
        made = await script.post(path, json={"grants": ["shell"], "end": end}, headers=petra)
        assert (made.status_code, made.json()["state"]) == (201, "requested")
        assert made.json()["permit"]["narrows"] == permit.id
        assert made.json()["permit"]["grants"] == ["shell"]
        old = (await script.get(f"/api/v1/permits/{permit.id}", headers=petra)).json()
    assert (old["state"], old["history"][-1]["by"]) == ("narrowed", "petra")


async def test_a_permit_says_what_the_caller_may_do_about_it(house: House) -> None:
    permit = await house.ask()
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        petra = (await script.get(path, headers=await house.bearer("petra"))).json()
        ana = (await script.get(path, headers=await house.bearer("ana"))).json()
    assert (petra["yours"]["rights"], petra["yours"]["proofs"]) == (["connect"], ["totp"])
    assert [one["holders"] for one in petra["deciders"]] == [["petra"]]
    assert ana["yours"]["rights"] == []


async def test_a_vendor_moves_no_window_by_any_verb(house: House) -> None:
    """D02: there is no call that gives a permit more time; whatever a vendor sends, its window stays."""
    permit = await house.ask()
    ana, path = await house.bearer("ana"), f"/api/v1/permits/{permit.id}"
    longer = wish(house, end=instant_text(permit.window.end + timedelta(hours=2)))
    async with house.client() as script:
        before = (await script.get(path, headers=ana)).json()["permit"]["window"]
        for verb, where in (("PUT", path), ("PATCH", path), ("POST", path), ("POST", f"{path}/extend")):
            assert (await script.request(verb, where, json=longer, headers=ana)).status_code in {404, 405}
        step = await script.post(f"{path}/narrow", json=longer, headers=ana)
        assert step.status_code in {403, 404, 422}
        assert (await script.get(path, headers=ana)).json()["permit"]["window"] == before

"""What the headers ask of the API: readings by validator, writes by key, decisions on what was read."""

import pytest

from domain.errors import PeerError
from tests.broker.console.api.test_permits import wish
from tests.broker.console.house import House

KEY = {"idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


async def test_what_was_read_already_is_not_sent_again(house: House) -> None:
    permit, petra = await house.ask(), await house.bearer("petra")
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        etag = (await script.get(path, headers=petra)).headers["etag"]
        again = await script.get(path, headers={**petra, "if-none-match": f'"x", W/{etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        await house.approvals.withdraw(permit.id, permit.person)
        changed = await script.get(path, headers={**petra, "if-none-match": etag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != etag


async def test_a_decision_on_what_has_changed_since_it_was_read_is_not_taken(house: House) -> None:
    permit, petra = await house.ask(), await house.bearer("petra")
    path = f"/api/v1/permits/{permit.id}"
    no = {"reason": "late"}
    async with house.client() as script:
        etag = (await script.get(path, headers=petra)).headers["etag"]
        stale = await script.post(f"{path}/refuse", json=no, headers={**petra, "if-match": '"other"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_view")
        assert stale.headers["etag"] == etag
        weak = await script.post(f"{path}/refuse", json=no, headers={**petra, "if-match": f"W/{etag}"})
        assert weak.status_code == 412
        fresh = await script.post(f"{path}/refuse", json=no, headers={**petra, "if-match": etag})
        assert (fresh.status_code, fresh.json()["state"]) == (200, "refused")


async def test_asking_twice_with_one_key_files_one_permit(house: House) -> None:
    ana, given = await house.bearer("ana"), wish(house)
    async with house.client() as script:
        first = await script.post("/api/v1/permits", json=given, headers=ana | KEY)
        assert first.status_code == 201
        second = await script.post("/api/v1/permits", json=given, headers=ana | KEY)
        assert (second.status_code, second.content) == (201, first.content)
        assert second.headers["idempotency-replayed"] == "true"
        assert second.headers["content-type"] == first.headers["content-type"]
        assert "idempotency-replayed" not in first.headers
        other = await script.post("/api/v1/permits", json=given | {"purpose": "Other"}, headers=ana | KEY)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
        elsewhere = await script.post("/api/v1/permits/explain", json=given, headers=ana | KEY)
        assert elsewhere.json()["code"] == "key_reused"
    assert len(await house.approvals.pending()) == 1


async def test_a_no_is_answered_again_too_but_what_was_not_understood_may_be_mended(house: House) -> None:
    ana = await house.bearer("ana")
    async with house.client() as script:
        bad = await script.post("/api/v1/permits", json=wish(house, grants=["agent"]), headers=ana | KEY)
        assert bad.status_code == 422
        refused = wish(house, asset="historian")
        no = await script.post("/api/v1/permits", json=refused, headers=ana | KEY)
        assert no.status_code == 403
        again = await script.post("/api/v1/permits", json=refused, headers=ana | KEY)
        assert (again.content, again.headers["idempotency-replayed"]) == (no.content, "true")
        assert again.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "two words", '"' + "x" * 129 + '"'])
async def test_a_key_that_can_t_be_one_is_refused_before_anything_is_done(house: House, key: str) -> None:
    async with house.client() as script:
        headers = await house.bearer("ana") | {"idempotency-key": key}
        answer = await script.post("/api/v1/permits", json=wish(house), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert await house.approvals.pending() == ()


async def test_a_write_whose_outcome_nobody_knows_is_not_repeated_under_its_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    permit, petra = await house.ask(), await house.bearer("petra")
    house.go_live(permit)
    path = f"/api/v1/sessions/{house.watch.sessions[0]['session']}/stop"

    async def hangs_up(line: object) -> object:
        if isinstance(line, dict) and line["do"] == "show":
            return await house.watch(line)
        raise PeerError("The watchdog hung up.")

    with monkeypatch.context() as broken:
        object.__setattr__(house.desk.parts, "watchdog", hangs_up)
        async with house.client() as script:
            first = await script.post(path, json={"reason": "smoke"}, headers=petra | KEY)
            assert (first.status_code, first.json()["code"]) == (503, "not_reachable")
        broken.undo()
    object.__setattr__(house.desk.parts, "watchdog", house.watch)
    async with house.client() as script:
        again = await script.post(path, json={"reason": "smoke"}, headers=petra | KEY)
        assert (again.status_code, again.json()["code"]) == (409, "outcome_unknown")
        other = await script.post(path, json={"reason": "smoke"}, headers=petra)
        assert other.status_code == 200


async def test_a_write_that_no_evidence_could_be_kept_of_may_be_tried_again_under_its_key(
    house: House,
) -> None:
    permit = await house.ask()
    petra = await house.bearer("petra")
    path = f"/api/v1/permits/{permit.id}/refuse"
    house.ledger.failing = True
    async with house.client() as script:
        first = await script.post(path, json={"reason": "late"}, headers=petra | KEY)
        assert first.status_code == 503
        house.ledger.failing = False
        again = await script.post(path, json={"reason": "late"}, headers=petra | KEY)
        assert (again.status_code, again.json()["state"]) == (200, "refused")


async def test_nobody_is_answered_401_before_anything_of_theirs_is_read(house: House) -> None:
    async with house.client() as nobody:
        answer = await nobody.post("/api/v1/permits", content=b"{", headers={"content-type": "text/plain"})
    assert answer.status_code == 401


async def test_a_misspelt_filter_is_no_missing_one(house: House) -> None:
    async with house.client() as script:
        answer = await script.get("/api/v1/permits?states=approved", headers=await house.bearer("petra"))
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (422, "states")
    assert "state, " in answer.json()["remedy"]


async def test_a_write_with_a_key_is_not_begun_without_the_database(house: House) -> None:
    ana = await house.bearer("ana")
    async with house.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE people_answered")
    async with house.client() as script:
        answer = await script.post("/api/v1/permits", json=wish(house), headers=ana | KEY)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_database")
        assert await house.approvals.pending() == ()
        without = await script.post("/api/v1/permits", json=wish(house), headers=ana)
        assert without.status_code == 201

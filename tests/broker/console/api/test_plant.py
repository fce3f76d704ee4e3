"""The plant over the API: whatever shuts takes a token, whatever opens takes a code besides."""

from dataclasses import replace

import pytest

from domain.plant import OperatingState
from domain.rights import DecisionRight
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with

STATE = "/api/v1/zones/operations/state"


async def test_a_zone_s_state_is_told_with_who_said_so(house: House) -> None:
    async with house.client() as script:
        told = (await script.get("/api/v1/zones", headers=await house.bearer("milo"))).json()
    (zone,) = [one for one in told["zones"] if one["zone"] == "operations"]
    assert told["sound"]
    assert (zone["state"], zone["said"], zone["by"]) == ("running", "running", "milo")
    assert "maintenance" in zone["may_become"]


async def test_a_state_is_set_with_a_code_that_is_spent_on_it(house: House) -> None:
    milo = await house.bearer("milo")
    said = {"state": "maintenance", "reason": "Pump 3 is out"}
    async with house.client() as script:
        bare = await script.put(STATE, json=said, headers=milo)
        assert (bare.status_code, bare.json()["code"]) == (403, "code_needed")
        wrong = await script.put(STATE, json=said | {"code": "000000"}, headers=milo)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")
        code = house.code("milo")
        done = await script.put(STATE, json=said | {"code": code}, headers=milo)
        assert (done.status_code, done.json()["state"]) == (200, "maintenance")
        again = await script.put(STATE, json=said | {"state": "running", "code": code}, headers=milo)
        assert (again.status_code, again.json()["code"]) == (403, "used_code")
    assert house.watch.interlocks.states["operations"] is OperatingState.MAINTENANCE


async def test_an_emergency_is_declared_without_a_code_and_ended_by_its_lead_alone(house: House) -> None:
    lead = DecisionRight.INCIDENT_LEAD
    alone = tuple(replace(one, deputy=None) if one.right is lead else one for one in charter().holdings)
    house.desk.parts = replace(house.desk.parts, charter=lambda: charter_with(holdings=alone))
    milo, sven = await house.bearer("milo"), await house.bearer("sven")
    async with house.client() as script:
        raised = await script.put(STATE, json={"state": "emergency", "reason": "Fire"}, headers=milo)
        assert (raised.status_code, raised.json()["state"]) == (200, "emergency")
        over = {"state": "running", "reason": "It is out"}
        no = await script.put(STATE, json=over | {"code": house.code("milo")}, headers=milo)
        assert (no.status_code, no.json()["code"]) == (403, "incident_lead_only")
        yes = await script.put(STATE, json=over | {"code": house.code("sven")}, headers=sven)
        assert yes.json()["state"] == "running"


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/api/v1/zones/no-such-zone/state", {"state": "running", "reason": "x"}, 404),
        (STATE, {"state": "asleep", "reason": "x"}, 422),
        (STATE, {"state": "running"}, 422),
    ],
)
async def test_what_is_no_state_or_no_zone_is_not_set(
    house: House, path: str, given: dict[str, str], status: int
) -> None:
    async with house.client() as script:
        assert (await script.put(path, json=given, headers=await house.bearer("milo"))).status_code == status


async def test_the_kill_switch_takes_a_token_and_nothing_else_even_without_evidence(house: House) -> None:
    """A10: neither a code nor the ledger keeps a hand from it."""
    house.go_live(await house.ask())
    milo = await house.bearer("milo")
    house.ledger.failing = True
    async with house.client() as script:
        before = (await script.get("/api/v1/isolations", headers=milo)).json()
        assert {one["scope"]: one["live"] for one in before["scopes"]}["zone:operations"] == 1
        cut = await script.post("/api/v1/isolations", json={"scope": "zone:operations"}, headers=milo)
        assert cut.json() == {"scope": "zone:operations", "acknowledged": True, "killed": 0}
        one = await script.post("/api/v1/isolations", json={"scope": f"session:{SESSION}"}, headers=milo)
        assert one.status_code == 200
    assert house.watch.interlocks.isolated == {"zone:operations"}
    assert house.watch.sessions == []


async def test_what_was_cut_off_comes_back_with_a_code_only(house: House) -> None:
    milo = await house.bearer("milo")
    back = {"scope": "zone:operations", "reason": "False alarm"}
    async with house.client() as script:
        await script.post("/api/v1/isolations", json={"scope": "zone:operations"}, headers=milo)
        (held,) = (await script.get("/api/v1/isolations", headers=milo)).json()["isolated"]
        assert held == {"scope": "zone:operations", "may_restore": True, "agree_over": []}
        assert (await script.post("/api/v1/isolations/restore", json=back, headers=milo)).status_code == 422
        wrong = await script.post("/api/v1/isolations/restore", json=back | {"code": "000000"}, headers=milo)
        assert wrong.status_code == 403
        done = await script.post(
            "/api/v1/isolations/restore", json=back | {"code": house.code("milo")}, headers=milo
        )
        assert (done.status_code, done.json()["isolated"]) == (200, [])
        never = await script.post(
            "/api/v1/isolations/restore", json=back | {"code": house.code("milo")}, headers=milo
        )
        assert never.status_code == 404


async def test_a_holder_agrees_that_a_suspended_vendor_comes_back(house: House) -> None:
    milo, petra = await house.bearer("milo"), await house.bearer("petra")
    async with house.client() as script:
        await script.post("/api/v1/isolations", json={"scope": "vendor:brightwater"}, headers=milo)
        (held,) = (await script.get("/api/v1/isolations", headers=petra)).json()["isolated"]
        assert held["agree_over"]
        word = {"scope": "vendor:brightwater", "boundary": held["agree_over"][0]}
        said = await script.post(
            "/api/v1/isolations/agree", json=word | {"code": house.code("petra")}, headers=petra
        )
        assert said.status_code == 200, said.text
        assert said.json()["isolated"][0]["agree_over"] == held["agree_over"][1:]


async def test_the_map_is_given_as_it_is_drawn(house: House) -> None:
    async with house.client() as script:
        told = (await script.get("/api/v1/map", headers=await house.bearer("iris"))).json()["map"]
    assert "operations" in str(told)

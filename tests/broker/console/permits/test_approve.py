"""Approvals through the console, with a real signature by a key in software."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from approvals.shown import shown_digest
from broker.console.permits.terms import names_of
from domain.access import Action, Grant
from domain.ids import ConduitId
from domain.permit import Permit, PermitState
from domain.plant import Outflow
from domain.proof import PasskeyProof, ProofKind
from tests.approvals.authenticator import Authenticator, from_base64url
from tests.broker.console.house import ORIGIN, House
from tests.policies.plant import charter, charter_with


def shown(permit: Permit) -> str:
    return shown_digest(permit, names_of(permit, charter())).hex()


async def begin(browser: httpx2.AsyncClient, permit: Permit, right: str = "connect") -> dict[str, Any]:
    answer = await browser.post(f"/permits/{permit.id}/approve/begin", json={"right": right})
    assert answer.status_code == 200, answer.text
    return answer.json()


def answered(begun: dict[str, Any], device: Authenticator, permit: Permit, **changed: Any) -> dict[str, Any]:
    credential = json.loads(device.get(json.dumps(begun["options"])))
    fields = {
        "ceremony": begun["ceremony"],
        "right": "connect",
        "shown": shown(permit),
        "credential": credential,
    }
    return fields | changed


async def state(house: House, permit: Permit) -> PermitState:
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    return filed.state


async def test_a_passkey_signs_the_permit_s_own_bytes(house: House) -> None:
    permit, device = await house.ask(), house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        begun = await begin(petra, permit)
        challenge = from_base64url(begun["options"]["challenge"])
        assert (len(challenge), challenge[32:]) == (64, hashlib.sha256(permit.canonical()).digest())
        assert begun["options"]["userVerification"] == "required"
        answer = await petra.post(
            f"/permits/{permit.id}/approve/passkey", json=answered(begun, device, permit)
        )
        assert answer.json() == {"next": f"/permits/{permit.id}"}
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    (approval,) = filed.approvals
    assert isinstance(approval.proof, PasskeyProof)
    assert approval.shown_digest.hex() == shown(permit)
    assert filed.state is PermitState.APPROVED


async def test_abuse_7_a_captured_approval_counts_once(house: House) -> None:
    permit, device = await house.ask(), house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        fields = answered(await begin(petra, permit), device, permit)
        path = f"/permits/{permit.id}/approve/passkey"
        answers = await asyncio.gather(*(petra.post(path, json=fields) for _ in range(8)))
        assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    assert len(house.events("PermitApproved")) == 1


async def test_abuse_7_an_approval_fits_no_other_permit_person_or_browser(house: House) -> None:
    permit, other = await house.ask(), await house.ask()
    device = house.enrol("petra")
    house.enrol("deniz")
    async with (
        await house.sign_in("petra") as petra,
        await house.sign_in("petra") as elsewhere,
        await house.sign_in("deniz") as deniz,
    ):
        fields = answered(await begin(petra, permit), device, permit)
        for browser, target in ((petra, other), (elsewhere, permit), (deniz, permit)):
            path = f"/permits/{target.id}/approve/passkey"
            answer = await browser.post(path, json=fields | {"shown": shown(target)})
            assert answer.status_code == 409
            assert answer.json()["code"] == "stale_challenge"
        right = await petra.post(f"/permits/{permit.id}/approve/passkey", json=fields | {"right": "data_out"})
        assert right.status_code == 409
        assert (await petra.post(f"/permits/{permit.id}/approve/passkey", json=fields)).status_code == 200
    assert await state(house, other) is PermitState.REQUESTED
    assert len(house.events("ApprovalRejected")) == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verified": False}, "user_not_verified"),
        ({"origin": "https://evil.example"}, "wrong_origin"),
        ({"rp_id": "evil.example"}, "wrong_rp_id"),
        ({"kind": "webauthn.create"}, "wrong_type"),
    ],
    ids=str,
)
async def test_a_signature_that_does_not_verify_changes_nothing(
    house: House, change: dict[str, object], code: str
) -> None:
    permit, device = await house.ask(), house.enrol("petra")
    for name, value in change.items():
        setattr(device, name, value)
    async with await house.sign_in("petra") as petra:
        fields = answered(await begin(petra, permit), device, permit)
        answer = await petra.post(f"/permits/{permit.id}/approve/passkey", json=fields)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await state(house, permit) is PermitState.REQUESTED
    assert [one["code"] for one in house.events("ApprovalRejected")] == [code]


async def test_a_key_that_the_plant_did_not_enrol_approves_nothing(house: House) -> None:
    permit = await house.ask()
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        fields = answered(await begin(petra, permit), Authenticator(ORIGIN), permit)
        answer = await petra.post(f"/permits/{permit.id}/approve/passkey", json=fields)
        assert (answer.status_code, answer.json()["code"]) == (403, "unknown_passkey")


async def test_without_an_enrolled_passkey_there_is_no_challenge(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/permits/{permit.id}/approve/begin", json={"right": "connect"})
        assert answer.json()["code"] == "no_passkey"


async def test_what_was_shown_must_be_what_is_signed(house: House) -> None:
    permit, device = await house.ask(), house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        fields = answered(await begin(petra, permit), device, permit, shown="0" * 64)
        answer = await petra.post(f"/permits/{permit.id}/approve/passkey", json=fields)
        assert (answer.status_code, answer.json()["code"]) == (409, "shown_text_changed")
    assert await state(house, permit) is PermitState.REQUESTED


@pytest.mark.parametrize(("person", "code"), [("sven", "not_holder"), ("olga", "not_holder")])
async def test_abuse_9_who_holds_another_right_does_not_approve(house: House, person: str, code: str) -> None:
    permit = await house.ask()
    house.enrol(person)
    async with await house.sign_in(person) as browser:
        answer = await browser.post(f"/permits/{permit.id}/approve/begin", json={"right": "connect"})
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        answer = await browser.post(
            f"/permits/{permit.id}/approve/code",
            data={"right": "connect", "code": house.code(person), "shown": shown(permit)},
        )
        assert answer.status_code == 403
    assert await state(house, permit) is PermitState.REQUESTED


async def test_a_code_approves_where_the_conduit_takes_one_and_once(house: House) -> None:
    permit, other = await house.ask(), await house.ask()
    async with await house.sign_in("petra") as petra:
        code = house.code("petra")
        fields = {"right": "connect", "code": code, "shown": shown(permit)}
        assert (await petra.post(f"/permits/{permit.id}/approve/code", data=fields)).status_code == 303
        again = fields | {"shown": shown(other)}
        used = await petra.post(f"/permits/{other.id}/approve/code", data=again)
        assert used.status_code == 403
        assert "This code was used already. Wait for the next one your authenticator shows (" in used.text
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert (filed.state, filed.approvals[0].kind) == (PermitState.APPROVED, ProofKind.TOTP)
    assert await state(house, other) is PermitState.REQUESTED


async def test_abuse_37_one_code_fifty_times_at_once_approves_once(house: House) -> None:
    permits = [await house.ask() for _ in range(5)]
    async with await house.sign_in("petra") as petra:
        code = house.code("petra")
        answers = await asyncio.gather(
            *(
                petra.post(
                    f"/permits/{permit.id}/approve/code",
                    data={"right": "connect", "code": code, "shown": shown(permit)},
                )
                for permit in permits
                for _ in range(10)
            )
        )
    assert [one.status_code for one in answers].count(303) == 1
    assert len(house.events("PermitApproved")) == 1


async def test_a_closed_zone_refuses_approval_with_the_rule_s_own_code(house: House) -> None:
    permit = await house.ask()
    house.enrol("petra")
    await house.watch({"do": "isolate", "scope": "all", "by": "milo", "reason": "x"})
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/permits/{permit.id}/approve/begin", json={"right": "connect"})
        assert answer.status_code == 403
        assert answer.json()["code"] == "isolated"


@pytest.mark.parametrize("right", ["", "root", "CONNECT"])
async def test_a_right_that_does_not_exist_is_not_exercised(house: House, right: str) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/permits/{permit.id}/approve/begin", json={"right": right})
        assert answer.status_code == 422


async def test_abuse_12_a_high_security_zone_wants_the_asset_s_name_typed(house: House) -> None:
    await house.watch({"do": "set-state", "zone": "pumping", "state": "maintenance", "by": "milo"})
    permit = await house.ask(
        asset="gateway-1",
        conduit=ConduitId("dmz-pumping"),
        passage=(Grant.of("shell"),),
        actions=frozenset({Action.VIEW}),
    )
    device = house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        assert 'id="typed"' in (await petra.get(f"/permits/{permit.id}")).text
        path = f"/permits/{permit.id}/approve"
        for typed in (None, "", "yes", "eng-ws-1"):
            fields = {"right": "connect"} | ({} if typed is None else {"typed": typed})
            answer = await petra.post(f"{path}/begin", json=fields)
            assert (answer.status_code, answer.json()["code"]) == (422, "not_typed")
            form = fields | {"code": house.code("petra"), "shown": shown(permit)}
            assert (await petra.post(f"{path}/code", data=form)).status_code == 422
        begun = await petra.post(f"{path}/begin", json={"right": "connect", "typed": "gateway-1"})
        answer = await petra.post(f"{path}/passkey", json=answered(begun.json(), device, permit))
        assert answer.status_code == 200, answer.text


async def test_abuse_12_the_sheet_says_how_a_wish_differs_from_the_last_one(house: House) -> None:
    first, device = await house.ask(passage=(Grant.of("shell"),)), house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        fields = answered(await begin(petra, first), device, first)
        await petra.post(f"/permits/{first.id}/approve/passkey", json=fields)
        house.clock.advance(timedelta(minutes=5))
        second = await house.ask()
        page = (await petra.get(f"/permits/{second.id}")).text
        assert "Not like the last one that was approved:" in page
        assert "now also: File transfer (sftp)" in page


async def in_dispute(house: House) -> Permit:
    """Files leave here: Deniz agrees that she may connect, and Petra holds back what may leave. Sven is arbiter."""
    way = charter().conduits[ConduitId("dmz-operations")]
    house.charter = charter_with(
        conduits={**charter().conduits, way.id: replace(way, data_out=frozenset({Outflow.SFTP}))}
    )
    permit = await house.ask()
    async with await house.sign_in("deniz") as deniz:
        given = {"right": "connect", "code": house.code("deniz"), "shown": shown(permit)}
        assert (await deniz.post(f"/permits/{permit.id}/approve/code", data=given)).status_code == 303
    async with await house.sign_in("petra") as petra:
        await petra.post(f"/permits/{permit.id}/refuse", data={"reason": "Not these files."})
    assert await state(house, permit) is PermitState.DISPUTED
    return permit


async def test_an_arbiter_settles_a_dispute_with_their_own_signature(house: House) -> None:
    """B14, S-24: what they sign is the permit's bytes, and names the dispute."""
    permit, device = await in_dispute(house), house.enrol("sven")
    async with await house.sign_in("sven") as sven:
        page = (await sven.get(f"/permits/{permit.id}")).text
        assert "You are the arbiter" in page
        assert "Not these files." in page
        assert "mine" in (await sven.get("/queue/rows")).text
        begun = await begin(sven, permit, "data_out")
        fields = answered(begun, device, permit, right="data_out", reason="They are drawings.")
        assert (
            await sven.post(f"/permits/{permit.id}/approve/passkey", json=fields | {"reason": ""})
        ).status_code == 422
        begun = await begin(sven, permit, "data_out")
        fields = answered(begun, device, permit, right="data_out", reason="They are drawings.")
        assert (await sven.post(f"/permits/{permit.id}/approve/passkey", json=fields)).status_code == 200
    assert await state(house, permit) is PermitState.APPROVED
    (settled,) = house.events("PermitSettled")
    assert (settled["by"], settled["reason"]) == ("sven", "They are drawings.")
    assert settled["refused"] == ["petra (data_out): Not these files."]


async def test_an_arbiter_may_settle_by_code_or_refuse_and_nobody_else_may(house: House) -> None:
    """B14, J15: the others see who decides, and can't."""
    permit = await in_dispute(house)
    for person in ("petra", "olga"):
        async with await house.sign_in(person) as other:
            assert "You are the arbiter" not in (await other.get(f"/permits/{permit.id}")).text
            given = {"right": "data_out", "code": house.code(person), "shown": shown(permit), "reason": "Go."}
            assert (await other.post(f"/permits/{permit.id}/approve/code", data=given)).status_code == 403
    async with await house.sign_in("ana") as ana:
        page = (await ana.get(f"/permits/{permit.id}")).text
        assert "in dispute; S. Lindqvist decides as arbiter" in page
        assert "In dispute under the right data out." in page
    async with await house.sign_in("sven") as sven:
        given = {"right": "data_out", "code": house.code("sven"), "shown": shown(permit), "reason": "Go."}
        assert (await sven.post(f"/permits/{permit.id}/approve/code", data=given)).status_code == 303
        assert "S. Lindqvist was its arbiter" in (await sven.get(f"/permits/{permit.id}")).text
    assert await state(house, permit) is PermitState.APPROVED
    second = await in_dispute(house)
    async with await house.sign_in("sven") as sven:
        await sven.post(f"/permits/{second.id}/refuse", data={"reason": "It can wait."})
    assert await state(house, second) is PermitState.REFUSED
    assert [one["allows"] for one in house.events("PermitSettled")] == [True, False]


async def test_more_time_is_a_new_permit_with_a_yes_of_its_own(house: House) -> None:
    # Row D02: two extensions leave two approvals; the first permit ends when it ended.
    first = await house.ask()
    more = [await house.ask(), await house.ask()]
    async with await house.sign_in("petra") as petra:
        for permit in (first, *more):
            assert await state(house, permit) is PermitState.REQUESTED
            given = {"right": "connect", "code": house.code("petra"), "shown": shown(permit)}
            assert (await petra.post(f"/permits/{permit.id}/approve/code", data=given)).status_code == 303
    assert [one["permit"] for one in house.events("PermitApproved")] == [first.id, *(one.id for one in more)]
    filed = await house.approvals.filed(first.id)
    assert filed is not None
    assert filed.permit == first

"""B16: a holder writes, signs and ends a standing template; a vendor's wish inside one waits for the shift alone."""

import json
from collections.abc import Mapping
from dataclasses import replace

import httpx2

from broker.admission import Admission
from domain.access import Allow, Deny, NeedsApproval
from domain.ids import PermitId
from domain.permit import Permit, PermitState
from domain.rights import DecisionRight
from domain.template import Template
from tests.broker.console.house import House

LEAD = DecisionRight.INCIDENT_LEAD


async def written(
    house: House, petra: httpx2.AsyncClient, pattern: Permit, **changed: str
) -> httpx2.Response:
    form = {
        "permit": pattern.id,
        "title": "Weekly look",
        "minutes": "240",
        "uses": "1",
        "period": "week",
        "until": "2026-06-20T08:00",
        "confirm": "incident_lead",
        **changed,
    }
    return await petra.post("/standing", data=form)


def listed(house: House) -> Template:
    (one,) = house.desk.parts.charter().templates
    return one


async def signed(house: House, petra: httpx2.AsyncClient, right: str = "connect") -> Mapping[str, object]:
    """What the browser would send once the passkey was touched."""
    begun = await petra.post(f"/standing/{listed(house).id}/sign/begin", json={"right": right})
    assert begun.status_code == 200, begun.text
    answer = json.loads(house.devices["petra"].get(json.dumps(begun.json()["options"])))
    return {
        "ceremony": begun.json()["ceremony"],
        "statement": begun.json()["statement"],
        "credential": answer,
    }


async def in_force(house: House, petra: httpx2.AsyncClient) -> Template:
    """One that Petra wrote out of a permit of Ana's, and signed."""
    house.enrol("petra")
    pattern = await house.ask()
    assert (await written(house, petra, pattern)).status_code == 303
    done = await petra.post(f"/standing/{listed(house).id}/sign/passkey", json=await signed(house, petra))
    assert done.status_code == 200, done.text
    return listed(house)


async def test_a_template_is_written_out_of_a_permit_and_counts_once_it_is_signed(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        house.enrol("petra")
        pattern = await house.ask()
        form = (await petra.get(f"/standing?from={pattern.id}")).text
        assert 'name="uses"' in form
        assert (await written(house, petra, pattern)).status_code == 303
        assert "to be signed" in (await petra.get("/standing")).text
        body = await signed(house, petra)
        done = await petra.post(f"/standing/{listed(house).id}/sign/passkey", json=body)
        assert (done.status_code, done.json()) == (200, {"next": f"/standing#{listed(house).id}"})
        assert "counts" in (await petra.get("/standing")).text
        assert (await petra.post(f"/standing/{listed(house).id}/sign/passkey", json=body)).status_code == 409
    (leaf,) = house.events("RightAttested")
    assert leaf["subject"] == f"template:connect@{listed(house).digest()}"
    assert len(house.events("TemplateWritten")) == 1


async def test_what_can_t_be_one_is_said_and_not_written(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        pattern = await house.ask()
        for spoilt in ({"uses": "0"}, {"uses": "often"}, {"title": " "}, {"until": "2020-01-01T08:00"}):
            assert (await written(house, petra, pattern, **spoilt)).status_code == 422
        refused = await written(house, petra, pattern, minutes=str(31 * 24 * 60))
        assert refused.status_code == 422
        assert "template_not_possible" in refused.text
        assert (await written(house, petra, pattern, permit="z" * 26)).status_code == 404
    assert house.events("TemplateWritten") == []


async def test_nobody_signs_under_a_right_that_they_do_not_hold(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("sven") as sven:
        house.enrol("petra")
        house.enrol("sven")
        assert (await written(house, petra, await house.ask())).status_code == 303
        one = listed(house)
        for who, right, status in (
            (sven, "connect", 403),
            (petra, "safety", 403),
            (petra, "nonsense", 422),
        ):
            tried = await who.post(f"/standing/{one.id}/sign/begin", json={"right": right})
            assert tried.status_code == status
        body = await signed(house, petra)
        for other in ({}, {**body["statement"], "subject": "right:connect@riverside"}):  # type: ignore[dict-item]
            tried = await petra.post(f"/standing/{one.id}/sign/passkey", json={**body, "statement": other})
            assert tried.status_code in {403, 409, 422}
        assert (
            await petra.post(f"/standing/{'q' * 26}/sign/begin", json={"right": "connect"})
        ).status_code == 404
    assert house.events("RightAttested") == []


async def test_a_wish_inside_waits_for_the_shift_who_confirms_it_by_code_and_it_opens(house: House) -> None:
    """B16: from the vendor's wish to the door, with one press on shift."""
    async with await house.sign_in("petra") as petra:
        one = await in_force(house, petra)
    asked = await house.desk.parts.admission.ask(house.wish(), purpose="Look at it", work_order="WO-1")
    assert isinstance(asked.decision, NeedsApproval)
    assert asked.decision.rights == {LEAD}
    assert asked.permit is not None
    assert asked.permit.template == one.digest()
    async with await house.sign_in("milo") as milo:
        page = (await milo.get(f"/permits/{asked.permit.id}")).text
        assert "Weekly look" in page
        sheet = {"right": "incident_lead", "code": house.code("milo"), "shown": shown_in(page)}
        done = await milo.post(f"/permits/{asked.permit.id}/approve/code", data=sheet)
        assert done.status_code == 303, done.text
    filed = await house.desk.parts.approvals.filed(asked.permit.id)
    assert filed is not None
    assert filed.state is PermitState.APPROVED
    (used,) = house.events("TemplateUsed")
    assert (used["template"], used["by"], used["use"]) == (one.digest(), "milo", 1)
    through = replace(
        house.wish(),
        window=None,
        permit=asked.permit.id,
        key=min(asked.permit.keys),
        client="SSH-2.0-OpenSSH_9.6p1",
    )
    admission = house.desk.parts.admission
    assert isinstance(admission, Admission)
    passed = await admission.through(through)
    assert isinstance(passed.decision, Allow), passed.decision
    assert len(passed.approvals) == 1, "the confirmation; the template's signatures lie in their own file"
    file = house.desk.parts.templates
    assert file is not None
    kept = file.read_bytes()
    file.write_bytes(kept.replace(b'"uses":1', b'"uses":9'))
    assert isinstance((await admission.through(through)).decision, Deny), "an edited file opens nothing"
    file.write_bytes(kept)
    again = await house.desk.parts.admission.ask(house.wish(), purpose="Once more", work_order="WO-2")
    async with await house.sign_in("sven") as sven:
        assert again.permit is not None
        page = (await sven.get(f"/permits/{again.permit.id}")).text
        sheet = {"right": "incident_lead", "code": house.code("sven"), "shown": shown_in(page)}
        refused = await sven.post(f"/permits/{again.permit.id}/approve/code", data=sheet)
        assert "template_used_up" in refused.text


def shown_in(page: str) -> str:
    return page.partition('name="shown" value="')[2].partition('"')[0]


async def test_an_ended_template_leaves_the_full_path_and_takes_back_what_it_opened(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        one = await in_force(house, petra)
        assert (await petra.post(f"/standing/{one.id}/end", data={"reason": ""})).status_code == 422
        assert (await milo.post(f"/standing/{one.id}/end", data={"reason": "Done with."})).status_code == 303
        assert "ended" in (await petra.get("/standing")).text
    assert PermitId(one.id) in (await house.desk.parts.admission.facts_now()).revoked
    (told,) = house.events("TemplateEnded")
    assert (told["by"], told["reason"]) == ("milo", "Done with.")
    asked = await house.desk.parts.admission.ask(house.wish(), purpose="Look at it", work_order="WO-1")
    assert isinstance(asked.decision, NeedsApproval)
    assert asked.decision.rights == {DecisionRight.CONNECT}
    assert asked.permit is not None
    assert not asked.permit.template


async def test_a_vendor_sees_their_own_and_which_wish_fits(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        await in_force(house, petra)
    async with await house.sign_in("ana") as ana, await house.sign_in("ben") as ben:
        assert "Weekly look" in (await ana.get("/standing")).text
        assert "Weekly look" not in (await ben.get("/standing")).text
        assert (
            await ana.post(f"/standing/{listed(house).id}/end", data={"reason": "No."})
        ).status_code == 403
    assert await house.desk.parts.admission.inside(house.wish()) is not None

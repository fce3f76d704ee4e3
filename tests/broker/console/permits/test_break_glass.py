"""Approving past the holder in the console: two proofs, a leaf that names who was skipped, and a watchdog that keeps it."""

import json
from datetime import timedelta

import httpx2
import pytest
import structlog

from approvals.shown import shown_digest
from broker.console.permits.terms import names_of
from broker.watchdog.interlocks import SetState, apply
from domain.access import Allow, Deny
from domain.ids import ZoneId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from tests.broker.console.house import House
from tests.policies.plant import charter

WHY = "Pump 3 fails, nobody of the holders answers"


def form(house: House, permit: Permit, person: str, **changed: str) -> dict[str, str]:
    shown = shown_digest(permit, names_of(permit, charter())).hex()
    given = {"right": "incident_lead", "reason": WHY, "shown": shown, "code": house.code(person)}
    return given | changed


async def tries(house: House, permit: Permit, person: str, **changed: str) -> httpx2.Response:
    async with await house.sign_in(person) as browser:
        return await browser.post(
            f"/permits/{permit.id}/approve/code",
            data=form(house, permit, person, **changed),
            headers={"accept": "application/json"},
        )


async def broken(house: House) -> Permit:
    """A permit that Sven and Milo approved past Petra."""
    permit = await house.ask()
    for person in ("sven", "milo"):
        answer = await tries(house, permit, person)
        assert answer.status_code == 303, answer.text
    return permit


async def through(house: House, permit: Permit) -> Allow | Deny:
    wanted = house.wish(
        window=None,
        permit=permit.id,
        client="SSH-2.0-OpenSSH_9.6p1 Debian-4",
        key=next(iter(permit.keys)),
        method=permit.method,
    )
    decision = (await house.desk.parts.admission.through(wanted)).decision
    assert isinstance(decision, Allow | Deny), decision
    return decision


async def state(house: House, permit: Permit) -> PermitState:
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    return filed.state


async def test_two_of_the_shift_and_who_lead_approve_past_the_holder_and_each_skipped_is_named_h13(
    house: House,
) -> None:
    """H13: two persons, a reason, always recorded, loud: the leaf is there before anything opens."""
    with structlog.testing.capture_logs() as logs:
        permit = await broken(house)
    assert await state(house, permit) is PermitState.APPROVED
    (leaf,) = house.events("GlassBroken")
    assert (leaf["by"], leaf["skipped"]) == (["milo", "sven"], ["petra", "deniz"])
    assert (leaf["reason"], leaf["boundary"], leaf["permit"]) == (WHY, "riverside", permit.id)
    assert [one["log_level"] for one in logs if one["event"] == "glass_broken"] == ["critical"]
    (use,) = house.watch.interlocks.glasses
    assert (use.permit, use.by, use.until - use.at) == (permit.id, ("milo", "sven"), timedelta(hours=1))
    decision = await through(house, permit)
    assert isinstance(decision, Allow)
    assert decision.until == use.until
    order = [one.event["event"] for one in house.log.events()]
    assert order.index("GlassBroken") < order.index("PermitChanged")


async def test_one_of_them_alone_opens_nothing_h13(house: House) -> None:
    """H13: two sealed tokens."""
    permit = await house.ask()
    assert (await tries(house, permit, "milo")).status_code == 303
    assert (await tries(house, permit, "milo")).status_code in {403, 409}
    assert await state(house, permit) is PermitState.REQUESTED
    assert house.watch.interlocks.glasses == ()


@pytest.mark.parametrize(
    ("person", "changed", "status"),
    [
        pytest.param("milo", {"reason": " "}, 422, id="without a reason"),
        pytest.param("milo", {"code": "000000"}, 403, id="without a proof"),
        pytest.param("petra", {}, 403, id="the holder, who may simply approve"),
        pytest.param("olga", {}, 403, id="somebody else of the plant"),
        pytest.param("ana", {}, 403, id="the vendor"),
    ],
)
async def test_nobody_else_and_nothing_less_breaks_the_glass_h13(
    house: House, person: str, changed: dict[str, str], status: int
) -> None:
    """H13: named persons, a reason, a proof."""
    permit = await house.ask()
    assert (await tries(house, permit, person, **changed)).status_code == status
    assert await state(house, permit) is PermitState.REQUESTED
    assert house.events("GlassBroken") == []


async def test_the_next_use_waits_for_a_review_h13(house: House) -> None:
    """H13: no review blocks further use for that boundary, except in declared emergency."""
    await broken(house)
    second = await house.ask()
    said = await tries(house, second, "milo")
    assert (said.status_code, json.loads(said.text)["code"]) == (403, "break_glass_unreviewed")
    house.clock.advance(timedelta(hours=25))
    third = await house.ask()
    assert "overdue" in (await tries(house, third, "sven")).text
    emergency = SetState(ZoneId("operations"), OperatingState.EMERGENCY, "milo")
    house.watch.interlocks = apply(house.watch.interlocks, emergency)
    for person in ("sven", "milo"):
        assert (await tries(house, third, person)).status_code == 303
    assert [one.emergency for one in house.watch.interlocks.glasses] == [False, True]


async def test_a_watchdog_that_does_not_keep_the_use_leaves_the_permit_unapproved_h13(house: House) -> None:
    """H13: always recorded, or not at all."""
    permit = await house.ask()
    await tries(house, permit, "sven")
    heard = house.watch.__call__

    async def refuses(line: object) -> object:
        assert isinstance(line, dict)
        return {"ok": False, "error": "No."} if line["do"] == "break-glass" else await heard(line)

    object.__setattr__(house.desk.parts, "watchdog", refuses)
    answer = await tries(house, permit, "milo")
    assert answer.status_code >= 400
    assert await state(house, permit) is PermitState.REQUESTED


async def test_a_ledger_that_is_gone_breaks_no_glass_h13(house: House) -> None:
    """H13: evidence before effect."""
    permit = await house.ask()
    await tries(house, permit, "sven")
    given = form(house, permit, "milo")
    async with await house.sign_in("milo") as browser:
        house.ledger.failing = True
        answer = await browser.post(f"/permits/{permit.id}/approve/code", data=given)
        house.ledger.failing = False
    assert answer.status_code >= 400
    assert await state(house, permit) is PermitState.REQUESTED
    assert house.watch.interlocks.glasses == ()


async def test_every_page_says_it_to_everyone_of_the_plant_until_it_is_reviewed_h13(house: House) -> None:
    """H13: a loud alarm, to each who was skipped; the vendor's pages say nothing of it."""
    await broken(house)
    for person, said in (("petra", True), ("deniz", True), ("iris", True), ("ana", False)):
        async with await house.sign_in(person) as browser:
            page = await browser.get("/permits")
        assert ("Break-glass over Riverside" in page.text) is said, person


async def test_the_sheet_offers_it_to_those_who_may_and_to_nobody_else_h13(house: House) -> None:
    """H13: by those whom the charter names."""
    permit = await house.ask()
    for person, offered in (("milo", True), ("sven", True), ("petra", False), ("iris", False)):
        async with await house.sign_in(person) as browser:
            page = await browser.get(f"/permits/{permit.id}")
        assert ('id="break-glass"' in page.text) is offered, person

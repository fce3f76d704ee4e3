from dataclasses import replace
from datetime import timedelta

import pytest

from broker.watchdog.interlocks import SetSignals, apply
from broker.watchdog.overrides import Override, Revert, Why
from broker.watchdog.zone_states import Permitted
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with

CUT = {"scope": "zone:operations", "reason": "Smoke", "confirmed": "zone:operations"}


async def said(house: House) -> list[object]:
    return [one["do"] for one in house.watch.heard if one["do"] != "show"]


def cut(scope: str) -> dict[str, str]:
    return {"scope": scope, "confirmed": scope}


async def test_d09_cutting_off_takes_two_steps_and_the_second_names_and_counts_what_is_hit(
    house: House,
) -> None:
    """D09: no script and no typing between the two."""
    house.go_live(await house.ask())
    async with await house.sign_in("milo") as milo:
        step = await milo.post("/plant/isolate/confirm", data={"scope": "zone:operations"})
        assert "1 live session ends at once" in step.text
        assert "Ana Ferreira on Engineering station 1" in step.text
        assert "<script" not in step.text.partition("<body")[2]
        assert 'name="confirmed" value="zone:operations"' in step.text
        assert await said(house) == []
        for other in ("", "yes", "all"):
            assert (await milo.post("/plant/isolate", data=CUT | {"confirmed": other})).status_code == 422
        assert await said(house) == []
        answer = await milo.post("/plant/isolate", data=CUT)
        assert "The gate ended what was live there" in answer.text
    assert house.watch.interlocks.isolated == {"zone:operations"}


@pytest.mark.parametrize(
    "scope", ["all", "zone:operations", "vendor:brightwater", "asset:eng-ws-1", f"session:{SESSION}"]
)
async def test_d09_the_page_names_every_scope_and_cuts_it_with_two_presses(house: House, scope: str) -> None:
    """D09: session, vendor, zone and all; a reason may be told later."""
    house.go_live(await house.ask())
    async with await house.sign_in("milo") as milo:
        assert f'value="{scope}"' in (await milo.get("/plant")).text
        assert "1 live session" in (await milo.post("/plant/isolate/confirm", data={"scope": scope})).text
        answer = await milo.post("/plant/isolate", data=cut(scope))
        assert ("Ended: Session of Ana Ferreira" in answer.text) is scope.startswith("session:")
    assert house.watch.heard[-2]["reason"] == "no reason was given at the switch"
    assert (not house.watch.sessions) is scope.startswith("session:")
    assert house.watch.interlocks.isolated == (set() if scope.startswith("session:") else {scope})


@pytest.mark.parametrize(("person", "status"), [("petra", 403), ("iris", 403), ("ana", 403)])
async def test_a_session_is_cut_on_this_page_by_nobody_else(house: House, person: str, status: int) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in(person) as browser:
        assert (await browser.post("/plant/isolate", data=cut(f"session:{SESSION}"))).status_code == status
    assert house.watch.sessions


async def test_a_gate_that_had_to_be_killed_is_said_to_be(house: House) -> None:
    house.watch.obeys = False
    async with await house.sign_in("milo") as milo:
        assert "was killed (1)" in (await milo.post("/plant/isolate", data=CUT)).text


async def test_restoring_opens_only_what_is_closed(house: House) -> None:
    async with await house.sign_in("milo") as milo:
        await milo.post("/plant/isolate", data=CUT)
        wrong = await milo.post("/plant/restore", data={"scope": "all", "reason": "x"})
        assert wrong.status_code == 404
        right = await milo.post("/plant/restore", data={"scope": "zone:operations", "reason": "Toast"})
        assert right.status_code == 303
    assert house.watch.interlocks.isolated == frozenset()


@pytest.mark.parametrize("person", ["petra", "iris", "ana"])
async def test_who_leads_no_incident_and_has_no_shift_cuts_nothing(house: House, person: str) -> None:
    async with await house.sign_in(person) as browser:
        assert (await browser.post("/plant/isolate", data=CUT)).status_code == 403
        assert (await browser.post("/plant/restore", data=CUT)).status_code == 403
        page = await browser.get("/plant")
        assert "Cut off…" not in page.text
    assert await said(house) == []


@pytest.mark.parametrize("scope", ["zone:nowhere", "", "session:x", "zone:operations\n"])
async def test_a_scope_that_is_none_is_not_found(house: House, scope: str) -> None:
    async with await house.sign_in("sven") as sven:
        assert (await sven.post("/plant/isolate", data=cut(scope))).status_code == 404
    assert await said(house) == []


async def test_the_shift_sets_a_zone_s_state_and_the_lead_does_not(house: House) -> None:
    form = {"zone": "pumping", "state": "maintenance", "reason": "Pump 3 is out"}
    async with await house.sign_in("milo") as milo, await house.sign_in("sven") as sven:
        assert (await sven.post("/plant/states", data=form)).status_code == 403
        assert (await milo.post("/plant/states", data=form)).status_code == 303
        assert (await milo.post("/plant/states", data=form | {"zone": "nowhere"})).status_code == 404
        assert (await milo.post("/plant/states", data=form | {"state": "asleep"})).status_code == 422
        assert (await milo.post("/plant/states", data=form | {"reason": ""})).status_code == 422
        page = (await milo.get("/plant")).text
        assert "Maintenance" in page
        assert "Set by Milo" in page
        assert "Pump 3 is out" in page
    assert await said(house) == ["set-state"]


async def test_j02_in_an_emergency_the_incident_lead_alone_opens_anything_again(house: House) -> None:
    """J02: emergency moves the authority to let go to incident_lead; the kill switch stays everybody's."""
    lead = DecisionRight.INCIDENT_LEAD
    alone = tuple(replace(one, deputy=None) if one.right is lead else one for one in charter().holdings)
    house.desk.parts = replace(house.desk.parts, charter=lambda: charter_with(holdings=alone))
    calm = {"zone": "operations", "state": "running", "reason": "All clear"}
    async with await house.sign_in("milo") as milo, await house.sign_in("sven") as sven:
        await milo.post("/plant/states", data=calm | {"state": "emergency"})
        assert (await milo.post("/plant/isolate", data=CUT)).status_code == 200
        release = {"scope": "zone:operations", "reason": "All clear"}
        for form, path in ((release, "/plant/restore"), (calm, "/plant/states")):
            answer = await milo.post(path, data=form)
            assert (answer.status_code, "whoever leads the incident" in answer.text) == (403, True)
        assert "whoever leads the incident opens it again" in (await milo.get("/plant")).text
        assert (await sven.post("/plant/restore", data=release)).status_code == 303
        assert (await sven.post("/plant/states", data=calm)).status_code == 303
    assert house.watch.interlocks.isolated == frozenset()
    assert house.watch.interlocks.states["operations"] == "running"  # type: ignore[index]


async def test_the_incident_lead_declares_an_emergency(house: House) -> None:
    """J02."""
    async with await house.sign_in("sven") as sven:
        form = {"zone": "pumping", "state": "emergency", "reason": "Gas"}
        assert (await sven.post("/plant/states", data=form)).status_code == 303
    assert house.watch.interlocks.states["pumping"] == "emergency"  # type: ignore[index]


async def test_a_state_that_its_signal_does_not_permit_is_shown_as_such(house: House) -> None:
    key = Permitted("Key switch", frozenset({OperatingState.MAINTENANCE}), OperatingState.RUNNING)
    async with await house.sign_in("milo") as milo:
        form = {"zone": "pumping", "state": "maintenance", "reason": "Pump 3 is out"}
        await milo.post("/plant/states", data=form)
        house.watch.interlocks = apply(house.watch.interlocks, SetSignals({ZoneId("pumping"): key}))
        assert "Maintenance was set, but Key switch does not permit it" in (await milo.get("/plant")).text
        on = replace(key, on=True)
        house.watch.interlocks = apply(house.watch.interlocks, SetSignals({ZoneId("pumping"): on}))
        assert "Signal Key switch: yes" in (await milo.get("/plant")).text


async def test_a_silent_watchdog_is_an_error_and_not_a_success(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("milo") as milo:
        answer = await milo.post("/plant/isolate", data=CUT)
        assert answer.status_code == 503
        page = await milo.get("/plant")
        assert "penstock isolate all" in page.text
        assert "Nothing is closed" not in page.text


async def test_abuse_4_no_lock_out_of_the_console_reaches_the_kill_switch(house: House) -> None:
    for _ in range(50):
        await house.desk.accounts.failed("milo", "192.0.2.9")
    assert await house.desk.accounts.held_back("milo", "192.0.2.9")
    # Who is signed in keeps working, and the watchdog asks nobody for a sign-in.
    async with await house.sign_in("milo") as milo:
        assert (await milo.post("/plant/isolate", data=CUT)).status_code == 200


async def test_a_holder_agrees_that_a_suspended_vendor_comes_back_and_nobody_else_can(house: House) -> None:
    """I12: the console asks each boundary's holder, with a code of their own."""
    word = {"scope": "vendor:kestrel", "boundary": "riverside"}
    async with await house.sign_in("milo") as milo:
        await milo.post("/plant/isolate", data=cut("vendor:kestrel"))
        assert (await milo.post("/plant/agree", data=word | {"code": "123456"})).status_code in {403, 404}
    async with await house.sign_in("petra") as petra:
        assert "Agree that it comes back over" in (await petra.get("/plant")).text
        assert (await petra.post("/plant/agree", data=word | {"code": "000000"})).status_code == 403
        elsewhere = word | {"boundary": "dmz-pumping", "code": "000000"}
        assert (await petra.post("/plant/agree", data=elsewhere)).status_code == 404
        answer = await petra.post("/plant/agree", data=word | {"code": house.code("petra")})
        assert answer.status_code == 303
    assert house.watch.interlocks.agreed == {"vendor:kestrel riverside"}


async def test_d12_what_is_suspended_for_a_time_says_until_when_and_then_that_it_waits_for_a_review(
    house: House,
) -> None:
    """D12: the page says who, until when, and how it is reviewed; a state of a zone is told in words."""
    at, operations = house.clock.now(), ZoneId("operations")
    until = at + timedelta(hours=1)
    said_ = Override(
        "zone:operations", PersonId("petra"), "crane", until, operations, OperatingState.SHUTDOWN, 7, at
    )
    house.watch.interlocks = apply(house.watch.interlocks, said_)
    async with await house.sign_in("milo") as milo:
        shown = (await milo.get("/plant")).text
        assert "Suspended by Petra" in shown
        assert "it comes back by itself" in shown
        assert " or " in shown
        assert "penstock override review" not in shown
        number = house.watch.interlocks.overrides[-1].id
        house.watch.interlocks = apply(house.watch.interlocks, Revert(number, Why.TIME, until))
        over = (await milo.get("/plant")).text
        assert (
            f"It waits for a review by somebody else: <code>penstock override review {number}</code>"
            in " ".join(over.split())
        )

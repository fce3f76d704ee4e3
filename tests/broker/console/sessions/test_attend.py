from datetime import datetime, timedelta

import pytest

from domain.events import StepDeclared
from domain.ids import PersonId, SessionId
from tests.broker.console.house import SESSION, House
from tests.broker.sessions.test_steps import GOOD, Gate, gate

__all__ = ["gate"]  # a fixture


async def said(house: House) -> list[object]:
    return [one for one in house.watch.heard if one["do"] == "attend"]


async def test_d11_an_open_page_says_every_second_that_somebody_watches(house: House) -> None:
    """D11: the page beats; who closes it is silent."""
    house.go_live(await house.ask())
    async with await house.sign_in("petra") as petra:
        page = await petra.get(f"/sessions/{SESSION}/attend")
        assert 'hx-trigger="load, every 1s"' in page.text
        assert await said(house) == []
        beat = await petra.post(f"/sessions/{SESSION}/attend")
        assert (beat.status_code, "Input goes through" in beat.text) == (200, True)
    assert await said(house) == [{"do": "attend", "scope": f"session:{SESSION}", "by": "petra"}]


@pytest.mark.parametrize("person", ["ana", "iris"])
async def test_a_vendor_and_an_auditor_attend_nothing(house: House, person: str) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in(person) as browser:
        assert (await browser.get(f"/sessions/{SESSION}/attend")).status_code == 403
        assert (await browser.post(f"/sessions/{SESSION}/attend")).status_code == 403
    assert await said(house) == []


async def test_a_page_that_attends_learns_that_it_is_over_and_asks_no_more(house: House) -> None:
    """Not that its connection is lost. What never was reads the same: nobody learns what there is by asking."""
    house.go_live(await house.ask())
    async with await house.sign_in("milo") as milo:
        page = (await milo.get(f"/sessions/{SESSION}/attend")).text
        house.watch.sessions.clear()
        assert (await milo.get(f"/sessions/{SESSION}/attend")).status_code == 404
        over = await milo.post(f"/sessions/{SESSION}/attend")
        assert (over.status_code, "This is over" in over.text) == (200, True)
        for part in ("attending", "deeds"):
            assert f'id="{part}"' in page
            assert f'<div id="{part}" hx-swap-oob="true"></div>' in over.text, "nothing asks or does any more"
        assert (await milo.post(f"/sessions/{'z' * 26}/attend")).text == over.text
    assert await said(house) == []


async def test_while_the_watchdog_is_silent_nothing_is_said_to_be_over(house: House) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in("milo") as milo:
        house.watch.gone = True
        beat = await milo.post(f"/sessions/{SESSION}/attend")
        assert (beat.status_code, "is not known" in beat.text) == (503, True)


@pytest.mark.parametrize(
    ("hold", "words"), [("state", "asked again"), ("unattended", "nobody of the plant attends")]
)
async def test_the_live_page_says_why_input_waits(house: House, hold: str, words: str) -> None:
    """B11, D11."""
    house.go_live(await house.ask())
    house.watch.sessions[0]["held"] = [hold]
    async with await house.sign_in("milo") as milo:
        assert words in (await milo.get("/sessions")).text


class OverSocket:
    """The gate as the console has it: its own steps, under the names of its socket's client."""

    def __init__(self, gate: Gate) -> None:
        self._steps = gate.steps

    async def hold(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        return await self._steps.declare(session, person, code, length, reason)

    async def release(self, session: SessionId, person: PersonId) -> datetime:
        return await self._steps.done(session, person)


STEP = {"minutes": "10", "reason": "Firmware is being written", "code": GOOD}


async def test_d03_an_attendant_holds_the_end_from_their_page_and_gives_it_back(
    house: House, gate: Gate
) -> None:
    """D03: declared with a reason and a code, once; the gate keeps the leaf and lets time wait."""
    house.go_live(await house.ask(), gate.session.id)
    object.__setattr__(house.desk.parts, "steps", OverSocket(gate))
    path, own = f"/sessions/{gate.session.id}", gate.session.deadline
    async with await house.sign_in("petra") as petra:
        assert "A step must not be interrupted" in (await petra.get(f"{path}/attend")).text
        for wrong in ({"code": "000000"}, {"reason": ""}):
            assert (await petra.post(f"{path}/step", data=STEP | wrong)).status_code in {403, 409, 422}
        for minutes in ("0", "-5", "ten", "600"):
            assert (await petra.post(f"{path}/step", data=STEP | {"minutes": minutes})).status_code == 422
        assert gate.leaves.of(StepDeclared) == []
        assert (await petra.post(f"{path}/step", data=STEP)).status_code == 303
        (leaf,) = gate.leaves.of(StepDeclared)
        assert (leaf.by, leaf.reason) == ("petra", STEP["reason"])
        assert gate.session.deadline > own
        assert (await petra.post(f"{path}/step/done")).status_code == 303
    assert gate.session.deadline == own


@pytest.mark.parametrize("person", ["ana", "iris"])
async def test_nobody_from_outside_holds_an_end(house: House, gate: Gate, person: str) -> None:
    """D03: a vendor's person never holds their own end."""
    house.go_live(await house.ask(), gate.session.id)
    object.__setattr__(house.desk.parts, "steps", OverSocket(gate))
    async with await house.sign_in(person) as browser:
        assert (await browser.post(f"/sessions/{gate.session.id}/step", data=STEP)).status_code == 403
        assert (await browser.post(f"/sessions/{gate.session.id}/step/done")).status_code == 403
    assert gate.leaves.of(StepDeclared) == []


async def test_a_console_without_a_gate_offers_no_step(house: House) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in("petra") as petra:
        assert "must not be interrupted" not in (await petra.get(f"/sessions/{SESSION}/attend")).text
        assert (await petra.post(f"/sessions/{SESSION}/step", data=STEP)).status_code == 404

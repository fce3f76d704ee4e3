"""Confirming a waiting SSH connection in the browser: over the gate's own socket, with the gate's own register."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from broker.control import ControlServer, GateClient
from broker.door.browser_sign_ins import BrowserSignIns, Outcome, Waiting
from domain.ids import PersonId
from tests.approvals.authenticator import Authenticator
from tests.broker.console.house import ORIGIN, House

ANA = PersonId("ana")
Gate = tuple[House, BrowserSignIns, Authenticator]


@pytest.fixture
async def gate(house: House, tmp_path: Path) -> AsyncIterator[Gate]:
    device = house.enrol("ana")
    waits = BrowserSignIns(f"{ORIGIN}/device", lambda: house.trust, house.clock, house.ledger.append)
    async with ControlServer(
        tmp_path / "gate.sock", house.desk.parts.codes, lambda _permit: None, browser=waits
    ):
        object.__setattr__(house.desk.parts, "device", GateClient(tmp_path / "gate.sock"))
        yield house, waits, device


async def waiting(waits: BrowserSignIns, source: str = "192.0.2.9") -> Waiting:
    one = await waits.begin(
        ANA, source=source, key="SHA256:of-ana", asked="ana+eng-ws-1", connection="ab" * 32
    )
    assert one is not None
    return one


async def confirmed(browser: httpx2.AsyncClient, code: str, device: Authenticator) -> httpx2.Response:
    begun = await browser.post("/device/begin", json={"code": code})
    assert begun.is_success, begun.text
    credential = json.loads(device.get(json.dumps(begun.json()["options"])))
    body = {"ceremony": begun.json()["ceremony"], "code": code, "credential": credential}
    return await browser.post("/device/confirm", json=body)


async def test_what_waits_is_shown_to_be_compared_and_confirmed_by_passkey(gate: Gate) -> None:
    house, waits, device = gate
    one = await waiting(waits)
    code = one.statement.code
    outcome = asyncio.create_task(waits.outcome(one))
    async with await house.sign_in("ana") as ana:
        assert "The code that your terminal shows" in (await ana.get("/device")).text
        shown = (await ana.post("/device", data={"code": code.lower().replace("-", " ")})).text
        for told in (code, "192.0.2.9", "SHA256:of-ana", "ana+eng-ws-1"):
            assert told in shown
        assert "somebody else is connecting in your name" not in shown
        done = await confirmed(ana, code, device)
        assert done.json() == {"next": "/device?done=confirmed"}
        assert "Your terminal goes on" in (await ana.get("/device?done=confirmed")).text
    assert await outcome is Outcome.CONFIRMED
    (leaf,) = house.events("BrowserSignInEnded")
    assert (leaf["outcome"], leaf["browser"], leaf["person"]) == ("confirmed", "192.0.2.9", "ana")


async def test_another_address_than_the_browser_s_is_said_loudly(gate: Gate) -> None:
    house, waits, _device = gate
    one = await waiting(waits, source="203.0.113.66")
    async with await house.sign_in("ana") as ana:
        shown = (await ana.post("/device", data={"code": one.statement.code})).text
    assert "the connection comes from 203.0.113.66" in shown
    assert "somebody else is connecting in your name" in shown


async def test_what_is_not_mine_is_turned_away(gate: Gate) -> None:
    house, waits, device = gate
    one = await waiting(waits)
    outcome = asyncio.create_task(waits.outcome(one))
    async with await house.sign_in("ana") as ana:
        done = await ana.post("/device/refuse", data={"code": one.statement.code})
        assert done.headers["location"] == "/device?done=refused"
        assert "somebody else has your SSH key" in (await ana.get("/device?done=refused")).text
        assert (await ana.post("/device/begin", json={"code": one.statement.code})).status_code == 409
    assert await outcome is Outcome.REFUSED
    assert device.credential_id


async def test_a_code_is_its_person_s_alone_and_no_link_carries_it(gate: Gate) -> None:
    house, waits, _device = gate
    one = await waiting(waits)
    house.enrol("petra")
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        assert (await petra.post("/device", data={"code": one.statement.code})).status_code == 404
        assert (await petra.post("/device/begin", json={"code": one.statement.code})).status_code == 409
        assert (await petra.post("/device/refuse", data={"code": one.statement.code})).status_code == 409
        linked = (await ana.get(f"/device?code={one.statement.code}")).text
        assert f"<code>{one.statement.code}" not in linked
        for nonsense in ("", "x", "BCDF-GHJA", "'; DROP TABLE", "\x00"):
            assert (await ana.post("/device", data={"code": nonsense})).status_code == 404
    assert not one.ended.done()


async def test_another_s_signature_confirms_nothing(gate: Gate) -> None:
    house, waits, _device = gate
    one = await waiting(waits)
    stranger = Authenticator(ORIGIN)
    async with await house.sign_in("ana") as ana:
        refused = await confirmed(ana, one.statement.code, stranger)
        assert (refused.status_code, refused.json()["code"]) == (409, "unknown_passkey")
    assert not one.ended.done()


async def test_at_a_console_without_a_gate_nothing_waits(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        assert (await ana.get("/device")).status_code == 200
        assert (await ana.post("/device", data={"code": "BCDF-GHJK"})).status_code == 404
        assert (await ana.post("/device/refuse", data={"code": "BCDF-GHJK"})).status_code == 409

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.certificate_statement import CertificateStatement
from broker.console.browsing.once import Bound
from broker.doorway import Doorway
from domain.access import ConnectionMethod
from domain.errors import DecisionError
from domain.ids import PermitId, PersonId, ToolId
from domain.permit import Permit
from domain.proof import PasskeyProof
from tests.broker.console.house import House

CERTIFICATE = "ssh-ed25519-cert-v01@openssh.com AAAA"


class Gate:
    """Draws as the gate does, and certifies whatever was drawn: what it refuses by, is its own tests' business."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.drawn: dict[str, CertificateStatement] = {}
        self.proofs: list[PasskeyProof | str] = []

    async def doorway(self) -> Doorway:
        raise AssertionError

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        now = self._house.clock.now()
        name = f"{len(self.drawn):064x}"
        made = CertificateStatement(
            name, person, permit, public_key[-20:], browser, now, now + timedelta(minutes=5)
        )
        self.drawn[name] = made
        return made

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        if proof == "000000":
            raise DecisionError("This one-time code is not right.", code="wrong_code")
        assert self.drawn.pop(drawn).person == person
        self.proofs.append(proof)
        return CERTIFICATE


@pytest.fixture
def gate(house: House) -> Gate:
    gate = Gate(house)
    house.desk.parts = replace(house.desk.parts, gate=gate)
    return gate


async def for_browser(house: House) -> Permit:
    return await house.ask(method=ConnectionMethod.BROWSER, tools=frozenset({ToolId("browser")}))


async def test_a_passkey_s_signature_over_what_the_gate_drew_lets_one_tab_in(
    house: House, gate: Gate
) -> None:
    device = house.enrol("ana")
    permit = await for_browser(house)
    async with await house.sign_in("ana") as ana:
        begun = (await ana.post(f"/permits/{permit.id}/browse/begin", json={"purpose": "terminal"})).json()
        (drawn,) = gate.drawn.values()
        assert (drawn.person, drawn.permit, drawn.browser) == ("ana", permit.id, "192.0.2.9")
        signed = {
            "purpose": "terminal",
            "ceremony": begun["ceremony"],
            "opening": begun["opening"],
            "credential": json.loads(device.get(json.dumps(begun["options"]))),
        }
        done = await ana.post(f"/permits/{permit.id}/browse/passkey", json=signed)
        again = await ana.post(f"/permits/{permit.id}/browse/passkey", json=signed)
    assert done.status_code == 200, done.text
    assert (again.status_code, again.json()["code"]) == (409, "stale_challenge")
    first, tally = done.json()["protocols"]
    assert first == "penstock"
    assert isinstance(gate.proofs[0], PasskeyProof)
    key = (await house.desk.browsers.of(PersonId("ana")))[0].key
    bound = Bound(key, PersonId("ana"), "192.0.2.9", permit.id, "terminal")
    kept = house.desk.tallies.take(tally.removeprefix("tally."), bound, house.clock.now())
    assert kept is not None
    assert kept.certificate == CERTIFICATE


async def test_a_one_time_code_goes_to_the_gate_as_it_was_typed(house: House, gate: Gate) -> None:
    permit = await for_browser(house)
    async with await house.sign_in("ana") as ana:
        path = f"/permits/{permit.id}/browse/code"
        done = await ana.post(path, json={"purpose": "terminal", "code": " 123456 "})
        wrong = await ana.post(path, json={"purpose": "terminal", "code": "000000"})
    assert done.status_code == 200, done.text
    assert gate.proofs == ["123456"]
    assert wrong.json()["code"] == "wrong_code"
    assert len(house.desk.tallies) == 1


async def test_nothing_is_begun_for_what_nobody_can_open(house: House, gate: Gate) -> None:
    house.enrol("ana")
    permit = await for_browser(house)
    async with await house.sign_in("ana") as ana, await house.sign_in("ben") as ben:
        for way in ("begin", "passkey", "code"):
            path = f"/permits/{permit.id}/browse/{way}"
            fields = {"purpose": "everything", "code": "1", "opening": "x", "ceremony": "x"}
            assert (await ana.post(path, json=fields)).json()["code"] == "field_wrong"
            assert (await ben.post(path, json=fields)).status_code == 404
    assert gate.drawn == {}


async def test_the_page_says_what_a_permit_is_for_and_alone_may_hold_inline_styles(
    house: House, gate: Gate
) -> None:
    house.enrol("ana")
    mine, ssh = await for_browser(house), await house.ask()
    async with await house.sign_in("ana") as ana, await house.sign_in("petra") as petra:
        page = await ana.get(f"/permits/{mine.id}/terminal")
        assert "data-terminal" in page.text
        policy = page.headers["content-security-policy"]
        assert "style-src 'self' 'unsafe-inline'" in policy
        assert "script-src 'self';" in policy
        other = await ana.get(f"/permits/{ssh.id}/terminal")
        assert "for SSH clients of your own" in other.text
        assert "data-terminal" not in other.text
        assert (await petra.get(f"/permits/{mine.id}/terminal")).status_code == 403
        assert "nothing opens before it is approved" in page.text
        await house.approvals.withdraw(mine.id, mine.person)
        over = await ana.get(f"/permits/{mine.id}/terminal")
        assert "opens nothing any more" in over.text
        assert "data-terminal" not in over.text


async def test_without_a_gate_nothing_is_opened_and_the_page_says_so(house: House) -> None:
    permit = await for_browser(house)
    async with await house.sign_in("ana") as ana:
        assert "no gate beside it" in (await ana.get(f"/permits/{permit.id}/terminal")).text
        answer = await ana.post(
            f"/permits/{permit.id}/browse/code", json={"purpose": "terminal", "code": "1"}
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "no_gate")

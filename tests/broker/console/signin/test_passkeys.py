import json

import httpx2
import pytest

from domain.ids import PersonId
from tests.approvals.authenticator import Authenticator
from tests.broker.console.house import ORIGIN, House

PETRA = PersonId("petra")


async def register(client: httpx2.AsyncClient, device: Authenticator, **changed: object) -> httpx2.Response:
    begun = (await client.post("/passkeys/begin", json={})).json()
    credential = json.loads(device.create(json.dumps(begun["options"])))
    fields = {"ceremony": begun["ceremony"], "credential": credential, "label": "My telephone"}
    return await client.post("/passkeys/finish", json=fields | changed)


async def test_a_registered_passkey_waits_and_counts_for_nothing(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await register(petra, Authenticator(ORIGIN))).json() == {"next": "/passkeys"}
        (pending,) = await house.desk.pending.of(PETRA)
        page = (await petra.get("/passkeys")).text
        assert f"penstock people enrol petra {pending.fingerprint}" in page
    assert house.trust.passkeys == {}


async def test_a_key_that_did_not_check_its_owner_is_not_kept(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await register(petra, Authenticator(ORIGIN, verified=False))
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
    assert await house.desk.pending.of(PETRA) == ()


async def test_abuse_7_a_registration_is_taken_once_and_in_its_own_session(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        begun = (await petra.post("/passkeys/begin", json={})).json()
        credential = json.loads(Authenticator(ORIGIN).create(json.dumps(begun["options"])))
        fields = {"ceremony": begun["ceremony"], "credential": credential, "label": "x"}
        assert (await milo.post("/passkeys/finish", json=fields)).status_code == 409
        assert (await petra.post("/passkeys/finish", json=fields)).status_code == 200
        assert (await petra.post("/passkeys/finish", json=fields)).status_code == 409


@pytest.mark.parametrize("label", ["x" * 41, "two\nlines", "\x1b[2J"], ids=ascii)
async def test_a_passkey_s_name_is_one_short_line(house: House, label: str) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await register(petra, Authenticator(ORIGIN), label=label)).status_code == 422


async def test_an_enrolled_key_is_shown_as_such_and_no_longer_as_waiting(house: House) -> None:
    device = Authenticator(ORIGIN)
    async with await house.sign_in("petra") as petra:
        await register(petra, device)
        house.enrol("petra", device)
        page = (await petra.get("/passkeys")).text
        assert "Enrolled" in page
        assert "Waits for enrolment" not in page


async def test_abuse_38_only_its_owner_discards_a_waiting_key(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        await register(petra, Authenticator(ORIGIN))
        (pending,) = await house.desk.pending.of(PETRA)
        assert (await milo.post(f"/passkeys/{pending.id}/discard", data={})).status_code == 404
        assert (await petra.post(f"/passkeys/{pending.id}/discard", data={})).status_code == 303
    assert await house.desk.pending.of(PETRA) == ()

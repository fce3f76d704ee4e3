"""A vendor's stock client waits, and goes on once its person confirmed it by passkey in the console: on a whole node."""

import json
import re
from dataclasses import replace

import pytest

from approvals.trust import Passkey
from broker.charter.trust_files import enrol_passkey
from broker.cli.enrolling import enrolled
from broker.clock import SystemClock
from broker.ledger import append_now
from domain.ids import PersonId
from tests.approvals.authenticator import Authenticator
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_terminal_goes_on_once_the_browser_has_confirmed_this_very_connection(plant: Node) -> None:
    person = plant.fresh()
    device = Authenticator(plant.url)
    at = SystemClock().now().replace(microsecond=0)
    key = Passkey(device.credential_id, device.public_key(), "key", at, "olga", backup_eligible=False)
    trust = enrol_passkey(plant.layout, PersonId(person), key)
    # As the command does: case files of this node name the trust file of now by this leaf.
    append_now(plant.layout.signer_socket, enrolled(PersonId(person), key.fingerprint(), trust, at, None))
    await plant.permitted(person)
    client = replace(plant.client(person), code=lambda: "")
    async with (
        plant._browser({"origin": plant.url}) as page,
        plant.started(client, f"{person}+eng-ws-1", "echo through") as running,
    ):
        told = await running.complains(b"and type the code ")
        code = told.decode().partition("type the code ")[2].strip()[:9]
        await page.get("/sign-in")
        begun = (await page.post("/sign-in/passkey/begin", json={})).json()
        credential = json.loads(device.get(json.dumps(begun["options"])))
        body = {"ceremony": begun["ceremony"], "credential": credential, "next": "/device"}
        assert (await page.post("/sign-in/passkey/finish", json=body)).json()["next"] == "/device"
        csrf = re.search(r'name="csrf" content="([^"]+)"', (await page.get("/device")).text)
        assert csrf is not None
        page.headers["x-penstock-csrf"] = csrf[1]
        shown = (await page.post("/device", data={"code": code, "csrf": csrf[1]})).text
        assert code in shown, shown
        assert f"{person}+eng-ws-1" in shown
        begun = (await page.post("/device/begin", json={"code": code})).json()
        credential = json.loads(device.get(json.dumps(begun["options"])))
        body = {"ceremony": begun["ceremony"], "code": code, "credential": credential}
        done = await page.post("/device/confirm", json=body)
        assert done.is_success, done.text
        status, out, err = await running.ends()
    assert (status, out) == (0, b"through\n"), err
    assert (await plant.event("BrowserSignInShown", person=person))["asked"] == f"{person}+eng-ws-1"
    assert (await plant.event("BrowserSignInEnded", person=person))["outcome"] == "confirmed"
    entered = await plant.event("SignedIn", person=person, door="ssh")
    assert entered["factors"] == ["publickey", "passkey"]

"""Vendors' files by script: listed, released by SSH key, refused."""

import base64
from pathlib import Path

from approvals.armour import BEGIN, END
from domain.file_release import NAMESPACE
from domain.ids import PersonId
from tests.approvals.ssh import stock_key
from tests.broker.console.files.bringing import FILE, OTHER, bring
from tests.broker.console.house import House

API = "/api/v1/files"


async def test_an_ssh_key_releases_a_file_and_a_signature_counts_once(house: House, tmp_path: Path) -> None:
    """D15: a release by a plant right, in a terminal."""
    await bring(house)
    await bring(house, OTHER, name="other.zip")
    key = stock_key(tmp_path)
    house.trust = house.trust.with_signing_key(PersonId("petra"), key.enrolled())
    async with house.client() as script:
        mine = await house.bearer("petra")
        listed = (await script.get(API, headers=mine)).json()["files"]
        assert [(one["id"], one["state"], one["yours"]) for one in listed] == [
            (FILE, "held", ["connect"]), (OTHER, "held", ["connect"])
        ]  # fmt: skip
        drawn = (await script.post(f"{API}/{FILE}/statement", json={"reason": "Known."}, headers=mine)).json()
        assert drawn["namespace"] == NAMESPACE
        signature = base64.b64encode(key.sign(drawn["statement"].encode(), NAMESPACE)).decode()
        body = {"ceremony": drawn["ceremony"], "statement": drawn["statement"]}
        body["signature"] = f"{BEGIN}\n{signature}\n{END}\n"
        done = (await script.post(f"{API}/{FILE}/signed", json=body, headers=mine)).json()
        assert (done["state"], done["missing"], done["releases"][0]["by"]) == ("released", [], "petra")
        assert (await script.post(f"{API}/{FILE}/signed", json=body, headers=mine)).status_code == 409
        refused = await script.post(f"{API}/{OTHER}/refuse", json={"reason": "Not agreed."}, headers=mine)
        assert (refused.json()["state"], refused.json()["refusal"]) == ("refused", "Not agreed.")
        vendor = (await script.get(f"{API}/{FILE}", headers=await house.bearer("ana"))).json()
        assert (vendor["state"], vendor["yours"], vendor["names"]) == ("released", [], [])
    assert len(house.events("FileReleased")) == len(house.events("FileRefused")) == 1

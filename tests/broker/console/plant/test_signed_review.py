"""H13: the review of break-glass by passkey and by SSH key, filed once, and believed for its proof."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from approvals.armour import BEGIN, END
from approvals.trust import Trust
from domain.break_glass import Review
from domain.glass_review import NAMESPACE, ReviewStatement
from domain.ids import PersonId
from tests.approvals.ssh import StockKey, stock_key
from tests.broker.console.house import House
from tests.broker.console.permits.test_break_glass import broken, tries

FOUND = "It was needed; both holders were in the air"
API = "/api/v1"


async def _begun(browser: httpx2.AsyncClient, permit: str, finding: str = FOUND) -> dict[str, Any]:
    answer = await browser.post(f"/plant/break-glass/{permit}/review/begin", json={"finding": finding})
    assert answer.is_success, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


async def _finished(
    browser: httpx2.AsyncClient, permit: str, begun: Mapping[str, Any], credential: str, **changed: Any
) -> httpx2.Response:
    body = {
        "ceremony": begun["ceremony"],
        "statement": begun["statement"],
        "credential": json.loads(credential),
    }
    return await browser.post(f"/plant/break-glass/{permit}/review/passkey", json=body | changed)


@pytest.mark.parametrize("person", ["petra", "iris"])
async def test_a_passkey_reviews_a_use_and_the_next_one_is_free_h13(house: House, person: str) -> None:
    """H13: the reviewer's key signs the very statement; its proof is kept where the use is."""
    permit = await broken(house)
    device = house.enrol(person)
    async with await house.sign_in(person) as browser:
        assert "Sign the review with my passkey" in (await browser.get("/plant")).text
        begun = await _begun(browser, permit.id)
        credential = device.get(json.dumps(begun["options"]))
        assert (await _finished(browser, permit.id, begun, credential)).status_code == 200
        again = await _finished(browser, permit.id, begun, credential)
        assert again.status_code in {404, 409}
    (leaf,) = house.events("GlassReviewed")
    assert (leaf["by"], leaf["finding"], leaf["kind"], leaf["step"]) == (person, FOUND, "passkey", 0)
    (glass,) = house.watch.interlocks.glasses
    assert glass.review is not None
    assert glass.review.signed is not None
    assert leaf["statement"] == glass.review.signed.statement.digest().hex()
    assert leaf["proof"] == glass.review.signed.digest().hex()
    facts = await house.desk.parts.admission.facts_now()
    assert facts.glasses[0].review == glass.review
    second = await house.ask()
    assert (await tries(house, second, "sven")).status_code == 303


async def test_a_review_that_no_key_signed_is_believed_by_no_door_h13(house: House) -> None:
    """H13: an edited record, or another key's signature, frees nothing."""
    permit = await broken(house)
    device = house.enrol("petra")
    async with await house.sign_in("petra") as browser:
        begun = await _begun(browser, permit.id)
        assert (
            await _finished(browser, permit.id, begun, device.get(json.dumps(begun["options"])))
        ).status_code == 200
    (glass,) = house.watch.interlocks.glasses
    assert glass.review is not None
    assert glass.review.signed is not None
    said = replace(glass.review.signed.statement, finding="Something else")
    forged = Review(said.by, said.at, signed=replace(glass.review.signed, statement=said))
    house.watch.interlocks = replace(house.watch.interlocks, glasses=(replace(glass, review=forged),))
    assert (await house.desk.parts.admission.facts_now()).glasses[0].review is None


async def test_a_key_that_was_taken_out_later_unmakes_no_review_h13(house: House) -> None:
    """H13: what verified under the trust of its time does so for good."""
    permit = await broken(house)
    device = house.enrol("petra")
    trust = house.trust
    async with await house.sign_in("petra") as browser:
        begun = await _begun(browser, permit.id)
        await _finished(browser, permit.id, begun, device.get(json.dumps(begun["options"])))
    house.trust = Trust(trust.rp_id, trust.origins, codes=trust.codes)
    facts = await house.desk.parts.admission.facts_now()
    assert facts.glasses[0].review is None, "this house keeps no past versions"
    house.trust = trust
    assert (await house.desk.parts.admission.facts_now()).glasses[0].review is not None
    house.trust = Trust(trust.rp_id, trust.origins, codes=trust.codes)
    assert (await house.desk.parts.admission.facts_now()).glasses[0].review is not None


@pytest.mark.parametrize(
    ("person", "status"),
    [
        pytest.param("sven", 404, id="who used it"),
        pytest.param("olga", 404, id="who was not skipped"),
        pytest.param("ana", 403, id="the vendor"),
    ],
)
async def test_who_may_not_review_is_given_nothing_to_sign_h13(
    house: House, person: str, status: int
) -> None:
    """H13: by somebody who had no part in it."""
    permit = await broken(house)
    house.enrol(person)
    async with await house.sign_in(person) as browser:
        answer = await browser.post(f"/plant/break-glass/{permit.id}/review/begin", json={"finding": FOUND})
    assert answer.status_code == status


async def test_another_statement_than_the_one_drawn_up_is_not_filed(house: House) -> None:
    permit = await broken(house)
    device = house.enrol("petra")
    async with await house.sign_in("petra") as browser:
        begun = await _begun(browser, permit.id)
        credential = device.get(json.dumps(begun["options"]))
        other = begun["statement"] | {"finding": "Nothing was wrong"}
        assert (await _finished(browser, permit.id, begun, credential, statement=other)).status_code == 409
        assert (await _finished(browser, permit.id, begun, credential, statement={"x": 1})).status_code == 422
        no_finding = await browser.post(f"/plant/break-glass/{permit.id}/review/begin", json={"finding": " "})
        assert no_finding.status_code == 422
    assert house.events("GlassReviewed") == []


def _armoured(key: StockKey, message: bytes, namespace: str = NAMESPACE) -> str:
    import base64  # noqa: PLC0415 - for the armour only

    return f"{BEGIN}\n{base64.b64encode(key.sign(message, namespace)).decode()}\n{END}\n"


async def test_an_ssh_key_reviews_a_use_over_the_api_once_h13(house: House, tmp_path: Path) -> None:
    """H13: for who lives in a terminal, with the same weight as a passkey's."""
    permit = await broken(house)
    key = stock_key(tmp_path)
    house.trust = house.trust.with_signing_key(PersonId("petra"), key.enrolled())
    async with house.client() as client:
        mine = await house.bearer("petra")
        path = f"{API}/break-glass/{permit.id}"
        drawn = (await client.post(f"{path}/statement", json={"finding": FOUND}, headers=mine)).json()
        assert drawn["namespace"] == NAMESPACE
        message = drawn["statement"].encode()
        assert ReviewStatement.of_message(message).finding == FOUND
        given = {"ceremony": drawn["ceremony"], "statement": drawn["statement"]}
        wrong = given | {"signature": _armoured(key, message, "permit@penstock")}
        refused = await client.post(f"{path}/signed", json=wrong, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong_namespace")
        # That answer used the challenge up: sign what is drawn up anew.
        drawn = (await client.post(f"{path}/statement", json={"finding": FOUND}, headers=mine)).json()
        given = {"ceremony": drawn["ceremony"], "statement": drawn["statement"]}
        right = given | {"signature": _armoured(key, drawn["statement"].encode())}
        theirs = await house.bearer("deniz")
        assert (await client.post(f"{path}/signed", json=right, headers=theirs)).status_code == 409
        done = await client.post(f"{path}/signed", json=right, headers=mine)
        assert done.status_code == 200, done.text
        assert done.json()["use"]["review"]["by"] == "petra"
        assert (await client.post(f"{path}/signed", json=right, headers=mine)).status_code in {404, 409}
    (leaf,) = house.events("GlassReviewed")
    assert leaf["kind"] == "sshsig"
    assert (await house.desk.parts.admission.facts_now()).glasses[0].review is not None

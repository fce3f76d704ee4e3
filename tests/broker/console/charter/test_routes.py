"""The page on which a proposed charter is read and signed: shown in words, signed by passkey, believed by the gate."""

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from broker.charter_desk import CharterDesk
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.house import House


@pytest.fixture
def plant(tmp_path: Path, house: House) -> Chartered:
    plant = Chartered(tmp_path / "chartered", house.clock.now())
    plant.begin()
    plant.trust = lambda: house.trust  # one trust file for the console and for the node
    drafts = CharterDesk(plant.layout, NODE, plant.trust)
    object.__setattr__(house.desk.parts, "drafts", drafts)
    house.desk.parts.ledger.append = told(plant)  # the node's own ledger
    return plant


def told(plant: Chartered) -> object:
    async def append(event: object) -> int:
        return plant.append(event)

    return append


def proposed(plant: Chartered) -> str:
    plant.edit(*LONGER)
    proposal = CharterDesk(plant.layout, NODE, plant.trust).propose(
        plant.layout.charter_files(), "The drives need longer", plant.now
    )
    return proposal.proposal.digest().hex()


async def signed(client: httpx2.AsyncClient, house: House, person: str, digest: str) -> httpx2.Response:
    begun = await client.post("/charter/sign/begin", json={"digest": digest})
    assert begun.status_code == 200, begun.text
    answer = json.loads(house.devices[person].get(json.dumps(begun.json()["options"])))
    body = {"digest": digest, "ceremony": begun.json()["ceremony"], "credential": answer}
    return await client.post("/charter/sign/passkey", json=body)


async def test_with_nothing_proposed_the_page_says_so(house: House, plant: Chartered) -> None:
    async with await house.sign_in("petra") as petra:
        page = await petra.get("/charter")
        assert (page.status_code, "Nothing waits for a signature" in page.text) == (200, True)
        assert 'href="/charter"' in page.text


async def test_a_proposal_is_shown_in_words_with_whose_signature_is_missing(
    house: House, plant: Chartered
) -> None:
    """S-45: what relaxes, over which boundary, and on whose word it would be."""
    proposed(plant)
    async with await house.sign_in("petra") as petra, await house.sign_in("iris") as iris:
        for client in (petra, iris):
            text = (await client.get("/charter")).text
            assert "the longest window from 4 h to 5 h" in text
            assert "1 relaxes a boundary" in text
            assert "Missing: Petra Vos or Deniz Aydin" in text
        assert "Register a passkey to sign" in (await petra.get("/charter")).text
        assert "passkey to sign" not in (await iris.get("/charter")).text


async def test_the_holder_signs_by_passkey_and_the_version_is_in_force(
    house: House, plant: Chartered
) -> None:
    """S-05, C02: signed in the console, verified again by a process that reads only disk and ledger."""
    in_force = plant.begin()
    digest = proposed(plant)
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        done = await signed(petra, house, "petra", digest)
        assert (done.status_code, done.json()) == (200, {"next": "/charter"}), done.text
    version = in_force.look()
    assert version is not None
    assert [one.kind for one in version.application.signatures] == ["passkey"]
    assert version.application.by == "petra"


async def test_a_signature_of_somebody_who_may_not_relax_it_puts_nothing_in_force(
    house: House, plant: Chartered
) -> None:
    in_force = plant.begin()
    digest = proposed(plant)
    house.enrol("olga")
    async with await house.sign_in("olga") as olga:
        assert (await signed(olga, house, "olga", digest)).status_code == 200
    assert in_force.look() is None


async def test_a_signature_for_what_is_not_proposed_any_more_is_refused(
    house: House, plant: Chartered
) -> None:
    digest = proposed(plant)
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        begun = await petra.post("/charter/sign/begin", json={"digest": digest})
        plant.edit("conduits.toml", 'longest_window = "5h"', 'longest_window = "6h"')
        CharterDesk(plant.layout, NODE, plant.trust).propose(
            plant.layout.charter_files(), "Another", plant.now
        )
        answer = json.loads(house.devices["petra"].get(json.dumps(begun.json()["options"])))
        body = {"digest": digest, "ceremony": begun.json()["ceremony"], "credential": answer}
        assert (await petra.post("/charter/sign/passkey", json=body)).status_code == 409
        again = await petra.post("/charter/sign/begin", json={"digest": digest})
        assert again.status_code == 409


async def test_a_signature_counts_once_and_only_over_what_was_shown(house: House, plant: Chartered) -> None:
    digest = proposed(plant)
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        body = {"digest": digest, "ceremony": "nothing", "credential": {}}
        refused = await petra.post("/charter/sign/passkey", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "stale_challenge")


async def test_who_has_no_passkey_is_told_so(house: House, plant: Chartered) -> None:
    digest = proposed(plant)
    async with await house.sign_in("petra") as petra:
        refused = await petra.post("/charter/sign/begin", json={"digest": digest})
        assert (refused.status_code, refused.json()["code"]) == (403, "no_passkey")


async def test_a_console_without_a_node_has_nothing_to_show(house: House) -> None:
    assert house.desk.parts.drafts is None
    assert replace(house.desk.parts).drafts is None
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/charter")).status_code == 200

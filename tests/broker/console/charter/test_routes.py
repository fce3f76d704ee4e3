"""The page on which a proposed charter is read and signed: shown in words, signed by passkey, believed by the gate."""

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from broker.charter.desk import CharterDesk
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.house import House
from tests.broker.console.permits.test_approve import answered


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
        plant.layout.charter_files(), "The drives need longer", plant.now, plant.weigh
    )
    return proposal.proposal.digest().hex()


def weighed(house: House) -> str:
    """What the page puts beside the button: the digest of what it shows."""
    drafts = house.desk.parts.drafts
    waiting = drafts.waiting() if drafts is not None else None
    return waiting.proposal.impact.hex() if waiting is not None else ""


async def signed(client: httpx2.AsyncClient, house: House, person: str, digest: str) -> httpx2.Response:
    begun = await client.post("/charter/sign/begin", json={"digest": digest, "impact": weighed(house)})
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
        begun = await petra.post("/charter/sign/begin", json={"digest": digest, "impact": weighed(house)})
        plant.edit("conduits.toml", 'longest_window = "5h"', 'longest_window = "6h"')
        CharterDesk(plant.layout, NODE, plant.trust).propose(
            plant.layout.charter_files(), "Another", plant.now, plant.weigh
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
        seen = {"digest": digest, "impact": weighed(house)}
        refused = await petra.post("/charter/sign/begin", json=seen)
        assert (refused.status_code, refused.json()["code"]) == (403, "no_passkey")


async def test_a_console_without_a_node_has_nothing_to_show(house: House) -> None:
    assert house.desk.parts.drafts is None
    assert replace(house.desk.parts).drafts is None
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/charter")).status_code == 200


async def test_nobody_signs_what_it_would_change_without_having_had_it_before_them(
    house: House, plant: Chartered
) -> None:
    """S-46, J14: the page names what it shows, and a signature begun without it is none."""
    digest = proposed(plant)
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        for seen in ({}, {"impact": ""}, {"impact": "00" * 32}):
            refused = await petra.post("/charter/sign/begin", json={"digest": digest, **seen})
            assert (refused.status_code, refused.json()["code"]) == (409, "impact_not_seen")
        assert f'data-impact="{weighed(house)}"' in (await petra.get("/charter")).text


def elsewhere(plant: Chartered) -> str:
    """A version in which the vendor may come from where our tests' wishes came."""
    plant.edit("vendors.toml", '"2001:db8:17::/48"', '"192.0.2.0/24"')
    drafts = CharterDesk(plant.layout, NODE, plant.trust)
    return (
        drafts.propose(plant.layout.charter_files(), "They moved", plant.now, plant.weigh)
        .proposal.digest()
        .hex()
    )


async def test_the_page_tries_it_on_what_was_asked_and_what_is_live(house: House, plant: Chartered) -> None:
    """J14: each decision that would be another, as of now: past wishes and today's permits."""
    object.__setattr__(house.desk.parts, "log", plant.log_reader())  # to which all of this is told
    asked = await house.ask()
    live = await house.ask()
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        begun = await petra.post(f"/permits/{live.id}/approve/begin", json={"right": "connect"})
        done = await petra.post(
            f"/permits/{live.id}/approve/passkey", json=answered(begun.json(), house.devices["petra"], live)
        )
        assert done.status_code == 200, done.text
        digest = elsewhere(plant)
        text = (await petra.get(f"/charter/impact?digest={digest}")).text
        assert "2 requests of 90 days and 1 live permits: 3 decisions would change." in text
        assert f'/permits/{live.id}"' in text
        assert "refused [source_not_listed], and then refused [state_unknown]" in text
        assert "<progress" not in text
        assert (await petra.get("/charter/impact?digest=" + "00" * 32)).status_code == 409
    assert asked.id != live.id


async def test_the_charter_in_force_can_be_read_without_a_file_or_a_command(house: House) -> None:
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/charter")).text
    assert "What the charter in force says" in text
    for said in (
        "Vendor support for operations",
        "Plant DMZ → Operations",
        "A wrong download from here stops the",
        "Brightwater Drives",
        "Ana Ferreira",
    ):
        assert said in text

"""D15: what persons release passes, by what they signed, and by nothing that only says so."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.quarantine.judging import Scan, ScanResult
from broker.quarantine.lookers import Report
from broker.quarantine.node import NodeQuarantine
from broker.quarantine.seams import Came
from domain.file_release import SignedRelease
from domain.proof import SshProof
from domain.rights import DecisionRight
from tests.broker.quarantine.releasing import Persons
from tests.broker.quarantine.store import CAME, CLEAN, Place
from tests.policies.plant import charter

FIRMWARE = b"clean firmware"
DAY = timedelta(days=1)
DIGEST = hashlib.sha256(FIRMWARE).hexdigest()


@pytest.fixture
def persons(place: Place) -> Persons:
    return Persons(place, charter())


async def brought(node: NodeQuarantine, came: Came = CAME) -> str:
    intake = node.begin(came)
    intake.write(0, FIRMWARE)
    return (await intake.finish()).id


async def test_a_clean_file_that_a_holder_released_passes_until_then_and_no_longer(
    place: Place, persons: Persons
) -> None:
    """D15: clean firmware passes after release by a plant right."""
    async with place.node() as node:
        file = await brought(node)
        assert await node.released(CAME, DIGEST) == []
        await persons.signs("petra", file)
        assert [one.id for one in await node.released(CAME, DIGEST)] == [file]
        other = replace(CAME, permit="q" * 26)  # type: ignore[arg-type] # an id
        assert await node.released(other, DIGEST) == []
        assert await node.released(replace(CAME, asset="hmi-1"), DIGEST) == []  # type: ignore[arg-type] # an id
        place.clock.advance(DAY - timedelta(seconds=1))
        assert len(await node.released(CAME, DIGEST)) == 1
        place.clock.advance(timedelta(seconds=1))
        assert await node.released(CAME, DIGEST) == []
        await persons.signs("petra", file, any_permit=True)
        assert [one.id for one in await node.released(other, DIGEST)] == [file]
    async with place.node() as node:
        assert len(await node.released(CAME, DIGEST)) == 1


async def test_a_leaf_that_nobody_signed_releases_nothing(place: Place, persons: Persons) -> None:
    """D15: forged rows and leaves let nothing pass: the gate goes by signatures and by its own card."""
    async with place.node() as node:
        file = await brought(node)
        until = place.clock.now() + DAY
        said = await persons.desk.draw_up("petra", file, "Mine.", until)  # type: ignore[arg-type] # an id
        another = replace(said, sha256="00" * 32)
        for forged in (
            persons.signed(said, by="sven"),
            SignedRelease(said, SshProof(said.message(), b"nothing")),
            persons.signed(replace(said, by="sven"), by="sven"),  # type: ignore[arg-type] # who holds no right there
            persons.signed(replace(said, by="ana"), by="ana"),  # type: ignore[arg-type] # who brought it
            persons.signed(another),
            SignedRelease(said, persons.signed(another).proof),
            persons.signed(replace(said, asset="hmi-1")),
            persons.signed(replace(said, file="g" * 26)),
            persons.signed(replace(said, seen="00" * 32)),
        ):
            await persons.file(forged)
            assert await node.released(CAME, DIGEST) == []
        place.told.events.append(replace(place.told.events[1], state="released", code="file_clean"))
        assert await node.released(CAME, DIGEST) == []
        await persons.file(persons.signed(said))
        assert len(await node.released(CAME, DIGEST)) == 1


async def test_a_yes_ends_with_its_person_s_key_their_right_a_refusal_or_a_look_that_finds_more(
    place: Place, persons: Persons
) -> None:
    async with place.node() as node:
        file = await brought(node)
        await persons.signs("petra", file)
        assert len(await node.released(CAME, DIGEST)) == 1
        persons.lost.add("petra")
        assert await node.released(CAME, DIGEST) == []
        persons.lost.clear()
        held, persons.charter = persons.charter, replace(persons.charter, conduits={})
        assert await node.released(CAME, DIGEST) == []
        persons.charter = held
        assert len(await node.released(CAME, DIGEST)) == 1
        place.report = lambda card: Report(
            card.sha256, scans=(Scan("clamav", "1.4", ScanResult.FOUND, ("Bad",)),)
        )
        await node.screen(file)
        assert await node.released(CAME, DIGEST) == []
        place.report = lambda card: Report(card.sha256, scans=CLEAN)
        await node.screen(file)
        assert len(await node.released(CAME, DIGEST)) == 1
        await persons.refuses("petra", file)
        assert await node.released(CAME, DIGEST) == []


async def test_a_file_for_a_safety_zone_needs_the_second_key_too(place: Place, persons: Persons) -> None:
    zone = persons.charter.assets[CAME.asset].zone
    persons.charter = replace(
        persons.charter,
        zones={**persons.charter.zones, zone: replace(persons.charter.zones[zone], safety=True)},
        holdings=tuple(
            replace(one, boundary=str(zone)) if one.right is DecisionRight.SAFETY else one
            for one in persons.charter.holdings
        ),
    )
    async with place.node() as node:
        file = await brought(node)
        await persons.signs("petra", file)
        assert await node.released(CAME, DIGEST) == []
        await persons.signs("sven", file)
        assert [one.id for one in await node.released(CAME, DIGEST)] == [file]

"""Who may release or refuse, and what they are told when they may not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broker.quarantine.judging import Scan, ScanResult
from broker.quarantine.lookers import Report
from broker.quarantine.node import NodeQuarantine
from domain.errors import DecisionError, ProofError
from domain.ids import PersonId
from domain.rights import DecisionRight
from domain.screening import FileRules
from tests.broker.quarantine.releasing import Persons
from tests.broker.quarantine.store import CAME, Place
from tests.policies.plant import charter

PETRA, SVEN = PersonId("petra"), PersonId("sven")


@pytest.fixture
def persons(place: Place) -> Persons:
    return Persons(place, charter())


async def brought(node: NodeQuarantine, data: bytes = b"firmware") -> str:
    intake = node.begin(CAME)
    intake.write(0, data)
    return (await intake.finish()).id


async def told(persons: Persons, person: str, file: str, days: int = 1) -> str:
    with pytest.raises(DecisionError) as caught:
        await persons.signs(person, file, days=days)
    return caught.value.code


async def test_who_may_not_is_told_why(place: Place, persons: Persons) -> None:
    async with place.node() as node:
        file = await brought(node)
        assert await told(persons, "ana", file) == "own_file"
        assert await told(persons, "sven", file) == "not_holder"
        assert await told(persons, "petra", "g" * 26) == "no_such_file"
        assert await told(persons, "petra", file, days=0) == "bad_until"
        assert await told(persons, "petra", file, days=367) == "bad_until"
        await persons.signs("petra", file)
        assert await told(persons, "petra", file) == "already_released"
        with pytest.raises(DecisionError, match="not yours"):
            await persons.refuses("sven", file)
        await persons.refuses("petra", file)
        assert await told(persons, "petra", file) == "file_refused"
        with pytest.raises(DecisionError):
            await persons.refuses("petra", file)


async def test_what_nobody_looked_at_to_its_end_nobody_releases(place: Place, persons: Persons) -> None:
    """D15: an absent scanner holds a file, and no person's word stands in for it."""
    place.report = lambda card: Report(card.sha256, scans=(Scan("clamav", "", ScanResult.FAILED),))
    async with place.node() as node:
        file = await brought(node)
        assert await told(persons, "petra", file) == "file_not_scanned"
        place.rules = FileRules(endings=frozenset({".exe"}))
        await node.screen(file)
        assert await told(persons, "petra", file) == "file_refused"


async def test_what_was_signed_is_taken_only_as_it_was_drawn_up_and_while_it_is_true(
    place: Place, persons: Persons
) -> None:
    async with place.node() as node:
        file = await brought(node)
        said = await persons.desk.draw_up(PETRA, file, "Mine.", place.clock.now() + timedelta(days=1))
        assert (said.right, said.permit, said.seen != "") == (DecisionRight.CONNECT, CAME.permit, True)
        for other in (
            replace(said, right=DecisionRight.SAFETY),
            replace(said, node="elsewhere.example/1"),
            replace(said, by=SVEN),
            replace(said, seen="00" * 32),
        ):
            with pytest.raises(DecisionError):
                await persons.desk.take(persons.signed(other))
        with pytest.raises(ProofError):
            await persons.desk.take(persons.signed(said, by="iris"))
        place.clock.advance(timedelta(days=1))
        with pytest.raises(DecisionError) as caught:
            await persons.desk.take(persons.signed(said))
        assert caught.value.code == "file_changed"


async def test_how_a_file_stands_is_said_for_whoever_asks(place: Place, persons: Persons) -> None:
    async with place.node() as node:
        file = await brought(node)
        for person, mine in ((PETRA, (DecisionRight.CONNECT,)), (SVEN, ())):
            (stands,) = await persons.desk.every(person)
            assert (stands.state, stands.mine, stands.missing) == ("held", mine, (DecisionRight.CONNECT,))
        await persons.signs("petra", file)
        assert (await persons.desk.one(file, SVEN)).state == "released"
        await persons.refuses("petra", file)
        assert (await persons.desk.one(file, SVEN)).state == "refused"

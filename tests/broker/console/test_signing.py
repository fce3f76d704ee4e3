"""A challenge to sign something is one person's, for one thing, and used once."""

import json

import pytest

from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.refusals import RefusalError
from broker.console.signing import begin_signing, bound_to, signed_by
from domain.ids import PersonId
from tests.broker.console.house import House


def visitor(house: House, person: str) -> Visitor:
    found = house.desk.parts.charter().people[PersonId(person)]
    return Visitor(found, frozenset(), None)


async def begun(desk: Desk, who: Visitor) -> str:
    answer = await begin_signing(desk, who, "thing:1", bytes(32), statement="s")
    told = json.loads(bytes(answer.body))
    assert told["statement"] == "s"
    return str(told["ceremony"])


@pytest.mark.parametrize(
    ("person", "purpose"),
    [
        pytest.param("olga", "thing:1", id="another person"),
        pytest.param("petra", "thing:2", id="another thing"),
    ],
)
async def test_a_challenge_answers_nothing_else(house: House, person: str, purpose: str) -> None:
    house.enrol("petra")
    ceremony = await begun(house.desk, visitor(house, "petra"))
    with pytest.raises(RefusalError, match="too old"):
        await signed_by(house.desk, visitor(house, person), {"ceremony": ceremony}, purpose)
    assert bound_to(visitor(house, "petra")) != bound_to(visitor(house, "olga"))


async def test_nobody_signs_without_a_passkey_of_the_plant_s(house: House) -> None:
    with pytest.raises(RefusalError) as refused:
        await begin_signing(house.desk, visitor(house, "petra"), "thing:1", bytes(32))
    assert refused.value.code == "no_passkey"

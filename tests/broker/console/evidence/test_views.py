import pytest

from broker.console.evidence.views import viewed
from broker.console.guard import Visitor
from domain.errors import EvidenceError
from domain.ids import PersonId
from tests.broker.console.house import House


async def test_a_look_is_a_leaf_with_who_and_how_or_there_is_no_look(house: House) -> None:
    visitor = Visitor(house.desk.parts.charter().people[PersonId("iris")], frozenset(), None)
    await viewed(house.desk, visitor, "recordings", "search for 'x'")
    (leaf,) = house.events("EvidenceViewed")
    assert (leaf["subject"], leaf["by"], leaf["how"]) == ("recordings", "iris", "search for 'x'")
    house.ledger.failing = True
    with pytest.raises(EvidenceError):
        await viewed(house.desk, visitor, "recordings", "again")

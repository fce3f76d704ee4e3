import pytest

from broker.console.guard import Visitor
from broker.console.plant.switch import (
    agreements,
    cut_off,
    let_back,
    may_say,
    scope_for,
    scopes_for,
)
from broker.console.refusals import RefusalError
from broker.console.roles import roles_of
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from tests.broker.console.house import House
from tests.policies.plant import charter


def visitor(house: House, person: str) -> Visitor:
    who = charter().people[PersonId(person)]
    return Visitor(who, roles_of(charter(), who, house.clock.now()), None)


async def test_what_is_cut_off_comes_back_by_whoever_may(house: House) -> None:
    milo = visitor(house, "milo")
    assert "all" in {one.id for one in scopes_for(house.desk, milo)}
    scope = await scope_for(house.desk, milo, "all", await house.desk.interlocks())
    cut = await cut_off(house.desk, milo, scope, " ")
    assert (cut.acknowledged, cut.killed) == (True, 0)
    assert house.watch.heard[-1]["reason"] == "no reason was given at the switch"
    await let_back(house.desk, milo, "all", "Over")
    assert house.watch.interlocks.isolated == frozenset()


async def test_a_gate_that_did_not_obey_is_told(house: House) -> None:
    house.watch.obeys = False
    milo = visitor(house, "milo")
    scope = await scope_for(house.desk, milo, "all", await house.desk.interlocks())
    cut = await cut_off(house.desk, milo, scope, "Smoke")
    assert (cut.acknowledged, cut.killed) == (False, 1)


@pytest.mark.parametrize("scope", ["", "all ", "zone:nowhere", "session:x", "planet:earth"])
async def test_nothing_else_can_be_cut_off(house: House, scope: str) -> None:
    with pytest.raises(RefusalError) as refused:
        await scope_for(house.desk, visitor(house, "milo"), scope, await house.desk.interlocks())
    assert refused.value.status == 404


async def test_who_only_looks_may_cut_off_nothing(house: House) -> None:
    assert scopes_for(house.desk, visitor(house, "iris")) == ()
    assert await agreements(house.desk, visitor(house, "iris")) == ()
    with pytest.raises(RefusalError) as refused:
        await may_say(house.desk, visitor(house, "petra"), ZoneId("operations"), OperatingState.MAINTENANCE)
    assert refused.value.code == "shift_only"

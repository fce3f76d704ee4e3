from dataclasses import replace

import pytest

from broker.console.assurance.looking import OURS, SIDES, look
from broker.console.refusals import RefusalError
from tests.broker.console.house import House


async def test_a_look_is_at_the_organisations_own_zones_it_first(house: House) -> None:
    """J08: IT and OT in one scale."""
    found = await look(house.desk)
    kinds = [found.charter.zones[zone].kind for zone in found.zones()]  # type: ignore[index]
    assert kinds == sorted(kinds, key=OURS.index)
    assert set(kinds) <= set(SIDES)


async def test_a_console_without_a_ledger_says_so(house: House) -> None:
    object.__setattr__(house.desk, "parts", replace(house.desk.parts, assurance=None))
    with pytest.raises(RefusalError, match="reads no ledger"):
        await look(house.desk)

from broker.console.desk import NOTHING_KNOWN
from tests.broker.console.house import House


async def test_a_silent_watchdog_is_never_taken_for_calm(house: House) -> None:
    house.watch.gone = True
    assert await house.desk.interlocks() == NOTHING_KNOWN
    assert not NOTHING_KNOWN.sound


async def test_what_the_watchdog_says_is_read_whole(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    await house.watch({"do": "isolate", "scope": "zone:pumping", "by": "milo", "reason": "x"})
    await house.watch({"do": "revoke", "permit": permit.id, "by": "petra"})
    held = await house.desk.interlocks()
    assert held.sound
    assert held.isolated == ("zone:pumping",)
    assert held.revoked == {permit.id}
    assert held.states["operations"] == "running"
    assert [one["person"] for one in held.sessions] == ["ana"]

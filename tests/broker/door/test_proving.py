from broker.door.proving import by_code
from domain.ids import PersonId
from tests.peers.gate import PeerGate

ANA = PersonId("ana")


async def test_a_code_proves_once_and_wrong_ones_wait_as_at_the_door(gate: PeerGate) -> None:
    gate.person("ana")
    house, code = gate.door._house, gate.code("ana")
    assert await by_code(house, ANA, code, "unlock:s", "192.0.2.9") is None
    again = await by_code(house, ANA, code, "unlock:s", "192.0.2.9")
    assert again is not None
    assert (again.code, again.guessed) == ("used_code", False)
    told = [await by_code(house, ANA, "000000", "unlock:s", "192.0.2.9") for _ in range(4)]
    assert [one.code for one in told if one] == ["wrong_code"] * 3 + ["locked"]
    assert [one.subject for one in await gate.seen("SignInLocked")] == ["person:ana"]
    late = await by_code(house, ANA, gate.code("ana"), "unlock:s", "192.0.2.9")
    assert late is not None
    assert (late.code, "looked at in" in late.sentence) == ("locked", True)

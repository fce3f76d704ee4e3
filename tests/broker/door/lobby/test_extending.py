from broker.door.lobby.extending import no_extension
from tests.peers.gate import PeerGate


async def test_more_time_is_refused_with_a_leaf_and_the_way_to_ask_anew(gate: PeerGate) -> None:
    gate.person("ana")
    permit = gate.plant.filed[gate.permit("ana", "eng-ws-1")].permit
    told = await no_extension(gate.door._house.parts, permit, "192.0.2.9")
    assert (told.code, "ask eng-ws-1" in told.remedy) == ("no_extension", True)
    assert [one.code for one in await gate.seen("RequestRefused")] == ["no_extension"]

"""A corporate directory's word on a whole node: live sessions end, and what was theirs is void."""

import pytest

from broker.departures import departure
from domain.ids import PersonId
from domain.permit import PermitState
from recorder.ledger.reader import LogReader
from tests.node import Node
from tests.peers.node.test_endings import sealed

pytestmark = pytest.mark.asyncio(loop_scope="session")

GONE = {"Operations": [{"op": "replace", "path": "active", "value": False}]}


async def test_a_directory_s_word_ends_a_live_session_and_voids_what_was_theirs(plant: Node) -> None:
    """I01: at once, with a stock client at work; the report shows how long it took."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    own = await plant.token(person)
    async with plant.working(person) as client:
        bearer = {"authorization": f"Bearer {await plant.token('olga')}"}
        async with plant._browser(bearer) as directory:
            answer = await directory.patch(f"/scim/v2/Users/{person}", json=GONE)
            assert answer.status_code == 200, answer.text
            assert answer.json()["active"] is False
            again = await directory.get(f"/scim/v2/Users/{person}")
            assert again.json()["active"] is False
        status, _out, _err = await client.ends()
    assert status == 77
    await sealed(plant, person, "isolated")
    assert (await plant.filed(permit)).state is PermitState.REVOKED
    async with plant._browser({"authorization": f"Bearer {own}"}) as theirs:
        assert (await theirs.get("/api/v1/me")).status_code == 401
    barred = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert (barred.status, barred.out) == (77, b"")
    noticed = await plant.event("LeavingNoticed", person=person)
    told = departure(PersonId(person), (one.event for one in LogReader(plant.layout.ledger).events()))
    assert told.live == ()
    assert told.elapsed is not None
    assert noticed["by"].startswith("directory:")

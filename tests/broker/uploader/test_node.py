"""A whole node whose store goes away and comes back: what is recorded, refused, shown, copied and put back."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from broker.layout import Layout
from domain.ids import SessionId
from recorder.stores.receipts import Receipts
from tests.ceph import ACCESS, SECRET, Ceph
from tests.faulty import Fault, Faulty, before
from tests.node import Node, node, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORE = """
[store]
endpoint = "{endpoint}"
bucket = "{bucket}"
write_once_days = 1
part_mib = 5
refuse_mib = 1
timeout_s = 1
"""
LOUD = "head -c 1500000 /dev/urandom | base64; echo over"


@pytest.fixture(scope="module")
def way(ceph: Ceph) -> Iterator[Faulty]:
    with before(ceph.endpoint) as faulty:
        yield faulty


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant(ceph: Ceph, way: Faulty, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    def prepare(layout: Layout) -> None:
        layout.store_secret.write_text(f'access_key = "{ACCESS}"\nsecret_key = "{SECRET}"\n')
        layout.store_secret.chmod(0o600)
        config = layout.config.read_text("utf-8")
        layout.config.write_text(config + STORE.format(endpoint=way.endpoint, bucket=ceph.bucket()), "utf-8")

    async with node(tmp_path_factory.mktemp("stored"), prepare) as running:
        yield running


async def copies(plant: Node) -> tuple[str, str]:
    """The line of the one list, as an auditor's API has it: its state and sentence."""
    answer = await plant.api("petra", "GET", "/evidence/standing")
    assert answer.status_code == 200, answer.text
    line = next(one for one in answer.json()["standings"] if one["what"] == "copies")
    return str(line["state"]), str(line["sentence"])


async def once(plant: Node, state: str, words: str) -> None:
    """Return when the line says so."""
    async with asyncio.timeout(60):
        while True:
            seen = await copies(plant)
            if seen[0] == state and words in seen[1]:
                return
            await asyncio.sleep(0.1)


def room(plant: Node) -> Mapping[str, Any]:
    """What the gate told last. A disk that is nearly full for other reasons stays an alarm, and is none of this."""
    told = [
        one for one in plant.events() if one.get("event") in {"EvidenceRoomAlarmed", "EvidenceRoomRegained"}
    ]
    return {"refusal": "", **told[-1]}


def all_copied(plant: Node) -> bool:
    sealed = {SessionId(path.stem) for path in plant.layout.recordings.glob("*.pnr")}
    return sealed <= Receipts(plant.layout.stored).sessions()


async def test_e02_a_store_that_fails_loses_nothing_shows_refuses_what_is_new_and_lets_the_rest_go_on(
    plant: Node, way: Faulty
) -> None:
    """E02: recorded here meanwhile; the alarm, its code on the console; at the threshold exit 77; and back, all is copied."""
    await plant.event("StoreProven", held=True)
    way.always(Fault.FAILING)
    early, loud, late = plant.fresh(), plant.fresh(), plant.fresh()
    for person in (early, loud, late):
        await plant.permitted(person)
    async with plant.working(early) as running:
        client = plant.client(loud)
        done = await client.ssh(f"{loud}+eng-ws-1", LOUD)
        assert done.status == 0, done.err
        assert done.out.endswith(b"over\n")
        alarmed = await plant.event("EvidenceRoomAlarmed", refusal="backlog_full")
        assert alarmed["waiting"] >= 1
        await once(plant, "alarmed", "store_failing")
        refused = await plant.client(late).ssh(f"{late}+eng-ws-1", "true")
        assert refused.status == 77
        assert b"penstock: refused [backlog_full]" in refused.err
        await running.says(b"tick")
    way.well()
    await until(lambda: all_copied(plant), "a copy of every sealed recording")
    await until(lambda: room(plant)["refusal"] == "", "room for new sessions")
    let_in = await plant.client(late).ssh(f"{late}+eng-ws-1", "true")
    assert let_in.status == 0, let_in.err
    await until(lambda: all_copied(plant), "a copy of every sealed recording")
    await once(plant, "ok", "locked")


async def test_f10_what_is_deleted_here_is_put_back_from_there_and_nothing_else_is(plant: Node) -> None:
    """F10: restored from the second copy, byte for byte what the ledger says; a forged one is not put back over it."""
    await until(lambda: all_copied(plant), "a copy of every sealed recording")
    session = str((await plant.event("EvidenceStored"))["session"])
    path = plant.layout.recordings / f"{session}.pnr"
    sealed = path.read_bytes()
    path.unlink()
    told = await plant.here("evidence", "store", "fetch", session)
    assert path.read_bytes() == sealed
    fetched = await plant.event("EvidenceFetched", session=session)
    assert fetched["sha256"] == told["sha256"]
    assert path.stat().st_mode & 0o777 == 0o400
    again = await plant.command("evidence", "store", "fetch", session, "--dir", str(plant.layout.folder))
    assert again.exit_code == 1
    assert "is what was sealed" in again.output
    checked = await plant.here("evidence", "store", "check", session)
    assert checked["same"] is True


async def test_f10_an_operator_has_the_lock_proven_by_trying_to_break_it(plant: Node, way: Faulty) -> None:
    """F10: and one that gives way is named, exit 1, and told to the ledger."""
    assert (await plant.here("evidence", "store", "prove"))["code"] == "lock_held"
    way.judge = lambda verb, _path, _n: Fault.YES if verb == "DELETE" else Fault.NONE
    await plant.here("evidence", "store", "prove", status=1)
    way.well()
    await plant.event("StoreProven", held=False, code="lock_deleted")


async def test_h11_the_doctor_says_how_much_is_free_and_how_copies_stand(plant: Node) -> None:
    """H11: the same lines as the console's."""
    async with asyncio.timeout(60):
        while True:  # between two looks the uploader may have begun something
            told = await plant.command("doctor", "--dir", str(plant.layout.folder))
            assert "MiB are free" in told.output
            if "All sealed recordings lie in s3://" in told.output:
                break


async def test_told_to_end_the_uploader_copies_what_the_gate_sealed_as_it_ended(plant: Node) -> None:
    person = plant.fresh()
    await plant.permitted(person)
    async with plant.working(person):
        session = SessionId(await plant.session_of(person))
        assert await plant.stop() == 0
    assert Receipts(plant.layout.stored).receipt(session) is not None

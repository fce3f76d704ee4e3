"""The uploader against a real store, past a way there that fails as told; and killed at any moment."""

import asyncio
import itertools
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from broker.evidence.uploader_status import read_status
from domain.errors import EvidenceError
from domain.events import Event
from domain.ids import SessionId
from recorder.stores.receipts import manifest_name, recording_name, safely_elsewhere
from recorder.uploading import LEAST_PART_BYTES
from tests.broker.uploader.plants import Plant, plant_at
from tests.ceph import Ceph, versions
from tests.faulty import Fault, Faulty, before
from tests.recorder.ledger.logs import batch

BIG = 2 * LEAST_PART_BYTES + 17
KILLS = 5 if settings.get_profile("default") == settings.default else 100
HERE = Path(__file__).parents[3]


@pytest.fixture
def way(ceph: Ceph) -> Iterator[Faulty]:
    with before(ceph.endpoint) as faulty:
        yield faulty


@pytest.fixture
def plant(ceph: Ceph, way: Faulty, tmp_path: Path) -> Plant:
    return plant_at(ceph, tmp_path, way.endpoint)


def names(ceph: Ceph, plant: Plant, folder: str) -> list[str]:
    """What lies under a folder in the bucket, once for each version."""
    return [str(one["Key"]) for one in versions(ceph, plant.place.bucket, plant.place.prefix + folder)]


def test_f10_what_is_sealed_is_copied_locked_read_back_and_told(ceph: Ceph, plant: Plant) -> None:
    """F10: a copy on a separate component, which nobody can delete there."""
    small, big = plant.seal(), plant.seal(BIG)
    plant.work(plant.uploader(), lambda: plant.copied(small, big))
    for session in (small, big):
        assert plant.really_there(session)
        receipt = safely_elsewhere(plant.stored, session, plant.clock.now())
        assert receipt is not None
        assert receipt.locked_until is not None
        assert receipt.locked_until >= plant.clock.now() + timedelta(hours=23)
        assert len(names(ceph, plant, manifest_name(session))) == 1
        assert len(names(ceph, plant, recording_name(session))) == 1
    told = plant.events("EvidenceStored")
    assert {one["sha256"] for one in told} == {plant.sha(small), plant.sha(big)}
    assert [(one["held"], one["code"]) for one in plant.events("StoreProven")] == [(True, "lock_held")]
    assert (
        list((plant.recordings).glob("*.pnr")) != []
    )  # nothing here is removed: that is a policy's business


def test_the_ledger_s_public_half_is_copied_with_its_checkpoint_last(ceph: Ceph, plant: Plant) -> None:
    plant.log.append(batch(0, 300))
    uploader = plant.uploader()
    plant.work(uploader, lambda: bool(names(ceph, plant, "ledger/checkpoint")))
    found = {name.removeprefix(f"{plant.place.prefix}ledger/") for name in names(ceph, plant, "ledger/")}
    assert {"checkpoint", "tile/0/000", "tile/entries/000"} <= found
    assert any(name.startswith("tile/0/001.p/") for name in found)
    assert not any("events" in name or "key" in name for name in found)
    size = len(names(ceph, plant, "ledger/tile/0/000"))
    plant.log.append(batch(300, 301))
    plant.rest(601)
    plant.work(uploader, lambda: len(names(ceph, plant, "ledger/checkpoint")) == 2)
    assert len(names(ceph, plant, "ledger/tile/0/000")) == size  # a full tile is put once


@pytest.mark.parametrize("fault", [Fault.FAILING, Fault.FULL, Fault.SLOW, Fault.UNSAID, Fault.CUT])
def test_e02_whatever_the_store_does_the_status_names_it_and_all_is_copied_when_it_is_back(
    plant: Plant, way: Faulty, fault: Fault
) -> None:
    """E02: nothing is lost, nothing is taken for copied, and what is wrong has a code and a remedy."""
    uploader = plant.uploader()
    plant.work(uploader, lambda: plant.events("StoreProven") != [])
    way.always(fault)
    session = plant.seal()
    if fault is Fault.SLOW:
        uploader._store._client.meta.config.read_timeout = 0.3  # type: ignore[attr-defined]
    plant.work(uploader, lambda: (said := read_status(plant.stored)) is not None and said.code != "")
    said = read_status(plant.stored)
    assert said is not None
    assert said.code in {"store_failing", "store_full", "store_slow", "store_cut"}
    assert said.remedy
    assert said.failing_since is not None
    assert not plant.copied(session)
    way.well()
    plant.work(uploader, lambda: plant.copied(session))
    assert plant.really_there(session)
    well = read_status(plant.stored)
    assert well is not None
    assert well.code == ""


def test_other_bytes_than_were_sent_are_never_taken_for_a_copy(plant: Plant, way: Faulty) -> None:
    uploader, session = plant.uploader(), plant.seal()
    way.judge = lambda verb, path, _n: Fault.FLIPPED if verb == "GET" and "recordings" in path else Fault.NONE
    plant.work(
        uploader, lambda: (said := read_status(plant.stored)) is not None and said.code == "store_differs"
    )
    assert not plant.copied(session)
    way.well()
    plant.work(uploader, lambda: plant.copied(session))
    assert plant.really_there(session)


def test_a_store_whose_lock_gives_way_is_named_and_given_nothing(
    ceph: Ceph, plant: Plant, way: Faulty
) -> None:
    session = plant.seal()
    way.judge = lambda verb, _path, _n: Fault.YES if verb == "DELETE" else Fault.NONE
    uploader = plant.uploader()
    plant.work(uploader, lambda: plant.events("StoreProven") != [])
    plant.rest(uploader.once())
    assert plant.events("StoreProven")[0]["code"] == "lock_deleted"
    said = read_status(plant.stored)
    assert said is not None
    assert (said.code, said.proof) == ("store_unlocked", "lock_deleted")
    assert names(ceph, plant, "recordings/") == []
    assert not plant.copied(session)


def test_a_recording_that_is_not_what_was_sealed_is_told_and_not_copied(ceph: Ceph, plant: Plant) -> None:
    forged, sound = plant.seal(), plant.seal()
    with (plant.recordings / f"{forged}.pnr").open("ab") as file:
        file.write(b"x")
    plant.work(plant.uploader(), lambda: plant.copied(sound) and plant.events("RecordingAltered") != [])
    assert [one["session"] for one in plant.events("RecordingAltered")] == [forged]
    assert names(ceph, plant, recording_name(forged)) == []
    said = read_status(plant.stored)
    assert said is not None
    assert said.altered == (forged,)


def test_a_recording_that_the_ledger_does_not_know_yet_waits_a_minute_and_is_then_copied(
    plant: Plant,
) -> None:
    session = plant.seal(claimed=False)
    uploader, begun = plant.uploader(), plant.clock.now()
    plant.work(uploader, lambda: plant.copied(session))
    assert plant.clock.now() - begun >= timedelta(seconds=55)


def test_a_ledger_that_takes_no_leaf_keeps_the_receipt_back(plant: Plant) -> None:
    session, uploader = plant.seal(), plant.uploader()

    def silent(event: Event) -> None:
        if type(event).__name__ == "EvidenceStored":
            raise EvidenceError("The signer is silent.", remedy="Start it.")

    plant.failing = silent
    plant.work(uploader, lambda: (said := read_status(plant.stored)) is not None and "silent" in said.fact)
    assert not plant.copied(session)
    plant.failing = lambda _event: None
    plant.work(uploader, lambda: plant.copied(session))


def test_a_process_that_ends_between_any_two_steps_is_gone_on_from(
    ceph: Ceph, plant: Plant, way: Faulty
) -> None:
    """Parts that were sent are not sent again, and nothing lies there twice."""
    session = plant.seal(BIG)
    plant.work(plant.uploader(), lambda: plant.events("StoreProven") != [])
    for _ in range(40):
        if plant.copied(session):
            break
        fresh = plant.uploader()
        fresh._proven_at = plant.clock.now()
        fresh.once()
        fresh.once()
    assert plant.really_there(session)
    parts = [path for verb, path in way.seen if verb == "PUT" and "partNumber" in path]
    assert len(parts) == len(set(parts)) == 3
    assert len(names(ceph, plant, recording_name(session))) == 1
    assert plant.store().unfinished() == ()


def test_an_upload_that_nobody_knows_of_is_given_up_at_the_start(plant: Plant) -> None:
    plant.store().begin("recordings/lost.pnr", "00", None)
    plant.work(plant.uploader(), lambda: plant.store().unfinished() == ())


def test_a_recording_that_a_policy_took_away_meanwhile_holds_nothing_up(plant: Plant) -> None:
    gone, stays = plant.seal(BIG), plant.seal()
    uploader = plant.uploader()
    plant.work(uploader, lambda: plant.receipts.uploads() != frozenset())
    (plant.recordings / f"{gone}.pnr").unlink()
    plant.work(uploader, lambda: plant.copied(stays))
    plant.work(plant.uploader(), lambda: plant.store().unfinished() == ())
    assert not plant.copied(gone)


def test_without_a_lock_the_copies_are_verified_all_the_same(ceph: Ceph, tmp_path: Path) -> None:
    plant = Plant(tmp_path, ceph.place(ceph.bucket(locks=False)), keep_for=timedelta())
    session = plant.seal()
    plant.work(plant.uploader(), lambda: plant.copied(session))
    assert plant.really_there(session)
    assert plant.events("StoreProven") == []


async def test_f10_killed_at_any_moment_nothing_is_lost_and_nothing_is_taken_for_copied_that_is_not(
    ceph: Ceph, tmp_path: Path
) -> None:
    """F10: SIGKILL at moments spread over a copy's life; what has a receipt is there, and in the end all have one."""
    place = ceph.place(ceph.bucket())
    plant = Plant(tmp_path, place)
    sessions = [plant.seal(BIG if number % 3 == 0 else 5000) for number in range(KILLS)]
    plant.log.close()
    program = [
        sys.executable,
        "-m",
        "tests.broker.uploader.plants",
        str(tmp_path),
        place.endpoint,
        place.bucket,
    ]
    for number in itertools.count():
        victim = subprocess.Popen(program, cwd=HERE, stdout=subprocess.PIPE)
        try:
            assert victim.stdout is not None
            assert victim.stdout.readline() == b"works\n"
            if number < KILLS:
                await asyncio.sleep(secrets.randbelow(400) / 1000)
            else:
                while victim.poll() is None and not plant.copied(*sessions):
                    await asyncio.sleep(0.05)
        finally:
            victim.kill()
            victim.wait()
            assert victim.stdout is not None
            victim.stdout.close()
        for session in plant.receipts.sessions():
            assert plant.really_there(SessionId(session))
        if plant.copied(*sessions):
            break
    assert all(plant.really_there(session) for session in sessions)
    assert plant.store().unfinished() == ()

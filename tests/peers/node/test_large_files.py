"""Large files and very many, by stock clients through a whole node: the same at both ends, and what they cost.

In `make deep` 5 GB and 100,000 files; else the same with little.
"""

import asyncio
import csv
import hashlib
import json
import os
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.costs import MIB, PATIENCE_S, bounded, figure, patient
from tests.node import Node
from tests.stride import DEEP

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = 5 * 10**9 if DEEP else 24 * MIB
MANY = 100_000 if DEEP else 40


def written(path: Path, size: int) -> str:
    """A file of ``size`` bytes, of which each eighth MiB is random and the rest are holes; its SHA-256."""
    with path.open("wb") as file:
        for at in range(0, size, 8 * MIB):
            file.seek(at)
            file.write(os.urandom(min(MIB, size - at)))
        file.truncate(size)
    return sha256(path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def released(plant: Node, file: str) -> None:
    """The holder reads the file's page and signs that it may pass."""
    page = await plant.holder()
    begun = await page.post(
        f"/files/{file}/release/begin",
        json={"reason": "The firmware we ordered", "days": "1", "any_permit": "no"},
    )
    assert begun.is_success, begun.text
    signed = {
        "ceremony": begun.json()["ceremony"],
        "statement": begun.json()["statement"],
        "credential": json.loads(plant.key.get(json.dumps(begun.json()["options"]))),
    }
    done = await page.post(f"/files/{file}/release/passkey", json=signed)
    assert done.is_success, done.text


@pytest.mark.timeout(PATIENCE_S)
async def test_a_large_file_crosses_each_way_in_bounded_memory_and_is_the_same_at_both_ends(
    plant: Node, tmp_path: Path
) -> None:
    """D15: 5 GB by sftp and scp through a whole node (`make deep`), hashed at both ends and in the evidence."""
    here, there = tmp_path / "here.bin", tmp_path / "there.bin"
    digest = await asyncio.to_thread(written, here, LARGE)
    for way in ("sftp put", "sftp get", "scp", "scp -O"):
        person = plant.fresh()  # each with codes of their own, or the fourth would wait for a minute
        await plant.permitted(person, "eng-ws-1", ["sftp", "scp"])
        client, where = patient(plant.client(person)), f"{person}+eng-ws-1"
        with bounded(plant, way):
            if way == "sftp put":
                done = await client.sftp(where, f"put {here} {there}\n")
            elif way == "sftp get":
                done = await client.sftp(where, f"get {here} {there}\n")
            else:
                done = await client.scp(str(here), f"{where}@{{gate}}:{there}", *way.split()[1:])
            assert done.status == 0, done.complaint
        assert await asyncio.to_thread(sha256, there) == digest
        there.unlink()
        grant = "scp:put" if way == "scp -O" else "sftp"  # today's scp is sftp
        leaf = await plant.event("FileMoved", person=person, passage=grant)
        assert len(plant.events("FileMoved", person=person)) == 1
        assert (leaf["size"], leaf["sha256"], leaf["outcome"]) == (LARGE, digest, "whole")
        for recording in plant.layout.recordings.glob("*.pnr") if DEEP else ():
            recording.unlink()  # of a disk that others need too


@pytest.mark.timeout(PATIENCE_S)
async def test_a_large_file_is_screened_released_and_delivered_in_bounded_memory(
    plant: Node, tmp_path: Path
) -> None:
    """D15: 5 GB over a screened conduit (`make deep`): taken in, held, released by its holder, put again and delivered."""
    person, here, there = plant.fresh("kestrel"), tmp_path / "here.bin", tmp_path / "there.bin"
    await plant.permitted(person, "historian", ["sftp"])
    digest = await asyncio.to_thread(written, here, LARGE)
    batch, where = f"put {here} {there}\n", f"{person}+historian"
    with bounded(plant, "screened put"):
        done = await patient(plant.client(person)).sftp(where, batch)
    assert (done.status, there.exists()) == (1, False)
    taken = await plant.event("FileTakenIn", person=person)
    assert (taken["size"], taken["sha256"], taken["whole"]) == (LARGE, digest, True)
    assert taken["file"] in done.complaint
    await released(plant, taken["file"])
    with bounded(plant, "put again, and delivered"):
        done = await patient(plant.client(person)).sftp(where, batch)
    assert done.status == 0, done.complaint
    assert await asyncio.to_thread(sha256, there) == digest
    leaf = await plant.event("FileDelivered", file=taken["file"])
    assert (leaf["size"], leaf["sha256"], leaf["outcome"]) == (LARGE, digest, "whole")
    assert len(plant.events("FileTakenIn", person=person)) == 1
    kept = list(plant.layout.quarantine.glob("*.pnr"))
    assert sum(one.stat().st_size for one in kept if one.stem == taken["file"]) < LARGE + LARGE // 10
    for one in kept if DEEP else ():
        one.unlink()


@pytest.mark.timeout(PATIENCE_S)
async def test_very_many_small_files_leave_a_list_that_is_whole_and_can_be_read(
    plant: Node, tmp_path: Path
) -> None:
    """D15: 100,000 files in one session (`make deep`): each has its leaf, and API, command and case file have them all."""
    person, here, there = plant.fresh(), tmp_path / "here", tmp_path / "there"
    await plant.permitted(person, "eng-ws-1", ["sftp"])
    here.mkdir()
    there.mkdir()
    for number in range(MANY):
        (here / f"{number:06}").write_bytes(b"%d" % number)
    with bounded(plant, f"{MANY} files"):
        done = await patient(plant.client(person)).sftp(f"{person}+eng-ws-1", f"put -r {here} {there}\n")
        assert done.status == 0, done.complaint
        opened = await plant.event("SessionOpened", person=person)
        ended = await plant.event("SessionEnded", session=opened["session"])
    assert sum(1 for _ in (there / "here").iterdir()) == MANY
    assert (there / "here" / f"{MANY - 1:06}").read_bytes() == b"%d" % (MANY - 1)
    session = str(ended["session"])
    with bounded(plant, "the API"):
        told = (await plant.api("iris", "GET", f"/evidence/sessions/{session}/files")).json()
        assert len(told["files"]) == min(MANY, 50), told
        assert bool(told["next"]) == (MANY > 50)
    listed = tmp_path / "files.csv"
    await plant.outside("evidence", "files", session, "--csv", str(listed))
    assert rows_in(listed.read_text()) == MANY
    made = tmp_path / "case.zip"
    await plant.outside("evidence", "export", session, str(made))
    with ZipFile(made) as archive:
        assert rows_in(archive.read("derived/files.csv").decode()) == MANY
        events = archive.getinfo("ledger/events.jsonl").file_size
    figure(f"case file of {MANY} files: {made.stat().st_size // MIB} MiB, events {events // MIB} MiB")
    report = (await plant.outside("evidence", "verify", str(made)))["report"]
    assert {step["verdict"] for step in report["steps"]} == {"PASS"}, report


def rows_in(text: str) -> int:
    return sum(row["what"] == "moved" and row["outcome"] == "whole" for row in csv.DictReader(StringIO(text)))

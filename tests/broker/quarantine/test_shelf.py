"""The folder, also after a gate that was killed in the middle."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from broker.quarantine.seams import FileState
from broker.quarantine.spool import FRAME_BYTES
from domain.errors import EvidenceError
from domain.events import FileTakenIn
from tests.broker.quarantine.store import CAME, Place

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.broker.quarantine.store import CAME, Place
from tests.clock import FrozenClock

async def main():
    async with Place(Path(sys.argv[1]), FrozenClock()).node() as node:
        intake = node.begin(CAME)
        intake.write(0, bytes(int(sys.argv[2])))
        while intake._spool.job is not None:
            await asyncio.wrap_future(intake._spool.job)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_gate_that_is_killed_leaves_nothing_or_a_file_that_says_that_it_was_cut(place: Place) -> None:
    for octets in (100, 3 * FRAME_BYTES):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(place.folder), str(octets)],
            cwd=Path(__file__).parents[3],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            check=False,
        )
        assert child.returncode == -signal.SIGKILL
    async with place.node() as node:
        (taken,) = place.told.of(FileTakenIn)
        assert (taken.whole, taken.size, taken.cause) == (False, 3 * FRAME_BYTES, "interrupted")
        card = node.card(taken.file)
        assert card is not None
        assert (card.state, card.code, card.came) == (FileState.REFUSED, "file_cut", CAME)
        assert await node.released(CAME, taken.sha256) == []
    async with place.node():
        assert len(place.told.events) == 1


async def test_a_file_that_can_not_be_read_any_more_never_passes_and_keeps_no_gate_from_starting(
    place: Place,
) -> None:
    async with place.node() as node:
        intake = node.begin(CAME)
        intake.write(0, b"abc")
        verdict = await intake.finish()
    (place.folder / "quarantine" / f"{verdict.id}.key").unlink()
    async with place.node() as node:
        assert node.card(verdict.id) is None


def test_who_only_looks_needs_no_clock_and_what_is_not_there_is_said_to_be(place: Place) -> None:
    (place.folder / "quarantine").mkdir()
    shelf = place.shelf
    assert shelf.room(0) == ""
    assert "as full" in shelf.room(1 << 60)
    with pytest.raises(EvidenceError):
        shelf.open("f" * 26, 1)
    gone = replace(place, folder=place.folder / "none")
    gone.folder.mkdir()
    assert "can't be reached" in gone.shelf.room(0)
    shelf.close()

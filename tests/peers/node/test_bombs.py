"""Archives that are made to hurt, by a stock client through a whole node: what each costs it, and what becomes of it.

In `make deep` bombs of 10 GB; else the same with a hundredth.
"""

from pathlib import Path

import pytest

from tests.broker.quarantine.packed import bombs
from tests.costs import PATIENCE_S, bounded, children, figure, patient, processor_s, status
from tests.node import Node
from tests.stride import DEEP

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOMBS = {
    "zeros.gz": "file_archive_bomb",
    "zeros.bz2": "file_archive_bomb",
    "zeros.xz": "file_archive_bomb",
    "zeros.zst": "file_archive_bomb",
    "nested.zip": "file_archive_bomb",
    "overlapping.zip": "file_archive_bomb",
    "many.tar.gz": "file_archive_many",
    "deep.tar": "file_no_scanner",
}
"""What becomes of each."""


MOST_LOOKING_MIB = 320
"""The most that who looks at files may hold at any moment, whatever was sent; its own limit is 1 GiB."""


@pytest.mark.timeout(PATIENCE_S)
async def test_archives_that_are_made_to_hurt_are_held_at_a_bounded_cost(plant: Node, tmp_path: Path) -> None:
    """D15: an archive bomb is held, and costs the node bounded memory and time, by whatever trick it is packed."""
    person, there = plant.fresh("kestrel"), tmp_path / "there"
    await plant.permitted(person, "historian", ["sftp"])
    batch = ""
    for name, data in bombs(10**10 if DEEP else 10**8):
        assert name in BOMBS
        (tmp_path / name).write_bytes(data)
        batch += f"-put {tmp_path / name} {there}\n"
    with bounded(plant, "bombs"):
        done = await patient(plant.client(person)).sftp(f"{person}+historian", batch)
    looked = {one: (status(one, "VmHWM"), processor_s(one)) for one in children(plant.pid("gate"))}
    figure(f"who looked: {[f'{mib} MiB, {spent:.1f} s' for mib, spent in looked.values()]}")
    assert max(mib for mib, _ in looked.values()) < MOST_LOOKING_MIB
    assert done.status == 0, done.complaint
    assert not there.exists()
    held = {one["file"]: one for one in plant.events("FileScreened", person=person)}
    figure(", ".join(f"{one['code']}" for one in held.values()))
    assert len(held) == len(BOMBS)
    assert [one["code"] for one in held.values()] == list(BOMBS.values())

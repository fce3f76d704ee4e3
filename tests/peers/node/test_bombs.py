"""Archives that are made to hurt, by a stock client through a whole node: what each costs it, and what becomes of it.

In `make deep` bombs of 10 GB; else the same with a hundredth.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.broker.quarantine.packed import bombs
from tests.node import Node
from tests.openssh import Client
from tests.stride import DEEP

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 1024 * 1024
PATIENCE_S = 1800
"""Of a stock client with so much to do; else it has a minute."""

MOST_GROWN_MIB = 96
"""By so much the gate may grow over a file of any size: what is on its way to two peers, the disk and the ledger."""


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


def figure(said: str) -> None:
    """A measured figure, for who runs this by hand with -s."""
    os.write(2, f"  {said}\n".encode())


def status(pid: int, name: str) -> int:
    """A figure in MiB of /proc/PID/status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) // 1024
    raise AssertionError(name)


@contextmanager
def bounded(plant: Node, what: str, *processes: str) -> Iterator[None]:
    """No process of the node grows by more than it may, not even for a moment."""
    pids = {name: plant.pid(name) for name in processes or ("gate", "console", "signer")}
    for pid in pids.values():
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): from here on the peak is counted anew
    before = {name: status(pid, "VmRSS") for name, pid in pids.items()}
    yield
    grown = {name: status(pid, "VmHWM") - before[name] for name, pid in pids.items()}
    figure(f"{what}: grown by {grown} MiB, of {before}")
    assert max(grown.values()) <= MOST_GROWN_MIB, grown


def children(pid: int) -> list[int]:
    return [
        int(one)
        for each in Path(f"/proc/{pid}/task").iterdir()
        for one in (each / "children").read_text().split()
    ]


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def patient(client: Client) -> Client:
    return replace(client, patience_s=PATIENCE_S)


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

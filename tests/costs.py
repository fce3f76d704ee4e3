"""What a node's processes take, for tests that bound it, and patience for stock clients with much to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.node import Node
from tests.openssh import Client

MIB = 1024 * 1024
PATIENCE_S = 1800
"""Of a stock client with so much to do; else it has a minute."""

MOST_GROWN_MIB = 96
"""By so much a process of the node may grow over a file of any size: what is on its way to two peers, the disk and the ledger."""


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

"""The whole arrangement of a run: the machine, the jump, the node, and the ways between."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.figures import YARDSTICK
from tests.bench.machines import Machine, openssh
from tests.bench.node import Node, new_key, node
from tests.bench.peers import Peer, peers_in, through

SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that a measurement needs."""

    node: Node
    machine: Machine
    jump_machine: Machine
    jump: Peer
    """The jump itself, for what it forwards."""
    direct: Peer
    peers: tuple[Peer, ...]
    """Ours first, then the yardstick, then what the peers' file names; all lead to the machine."""
    ports: Mapping[str, int]
    """The TCP machine's: echo, source, sink."""
    scratch: Path
    quick: bool

    @property
    def ways(self) -> tuple[Peer, ...]:
        """Every way to the machine, the direct one last."""
        return (*self.peers, self.direct)

    def rounds(self, full: int, quick: int = 2) -> range:
        return range(quick if self.quick else full)


@contextmanager
def arranged(*, quick: bool, peers: Path | None, profile: Path | None = None) -> Iterator[Bench]:
    """Bring all of it up, and down again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="penstock-bench-")))
        memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="penstock-bench-", dir=memory)))
        key, target_key = folder / "client" / "key", folder / "client" / "target"
        line, target_line = new_key(key), new_key(target_key)
        machine = stack.enter_context(openssh(folder / "machine", line, target_line))
        jump_machine = stack.enter_context(openssh(folder / "jump", line))
        ports = stack.enter_context(_tcp_machine())
        ours = stack.enter_context(node(folder, machine, target_key, key, line, ports, profile))
        direct = Peer("direct", "127.0.0.1", machine.port, machine.user, key)
        jump = Peer("jump", "127.0.0.1", jump_machine.port, jump_machine.user, key)
        yardstick = replace(direct, name=YARDSTICK, options=through(jump))
        yield Bench(
            node=ours,
            machine=machine,
            jump_machine=jump_machine,
            jump=jump,
            direct=direct,
            peers=(ours.peer(), yardstick, *(peers_in(peers, key) if peers else ())),
            ports=ports,
            scratch=scratch,
            quick=quick,
        )


@contextmanager
def _tcp_machine() -> Iterator[dict[str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.machine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.terminate()
        process.wait()

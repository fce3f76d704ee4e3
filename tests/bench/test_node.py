"""The benchmark's plant keeps up with what a charter must hold and with what a permit must ask."""

from pathlib import Path
from typing import Any

from broker.charter.founding import public_line
from broker.clock import SystemClock
from broker.console.permits.terms import judge
from domain.access import Grant, NeedsApproval, PassageKind
from domain.ids import AssetId
from policies.charter.documents import read_charter
from tests.bench.machines import Machine
from tests.bench.node import ASSET, GRANTS, Node, charter_files


def test_every_permit_of_the_benchmark_can_be_approved() -> None:
    ports = {"echo": 3001, "source": 3002, "sink": 3003}
    machine = Machine(1, 22, "ops", " ".join(public_line().split()[:2]))
    files = charter_files(machine, public_line(), ports, SystemClock())
    charter = read_charter({name: text.encode() for name, text in files.items()})
    nowhere: Any = Path("unused")
    node = Node(nowhere, nowhere, charter, nowhere, nowhere, 0)
    wanted = {ASSET: GRANTS} | {
        AssetId(name): frozenset({Grant(PassageKind.FORWARD, port)}) for name, port in ports.items()
    }
    for asset, grants in wanted.items():
        assert isinstance(judge(node.permit(asset, grants), node.facts()).decision, NeedsApproval)

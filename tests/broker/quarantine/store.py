"""A quarantine with real parts and nothing around it: a folder, a ledger that is a list, and whatever looks at files."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from broker.quarantine.cards import Card
from broker.quarantine.judging import Scan, ScanResult
from broker.quarantine.lookers import Report
from broker.quarantine.node import Approved, NodeQuarantine, nobody
from broker.quarantine.quota import Quota, Quotas
from broker.quarantine.seams import Came
from broker.quarantine.shelf import Shelf
from domain.access import Grant
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId
from domain.screening import FileRules
from policies.charter.charter import Charter
from recorder.keyring import Keyring
from tests.approvals.desk import ListLedger
from tests.clock import FrozenClock
from tests.policies.plant import charter

MIB = 1024 * 1024
CAME = Came(
    SessionId("s" * 26),
    PermitId("p" * 26),
    PersonId("ana"),
    VendorId("brightwater"),
    AssetId("eng-ws-1"),
    ConduitId("dmz-operations"),
    Grant.of("sftp"),
    b"fw-2.1.bin",
)
QUOTA = Quota(
    file_bytes=64 * MIB,
    session_files=100,
    session_bytes=256 * MIB,
    session_open=8,
    session_files_per_min=100,
    permit_files=100,
    permit_bytes=256 * MIB,
    node_bytes=0,
)
CLEAN = (Scan("clamav", "1.4", ScanResult.CLEAN),)


@dataclass
class Place:
    """One node's quarantine, and what a test may change of it."""

    folder: Path
    clock: FrozenClock
    told: ListLedger = field(default_factory=ListLedger)
    quota: Quota = QUOTA
    rules: FileRules = field(default_factory=FileRules)
    report: Callable[[Card], Report] = lambda card: Report(card.sha256, scans=CLEAN)
    approved: Approved = nobody
    looked: list[str] = field(default_factory=list)
    charters: dict[FileRules, Charter] = field(default_factory=dict)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder / "quarantine", self.keys, self.clock, least_free_share=0.0)

    @property
    def keys(self) -> Keyring:
        path = self.folder / "recording.key"
        if not path.exists():
            path.write_bytes(bytes(range(32)))
        return Keyring(path)

    def charter(self) -> Charter:
        """The plant's, with these rules over every way; built once for each."""
        if self.rules not in self.charters:
            plain = charter()
            ways = {id_: replace(one, screening=self.rules) for id_, one in plain.conduits.items()}
            self.charters[self.rules] = replace(plain, conduits=ways)
        return self.charters[self.rules]

    async def look(self, card: Card) -> Report:
        self.looked.append(card.id)
        return self.report(card)

    @asynccontextmanager
    async def node(self) -> AsyncIterator[NodeQuarantine]:
        """The quarantine, after what an earlier one left."""
        (self.folder / "quarantine").mkdir(exist_ok=True)
        shelf = self.shelf
        with ThreadPoolExecutor(2) as workers:
            one = NodeQuarantine(
                shelf=shelf,
                quotas=Quotas(self.quota),
                workers=workers,
                look=self.look,
                ledger=self.told,
                charter=self.charter,
                clock=self.clock,
                approved=self.approved,
            )
            try:
                await one.resume()
                yield one
            finally:
                shelf.close()

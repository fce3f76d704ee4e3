"""The quarantine as a gate has it: built from its settings, and ended with it."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from broker.layout import Layout
from broker.quarantine.archives import Bounds
from broker.quarantine.cards import Card
from broker.quarantine.lookers import Lookers, Means, Report
from broker.quarantine.node import Approved, NodeQuarantine, nobody, shown
from broker.quarantine.quota import Quota, Quotas
from broker.quarantine.shelf import Shelf, folder_of
from broker.settings import QuarantineSettings, Settings
from domain.clock import Clock
from domain.ledger import Ledger
from policies.charter.charter import Charter
from recorder.keyring import Keyring

MIB = 1024 * 1024
WRITERS = 4
"""Threads that encrypt and write: more than cores do not make a disk faster."""


def quota_of(said: QuarantineSettings) -> Quota:
    """The bounds that the settings name."""
    return Quota(
        file_bytes=said.file_mib * MIB,
        session_files=said.session_files,
        session_bytes=said.session_mib * MIB,
        session_open=said.session_open,
        session_files_per_min=said.session_files_per_min,
        permit_files=said.permit_files,
        permit_bytes=said.permit_mib * MIB,
        node_bytes=said.node_mib * MIB,
    )


def means_of(said: QuarantineSettings, folder: Path) -> Means:
    """What the settings let files be looked at with."""
    return Means(
        clamd=said.clamd,
        looker=said.looker,
        folder=str(folder),
        yara=tuple(said.yara_rules),
        patience_s=float(said.patience_s),
        yara_bytes=said.yara_mib * MIB,
        processes=said.looks_at_once,
        bounds=Bounds(
            depth=said.archive_depth,
            members=said.archive_members,
            octets=said.archive_mib * MIB,
            ratio=said.archive_ratio,
        ),
    )


@asynccontextmanager
async def quarantine_of(
    layout: Layout,
    settings: Settings,
    ledger: Ledger,
    charter: Callable[[], Charter],
    clock: Clock,
    approved: Approved = nobody,
) -> AsyncIterator[NodeQuarantine]:
    """The node's quarantine, once it knows what an earlier run left. Its folder is made where it is the node's own."""
    folder = folder_of(layout, settings)
    if not settings.quarantine.folder:
        folder.mkdir(mode=0o700, exist_ok=True)
    shelf = Shelf(
        folder,
        Keyring(layout.recording_key),
        clock,
        least_free_share=settings.quarantine.least_free_percent / 100,
    )
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="quarantine") as workers:
        try:
            async with Lookers(means_of(settings.quarantine, folder)) as lookers:

                async def look(card: Card) -> Report:
                    return await lookers.look(
                        shelf.path(card.id), shelf.key(card.id), card.size, shown(card.came.name)
                    )

                node = NodeQuarantine(
                    shelf=shelf,
                    quotas=Quotas(quota_of(settings.quarantine)),
                    workers=workers,
                    look=look,
                    ledger=ledger,
                    charter=charter,
                    clock=clock,
                    approved=approved,
                )
                await node.resume()
                yield node
        finally:
            shelf.close()

"""The custody log at the command line: who looks at evidence, or takes some away, is in the ledger before they have it."""

from typing import BinaryIO

from broker.cli.answer import local_name
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from domain.custody_events import Deed
from domain.events import EvidenceHandled, EvidenceViewed
from domain.ids import SessionId
from recorder.custody import UNCHANGED, item_of, measured, stated
from recorder.ledger.reader import LogReader


def viewed(layout: Layout, subject: str, how: str) -> None:
    """Say that the account of this machine looks at ``subject``. EvidenceError: then it does not."""
    append_now(
        layout.signer_socket,
        EvidenceViewed(at=SystemClock().now(), subject=subject, by=local_name(), how=how),
    )


def handled(
    layout: Layout,
    session: str,
    deed: Deed,
    what: str,
    *,
    item: str | None = None,
    purpose: str = "",
    copy: bytes | BinaryIO | None = None,
) -> None:
    """As ``viewed``, of one session: a line of its custody log, with the hash of the ``copy`` that leaves.

    ``item`` is the recording's; None asks the ledger for it.
    """
    copy_sha256, copy_bytes = measured(copy)
    append_now(
        layout.signer_socket,
        EvidenceHandled(
            at=SystemClock().now(),
            session=SessionId(session),
            item=item_of(LogReader(layout.ledger), session) if item is None else item,
            by=local_name(),
            deed=str(deed),
            what=what,
            door="command line",
            source="local",
            office="account of the plant's machine",
            purpose=stated(purpose),
            copy_sha256=copy_sha256,
            copy_bytes=copy_bytes,
            changed=UNCHANGED,
        ),
    )

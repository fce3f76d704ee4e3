"""Whoever uses evidence at the command line is in its custody log before they have it, or does not get it."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from broker.cli.answer import local_name
from broker.cli.custody import handled, viewed
from broker.layout import Layout
from domain.custody_events import Deed
from domain.errors import EvidenceError
from recorder.custody import custody
from recorder.ledger.reader import LogReader
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_copy_is_told_with_its_hash_its_purpose_and_the_recording_that_it_is_of(
    plant: Node, session: str
) -> None:
    """F11: what leaves is traced to one account."""
    copy = b"what left"
    await asyncio.to_thread(
        handled, plant.layout, session, Deed.EXPORT, "a copy", purpose="for the insurer", copy=copy
    )
    last = custody(LogReader(plant.layout.ledger), session)[-1]
    assert (last.deed, last.what, last.by, last.purpose) == (
        "export",
        "a copy",
        local_name(),
        "for the insurer",
    )
    assert (last.copy_sha256, last.copy_bytes) == (hashlib.sha256(copy).hexdigest(), len(copy))
    told = plant.events("EvidenceHandled", session=session)
    assert {one["item"] for one in told} == {told[-1]["item"]} != {""}


async def test_a_look_is_told(plant: Node) -> None:
    await asyncio.to_thread(viewed, plant.layout, "sessions", "list for a test")
    assert plant.events("EvidenceViewed", how="list for a test")[0]["by"] == local_name()


async def test_without_a_ledger_nobody_looks(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError):
        viewed(Layout(tmp_path), "sessions", "list")

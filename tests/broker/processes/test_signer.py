"""The signer as a process of its own, on the folder that the settings name."""

import asyncio
import signal
from pathlib import Path

from broker.clock import SystemClock
from broker.ledger import append_now
from domain.events import Restored
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader
from tests.broker.processes.running import failed, founded, started, there


async def test_what_it_signs_verifies_under_the_node_s_public_key(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    event = Restored(at=SystemClock().now(), scope="all", by="local:milo", reason="all clear")
    async with started(layout, "signer") as process:
        await there(layout.signer_socket)
        index = await asyncio.to_thread(append_now, layout.signer_socket, event)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    log = LogReader(layout.ledger)
    assert log.check(VerifierKey.of(layout.ledger_vkey.read_text())).size == log.size
    assert log.event(index)["reason"] == "all clear"
    assert layout.ledger_memory.exists()


async def test_without_its_key_it_says_so_and_ends(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    layout.ledger_key.unlink()
    assert "ledger.key" in await failed(layout, "signer")

"""The watchdog as a process of its own: it needs a folder, and nothing else of the node."""

import asyncio
import signal
from pathlib import Path

from broker.watchdog.kill_switch import ask_watchdog
from tests.broker.processes.running import founded, started, there


async def test_it_serves_alone_remembers_and_ends_when_told(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    layout.database.unlink(missing_ok=True)
    isolate = {"do": "isolate", "scope": "zone:pumping", "by": "local:milo", "reason": "smoke"}
    async with started(layout, "watchdog") as process:
        await there(layout.watchdog_socket)
        answer = await asyncio.to_thread(ask_watchdog, layout, isolate)
        assert (answer["ok"], answer.get("without_watchdog")) == (True, None)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert not layout.watchdog_socket.exists()
    async with started(layout, "watchdog"):
        await there(layout.watchdog_socket)
        seen = await asyncio.to_thread(ask_watchdog, layout, {"do": "show"})
    assert seen["interlocks"]["isolated"] == ["zone:pumping"]

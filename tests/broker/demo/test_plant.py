"""The demonstration, brought up and ended whole, as people have it: three doors, and an end by Ctrl-C.

What it says to scripts, ``--json``, is what the journeys and the tour begin with (``tests/tour/plant.py``).
"""

import asyncio
import json
import os
import re
import signal
import stat
import sys
from pathlib import Path

import pyotp
import pytest

from broker.demo.plant import demonstration
from broker.layout import Layout
from broker.watchdog.kill_switch import ask_watchdog
from domain.errors import ConfigError
from tests.openssh import Client

COMMAND = [sys.executable, "-m", "broker", "demo", "--ssh-port", "0", "--https-port", "0"]
DOORS = ("The vendor's door", "The holder's door", "The auditor's door", "ssh -p", "https://localhost:")


async def test_people_are_shown_three_doors_that_work_and_ctrl_c_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    folder, machines = tmp_path / "plant", tmp_path / "plant-machines"
    layout = Layout(folder)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--dir", str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        shown = await _said(process, b"Ctrl-C ends it.")
        for needed in DOORS:
            assert needed in shown
        assert stat.S_IMODE((machines / "people.json").stat().st_mode) == 0o600
        people = json.loads((machines / "people.json").read_text())
        who = {one["id"]: one for one in people}
        assert {"ana", "ben", "petra", "iris", "milo"} <= set(who)
        assert "vendor" in who["ana"]["roles"]
        assert "holder" in who["petra"]["roles"]
        assert who["ana"]["totp_secret"] in shown
        assert f"sign in as ana   password {who['ana']['password']}" in shown
        states = await asyncio.to_thread(ask_watchdog, layout, {"do": "show"})
        assert set(states["interlocks"]["states"].values()) == {"maintenance"}
        port = re.search(r"ssh -p (\d+)", shown)
        assert port is not None
        code = pyotp.TOTP(who["ana"]["totp_secret"]).now()
        key = Path(who["ana"]["ssh_key"])
        ana = Client(tmp_path, "127.0.0.1", int(port[1]), key, machines / "known_hosts", lambda: code)
        done = await ana.ssh("ana+eng-ws-1", "true")
        assert (done.status, "refused [no_permit]" in done.complaint) == (77, True), done
        with pytest.raises(ConfigError, match="already"):
            async with demonstration(folder, ssh_port=0, https_port=0):
                pass
        assert len(_processes(layout)) >= 5  # the parent and its four
    finally:
        process.send_signal(signal.SIGINT)
        rest, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert str(folder).encode() in rest
    assert not _processes(layout)


async def _said(process: asyncio.subprocess.Process, last: bytes) -> str:
    """What it prints, up to the line with ``last``."""
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(90):
        while last not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line
    return said.decode()


def _processes(layout: Layout) -> list[str]:
    """The processes that were started on this node's configuration."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(layout.config).encode() in line.split(b"\0"):
                found.append(entry.name)
    return found

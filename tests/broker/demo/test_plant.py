"""The demonstration, brought up and ended whole, as ``penstock demo`` does it."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pyotp
import pytest

from broker.demo.plant import demonstration, one_line, write_people
from broker.kill_switch import ask_watchdog
from broker.settings import Layout
from domain.errors import ConfigError
from tests.openssh import Client

KEYS = {"ready", "dir", "ssh", "console", "people", "assets"}


async def test_a_demonstration_comes_up_whole_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with demonstration(tmp_path / "plant", ssh_port=0, https_port=0) as demo:
        told = json.loads(one_line(demo))
        assert "\n" not in one_line(demo)
        assert (set(told), told["ready"]) == (KEYS, True)
        who = {one["id"]: one for one in told["people"]}
        assert {"ana", "ben", "petra", "iris", "milo"} <= set(who)
        assert "vendor" in who["ana"]["roles"]
        assert "holder" in who["petra"]["roles"]
        assert {one["id"] for one in told["assets"]} >= {"eng-ws-1", "plc-07"}
        kept = tmp_path / "people.json"
        write_people(demo, kept)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert json.loads(kept.read_text()) == told["people"]
        states = await asyncio.to_thread(ask_watchdog, demo.layout, {"do": "show"})
        assert set(states["interlocks"]["states"].values()) == {"maintenance"}
        known = tmp_path / "known_hosts"
        known.write_text(told["ssh"]["known_hosts"] + "\n")
        code = pyotp.TOTP(who["ana"]["totp_secret"]).now()
        key = Path(who["ana"]["ssh_key"])
        ana = Client(tmp_path, "127.0.0.1", told["ssh"]["port"], key, known, lambda: code)
        done = await ana.ssh("ana+eng-ws-1", "true")
        assert (done.status, "refused [no_permit]" in done.complaint) == (77, True), done
        with pytest.raises(ConfigError, match="already"):
            async with demonstration(tmp_path / "plant", ssh_port=0, https_port=0):
                pass
        running = _processes(demo.layout)
        assert len(running) >= 5  # the parent and its four
    assert not _processes(demo.layout)


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

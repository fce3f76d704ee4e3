"""``penstock demo``: one line for scripts, three doors for people, and an end by Ctrl-C."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from click.testing import CliRunner

from broker.cli.demo_commands import demo

COMMAND = [sys.executable, "-m", "broker", "demo", "--ssh-port", "0", "--https-port", "0"]


async def test_people_are_shown_three_doors_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--dir", str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(90):
        while b"Ctrl-C ends it." not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        rest, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    shown = said.decode()
    for needed in (
        "The vendor's door",
        "The holder's door",
        "The auditor's door",
        "ssh -p",
        "https://localhost:",
    ):
        assert needed in shown
    assert str(folder).encode() in rest
    people = json.loads((tmp_path / "plant-machines" / "people.json").read_text())
    ana = next(one for one in people if one["id"] == "ana")
    assert ana["totp_secret"] in shown
    assert (tmp_path / "plant-machines" / "known_hosts").exists()


def test_a_folder_that_is_in_use_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "plant").mkdir()
    (tmp_path / "plant" / "penstock.toml").write_text("")
    done = CliRunner().invoke(
        demo, ["--dir", str(tmp_path / "plant"), "--ssh-port", "0", "--https-port", "0"]
    )
    assert done.exit_code == 2
    assert "already" in done.stderr
    assert str(tmp_path / "plant") in done.stderr

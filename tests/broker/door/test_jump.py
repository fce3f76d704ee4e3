"""What a client is shown in an asset's place; the stock clients are in tests/peers/test_jump.py."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from broker.door.jump import Jumps
from domain.ids import AssetId
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.programs import program
from tests.sshd import Sshd


def test_the_line_for_known_hosts_is_one_that_openssh_reads(tmp_path: Path) -> None:
    host, authority = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    line = Jumps([host], authority).known_hosts([AssetId("plc-07"), AssetId("eng-ws-1")])
    assert line.startswith("@cert-authority eng-ws-1,plc-07 ssh-ed25519 ")
    (tmp_path / "known_hosts").write_text(line + "\n")
    found = subprocess.run(
        [program("ssh-keygen"), "-F", "plc-07", "-f", tmp_path / "known_hosts"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Host plc-07 found: line 1 CA" in found.stdout


def test_the_certificate_names_one_asset_and_lasts_an_hour(tmp_path: Path) -> None:
    host, authority = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    made = Jumps([host], authority).certificate(
        host, AssetId("eng-ws-1"), datetime(2026, 3, 1, 12, tzinfo=UTC)
    )
    (tmp_path / "shown-cert.pub").write_bytes(made.export_certificate())
    told = subprocess.run(
        [program("ssh-keygen"), "-L", "-f", tmp_path / "shown-cert.pub"],
        capture_output=True, text=True, check=True, env={"TZ": "UTC"},
    ).stdout  # fmt: skip
    assert "ssh-ed25519-cert-v01@openssh.com host certificate" in told
    assert f"Signing CA: ED25519 {authority.get_fingerprint()}" in told
    assert "from 2026-03-01T11:50:00 to 2026-03-01T13:00:00" in told
    assert told.split("Principals:")[1].split("Critical")[0].split() == ["eng-ws-1"]


async def test_somebody_without_an_asset_by_ssh_gets_no_line(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as outer:
        told = await outer.run("known-hosts")
    assert (told.exit_status, told.stdout) == (1, "")
    assert "No asset that you may ask for speaks SSH" in str(told.stderr)


async def test_in_a_jump_the_asset_is_the_one_that_was_jumped_to(gate: PeerGate, asset: Sshd) -> None:
    """Whatever the user name said outside, and whatever it says inside."""
    client = gate.person("ana")
    async with (
        await enter(gate, "ana+plc-07", [reading(client)], gate.code("ana")) as outer,
        asyncssh.connect(
            "eng-ws-1", tunnel=outer, config=None, known_hosts=None, username="milo+plc-07", client_keys=[]
        ) as inner,
    ):
        result = await inner.run("id")
    assert result.exit_status == 77
    left = (await gate.seen("PassageRefused"))[0]
    assert (left.person, left.asset, left.code) == ("ana", "eng-ws-1", "no_permit")

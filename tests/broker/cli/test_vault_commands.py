"""Target credentials on the command line: told to the evidence first, kept sealed, never shown again."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.charter.founding import found
from broker.cli.vault_commands import open_vault, vault
from broker.clock import SystemClock
from broker.layout import Layout
from domain.ids import AssetId
from domain.plant import Protocol

SECRET = "a-password-that-nobody-sees"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "n")
    found(layout, charter={}, origin="plant.example/ot-access/1", at=SystemClock().now())
    return layout


@pytest.fixture
def signer(layout: Layout) -> Iterator[None]:
    """The node's real signer process."""
    command = [sys.executable, "-m", "broker", "serve", "--only", "signer", "--config", str(layout.config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not layout.signer_socket.exists():
            assert process.poll() is None
            time.sleep(0.02)
        yield
        process.terminate()


def run(layout: Layout, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(vault, [*arguments, "--dir", str(layout.folder)], input=typed)


def written(layout: Layout) -> bytes:
    return b"".join(one.read_bytes() for one in layout.folder.rglob("*") if one.is_file())


@pytest.mark.usefixtures("signer")
def test_a_credential_is_kept_listed_and_forgotten_without_ever_being_shown(layout: Layout) -> None:
    done = run(layout, "set", "eng-ws-1", "--login", "engineer", typed=f"{SECRET}\n")
    assert done.exit_code == 0, done.output
    assert open_vault(layout).credential(AssetId("eng-ws-1")).password == SECRET
    listed = run(layout, "list", "--json")
    assert [(one["asset"], one["login"]) for one in json.loads(listed.output)] == [("eng-ws-1", "engineer")]
    assert SECRET not in done.output + listed.output
    assert SECRET.encode() not in written(layout)
    assert run(layout, "remove", "eng-ws-1").exit_code == 0
    assert json.loads(run(layout, "list", "--json").output) == []


def test_what_the_ledger_can_not_keep_is_not_done(layout: Layout) -> None:
    done = run(layout, "set", "eng-ws-1", "--login", "engineer", typed=f"{SECRET}\n")
    assert done.exit_code == 1
    assert open_vault(layout).list() == ()


@pytest.mark.parametrize("asset", ["../keys", "Eng WS", "a/b", ""])
def test_an_asset_is_named_by_its_id_and_by_nothing_that_is_a_path(asset: str, layout: Layout) -> None:
    assert run(layout, "set", asset, "--login", "engineer", typed="x\n").exit_code == 2
    assert run(layout, "remove", asset).exit_code == 2


@pytest.mark.usefixtures("signer")
def test_a_password_for_vnc_is_kept_beside_the_credential_for_ssh(layout: Layout) -> None:
    assert run(layout, "set", "hmi-1", "--for", "vnc", typed=f"{SECRET}\n").exit_code == 0
    kept = open_vault(layout)
    found = kept.held(AssetId("hmi-1"), Protocol.VNC)
    assert found is not None
    assert found.password == SECRET
    assert kept.held(AssetId("hmi-1"), Protocol.SSH) is None
    assert run(layout, "remove", "hmi-1", "--for", "vnc").exit_code == 0
    assert kept.list() == ()


def test_ssh_asks_for_a_login_and_vnc_takes_no_key(layout: Layout, tmp_path: Path) -> None:
    assert "--login" in run(layout, "set", "hmi-1", typed="x\n").output
    assert "--login" in run(layout, "set", "hmi-1", "--for", "http", typed="x\n").output
    (tmp_path / "key").write_text("key")
    done = run(layout, "set", "hmi-1", "--for", "vnc", "--key-file", str(tmp_path / "key"))
    assert done.exit_code == 2
    assert "with a password" in done.output


def test_the_key_for_opc_ua_is_drawn_once_and_its_certificate_is_printed(layout: Layout) -> None:
    assert not layout.opc_ua_key.exists()
    first = run(layout, "opc-ua")
    assert first.output.startswith("-----BEGIN CERTIFICATE-----"), first.output
    again = json.loads(run(layout, "opc-ua", "--json").output)
    assert again["certificate"].split() == first.output.split()
    renewed = json.loads(run(layout, "opc-ua", "--renew", "--json").output)
    assert renewed["sha256"] != again["sha256"]
    assert "PRIVATE" not in first.output

"""``penstock doctor``: what is wrong, each with its remedy; and nothing that is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from broker.cli.doctor import doctor, doors, rdp
from broker.cli.root import penstock
from broker.layout import Layout
from policies.charter.documents import read_charter
from tests.node import Node


def checks(output: str) -> dict[str, Any]:
    return {one["check"]: one for one in json.loads(output) if one["check"] != "keys" or not one["sound"]}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A node that was founded, and that nobody has started."""
    made = CliRunner().invoke(penstock, ["init", str(tmp_path / "node")])
    assert made.exit_code == 0
    layout = Layout(tmp_path / "node")
    assets, site = layout.charter / "assets.toml", layout.charter / "sites.toml"
    assets.write_text(assets.read_text().replace('"192.0.2.', '"127.9.9.'))  # tests talk to this machine only
    site.write_text(site.read_text().replace("[organisation]\n", "[organisation]\ndemonstration = true\n"))
    return layout


def examined(layout: Layout) -> dict[str, Any]:
    done = CliRunner().invoke(doctor, ["--dir", str(layout.folder), "--json"])
    assert done.exit_code == 1
    return checks(done.output)


def test_a_new_node_is_founded_checked_and_told_what_still_is_to_do(layout: Layout) -> None:
    charter = CliRunner().invoke(penstock, ["charter", "check", "--dir", str(layout.folder), "--json"])
    assert (charter.exit_code, json.loads(charter.output)["sound"]) == (0, True)
    found = examined(layout)
    assert {name for name in ("settings", "trust", "charter", "database") if found[name]["sound"]} == {
        "settings",
        "trust",
        "charter",
        "database",
    }
    for name in ("watchdog", "gate"):
        assert (found[name]["sound"], "penstock serve" in found[name]["remedy"]) == (False, True)
    lines = CliRunner().invoke(doctor, ["--dir", str(layout.folder)])
    assert "WRONG  gate" in lines.output
    assert "What to do: Start the node" in lines.output


def test_a_key_that_others_may_read_is_named_with_its_remedy(layout: Layout) -> None:
    layout.vault_key.chmod(0o644)
    wrong = examined(layout)["keys"]
    assert (wrong["fact"], "chmod 600" in wrong["remedy"]) == ("Others may read vault.key.", True)
    layout.vault_key.chmod(0o600)
    layout.recording_key.unlink()
    assert "recording.key" in examined(layout)["keys"]["fact"]


def test_a_charter_with_faults_is_said_once_with_where_to_read_on(layout: Layout) -> None:
    rights = layout.charter / "rights.toml"
    rights.write_text(rights.read_text().replace('holder = "petra"', 'holder = "nobody"'))
    found = examined(layout)
    assert (found["charter"]["sound"], "charter check" in found["charter"]["remedy"]) == (False, True)


def test_a_broker_inside_a_control_zone_fails_the_deployment_check(layout: Layout) -> None:
    """C06: a self-check with a bad address plan exits non-zero."""
    assert examined(layout)["place"]["sound"]
    sites = layout.charter / "sites.toml"
    sites.write_text(sites.read_text().replace('broker_zones = ["dmz"]', 'broker_zones = ["pumping"]'))
    found = examined(layout)["place"]
    assert (found["sound"], "DMZ" in found["remedy"]) == (False, True)


def test_a_door_at_an_address_among_controllers_fails_the_deployment_check(layout: Layout) -> None:
    """C06: whatever the charter says of the broker, its address says it too."""
    assert examined(layout)["address"]["sound"]
    assets = layout.charter / "assets.toml"
    head, found, rest = assets.read_text().partition('id = "plc-07"')
    assets.write_text(head + found + re.sub(r'address = "[^"]+"', 'address = "10.21.0.12"', rest, count=1))
    config = layout.config
    config.write_text(config.read_text().replace('host = "127.0.0.1"', 'host = "10.21.0.200"', 1))
    # By itself: the whole command would also try to reach the controller, and tests talk to this machine only.
    now = doors(layout, read_charter(layout.charter_files()))
    assert (now.sound, "Pumping station" in now.fact, "in the DMZ" in now.remedy) == (False, True, True)


def test_what_rdp_needs_is_named_where_it_is_missing() -> None:
    """C11: the packages, and a kernel that confines."""
    both = rdp(("Xtigervnc", "xfreerdp"), confined=True)
    assert (both.sound, both.remedy) == (False, "Install tigervnc-standalone-server freerdp2-x11.")
    assert "Landlock" in rdp((), confined=False).remedy
    assert rdp((), confined=True).sound


def test_a_folder_that_is_no_node_gives_answers_and_no_traceback(tmp_path: Path) -> None:
    done = CliRunner().invoke(doctor, ["--dir", str(tmp_path), "--json"])
    assert done.exit_code == 1
    assert not checks(done.output)["settings"]["sound"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_node_that_runs_is_well_but_for_what_this_machine_lacks(plant: Node) -> None:
    done = await plant.command("doctor", "--dir", str(plant.layout.folder), "--json")
    wrong = {name for name, one in checks(done.output).items() if not one["sound"]}
    assert wrong <= {"clock", "disk", "room"}, wrong  # both look at this machine's own disk
    found = checks(done.output)
    assert str(plant.pid("gate")) in found["gate"]["fact"]
    assert found["watchdog"]["fact"] == "answers"
    assert {name for name in found if name.startswith("eng-ws-1:")}


def test_an_identity_provider_that_may_ask_for_a_password_alone_is_told(layout: Layout) -> None:
    """A02: no second door with one factor."""
    assert examined(layout)["provider"]["sound"]
    before = layout.config.read_text()
    given = '[oidc]\nissuer = "https://login.example"\nclient_id = "penstock"\n'
    for more, secret, words in (
        ("", "", "client secret is missing"),
        ("", "a secret of the tests", "with a password alone"),
        ('amr = ["mfa"]\n', "a secret of the tests", "approves nothing"),
    ):
        layout.config.write_text(f"{before}\n{given}{more}")
        if secret:
            layout.oidc_secret.write_text(secret)
            layout.oidc_secret.chmod(0o600)
        found = examined(layout)["provider"]
        assert found["sound"] is bool(more)
        assert words in found["fact"]


def test_a_name_for_devices_pages_that_the_certificate_does_not_have_is_told(layout: Layout) -> None:
    assert "below pages.localhost" in examined(layout)["pages"]["fact"]
    config = layout.config.read_text()
    layout.config.write_text(config.replace("pages.localhost", "pages.plant.internal"))
    wrong = examined(layout)["pages"]
    assert (wrong["sound"], "*.pages.plant.internal" in wrong["fact"]) == (False, True)
    layout.config.write_text(config.replace('pages = "pages.localhost"\n', ""))
    assert examined(layout)["pages"]["fact"] == "no device's page opens in a browser"
    layout.config.write_text(
        config.replace('"localhost"', '"penstock.plant.example"').replace(
            "pages.localhost", "pages.plant.example"
        )
    )
    assert "could set cookies for plant.example" in examined(layout)["settings"]["fact"]

"""What an operator installs: units that systemd finds tight, a compose file that fits its schema."""

import re
import subprocess
import sys

import pytest

from tests.house import generate
from tests.house.repository import HERE, text
from tests.programs import program

PROCESSES = ("gate", "console", "signer", "uploader", "watchdog")
UNITS = (*PROCESSES, "looker@")
MOST_EXPOSED = 2.5


@pytest.fixture
def analyse() -> str:
    return program("systemd-analyze")


@pytest.mark.parametrize("process", UNITS)
def test_a_unit_is_as_tight_as_its_work_allows(process: str, analyse: str) -> None:
    unit = HERE / f"deploy/systemd/penstock-{process}.service"
    done = subprocess.run(
        [analyse, "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stdout
    assert float(exposure.group(1)) <= MOST_EXPOSED


@pytest.mark.parametrize("process", UNITS)
def test_a_unit_says_nothing_that_systemd_does_not_know(process: str, analyse: str) -> None:
    done = subprocess.run(
        [analyse, "verify", "--man=no", f"deploy/systemd/penstock-{process}.service"],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if "penstock" in line]
    assert all(re.search(r"/opt/penstock/bin/\w+ is not executable", line) for line in complaints), complaints


def common(process: str) -> str:
    return text(f"deploy/systemd/penstock-{process}.service").partition("# ── the same for all")[2]


def test_the_units_share_their_hardening_and_differ_in_what_they_reach() -> None:
    assert len({common(process) for process in PROCESSES}) == 1
    assert common("gate")
    for process in PROCESSES:
        unit = text(f"deploy/systemd/penstock-{process}.service")
        assert "User=penstock\n" in unit
        assert "InaccessiblePaths=" in unit
        assert f"serve --only {process} --config" in unit
        assert re.search(r"^MemoryMax=\d", unit, re.MULTILINE)
        assert "LimitCORE=0" in unit


def test_who_looks_at_files_sees_of_the_node_nothing_but_them() -> None:
    unit = text("deploy/systemd/penstock-looker@.service")
    for line in (
        "TemporaryFileSystem=/var/lib/penstock:ro",
        "PrivateNetwork=yes",
        "RestrictAddressFamilies=AF_UNIX",
    ):
        assert f"\n{line}\n" in unit
    bound = re.findall(r"^Bind(?:ReadOnly)?Paths=(.+)$", unit, re.MULTILINE)
    assert bound == ["/var/lib/penstock/quarantine"]
    assert "ReadWritePaths" not in unit
    loosened = {"MemoryDenyWriteExecute=yes"}
    ends_with_its_connection = {
        "Restart=on-failure",
        "RestartSec=1s",
        "[Install]",
        "WantedBy=penstock.target",
    }
    theirs, its = (set(filter(None, common(one).splitlines())) for one in ("gate", "looker@"))
    assert theirs - its == loosened | ends_with_its_connection
    assert its - theirs == {"MemoryDenyWriteExecute=no"}


def test_the_signing_key_is_out_of_reach_of_every_process_but_the_signer() -> None:
    for process in ("gate", "console", "uploader"):
        assert "InaccessiblePaths=-/var/lib/penstock/keys/ledger.key" in text(
            f"deploy/systemd/penstock-{process}.service"
        )
    assert "-/var/lib/penstock/keys " in text("deploy/systemd/penstock-watchdog.service")


def test_what_opens_the_second_store_is_out_of_reach_of_every_process_but_the_uploader() -> None:
    for process in ("gate", "console", "signer"):
        hidden = "InaccessiblePaths=-/var/lib/penstock/keys/store.toml\n"
        assert hidden in text(f"deploy/systemd/penstock-{process}.service")
    unit = text("deploy/systemd/penstock-uploader.service")
    for key in ("ledger.key", "vault.key", "recording.key", "ssh_host_ed25519", "tls.key"):
        assert f"-/var/lib/penstock/keys/{key}" in unit
    assert "-/var/lib/penstock/vault " in unit


def test_the_compose_file_fits_the_compose_specification() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(HERE / "deploy/compose/compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compose_file_runs_the_processes_and_no_other() -> None:
    started = re.findall(r"serve, --only, (\w+),", text("deploy/compose/compose.yaml"))
    assert sorted(started) == sorted(PROCESSES)


def test_units_and_containers_start_what_the_command_line_knows() -> None:
    commands = {name.removeprefix("penstock "): command for name, command in generate.commands()}
    starts = [text(f"deploy/systemd/penstock-{process}.service") for process in PROCESSES]
    lines = [re.search(r"^ExecStart=\S+ (.+)$", unit, re.MULTILINE) for unit in starts]
    lines += [re.search(r"command: \[penstock, (init, [^]]+)\]", text("deploy/compose/compose.yaml"))]
    for line in lines:
        assert line
        name, *arguments = line.group(1).replace(",", "").split()
        commands[name].make_context(name, arguments)


def test_the_container_s_recipe_names_no_registry() -> None:
    for line in text("deploy/Containerfile").splitlines():
        if line.startswith(("FROM", "ARG BASE")):
            assert not re.search(r"[\w-]+\.[\w.-]+/", line), line


def test_the_conduit_firewall_drops_by_default_and_is_understood() -> None:
    rules = text("deploy/nftables/conduits.nft")
    assert len(re.findall(r"policy drop;", rules)) == 3
    assert "policy accept" not in rules
    nft = program("nft")
    # Penstock's user exists only where Penstock is installed; any number reads the same. Reading rules needs
    # a network namespace that one may change: root's own, or a fresh one.
    fresh = ["unshare", "--user", "--map-root-user", "--net"]
    tries = [
        subprocess.run(
            [*prefix, nft, "--check", "--file", "-"],
            input=rules.replace('"penstock"', "0"),
            capture_output=True,
            text=True,
            check=False,
        )
        for prefix in (fresh, [])
    ]
    if all("not permitted" in done.stderr for done in tries):
        pytest.skip("this kernel lets nobody here read firewall rules")
    assert any(done.returncode == 0 for done in tries), [done.stderr for done in tries]

"""The architecture's contracts are kept, and each of them fires when somebody breaks it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import HERE, PACKAGES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's modules in a folder that may be spoilt."""
    for package in PACKAGES:
        shutil.copytree(
            HERE / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
        )
    shutil.copy(HERE / "pyproject.toml", tmp_path)
    return tmp_path


def contracts_of(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_are_kept(copy: Path) -> None:
    done = contracts_of(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


CRIMES = (
    ("domain/ids.py", "policies.rule", "Three floors"),  # the domain looks up
    ("policies/rule.py", "approvals.quorum", "Three floors"),  # a sibling looks sideways
    ("recorder/format/frame.py", "broker.clock", "Three floors"),  # evidence needs the server
    ("policies/rules/window_open.py", "time", "Cores are pure"),  # a rule asks the time
    ("broker/governor.py", "asyncio", "Cores are pure"),  # the governor waits
    ("recorder/ledger/merkle.py", "os", "Cores are pure"),  # the tree opens a file
    ("approvals/quorum.py", "approvals.tables", "Cores are pure"),  # by way of another module
    ("broker/settings.py", "broker.parent", "Inside the broker"),  # settings look up
    ("broker/door/address.py", "broker.console.words", "Inside the broker"),  # door and console
    ("broker/conduits/tcp/filter.py", "broker.conduits.terminal", "Conduits"),  # two conduits
    ("broker/door/limits.py", "recorder.signing", "Whoever meets"),  # the door signs
)
"""A module, what it may not import, and the contract that says so."""


def test_every_broken_contract_is_caught_by_name_and_line(copy: Path) -> None:
    lines = {}
    for module, crime, _contract in CRIMES:
        place = copy / module
        text = f"{place.read_text('utf-8')}\nimport {crime}\n"
        lines[module] = text.count("\n")
        place.write_text(text, "utf-8")
    done = contracts_of(copy)
    assert done.returncode != 0
    for module, crime, contract in CRIMES:
        said = findings(done.stdout, contract)
        name = module.removesuffix(".py").replace("/", ".")
        assert f"{name} -> {crime} (l.{lines[module]})" in said, (module, crime, said)


def findings(out: str, contract: str) -> str:
    """What is said of one contract that was broken, under its title."""
    _, _, broken = out.partition("Broken contracts")
    (found,) = [part for part in re.split(r"\n(?=[^\n]+\n-{5,}\n)", broken) if part.startswith(contract)]
    return found


def test_a_module_on_no_floor_is_caught(copy: Path) -> None:
    """A drawer for odds and ends."""
    (copy / "broker" / "utils.py").write_text("", "utf-8")
    done = contracts_of(copy)
    assert done.returncode != 0
    assert any("Inside the broker" in line for line in done.stdout.splitlines() if line.endswith("BROKEN"))
    assert "broker.utils" in done.stdout

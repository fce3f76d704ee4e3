"""The architecture's contracts are kept, and each of them fires when somebody breaks it."""

import os
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


@pytest.mark.parametrize(
    ("module", "crime", "contract"),
    [
        pytest.param("domain/ids.py", "import policies.rule", "Three floors", id="domain looks up"),
        pytest.param("policies/rule.py", "import approvals.quorum", "Three floors", id="a sibling looks sideways"),
        pytest.param("recorder/format/frame.py", "import broker.clock", "Three floors", id="evidence needs the server"),
        pytest.param("policies/rules/window_open.py", "import time", "Cores are pure", id="a rule asks the time"),
        pytest.param("broker/governor.py", "import asyncio", "Cores are pure", id="the governor waits"),
        pytest.param("recorder/ledger/merkle.py", "import os", "Cores are pure", id="the tree opens a file"),
        pytest.param("approvals/quorum.py", "import approvals.tables", "Cores are pure", id="by way of another module"),
        pytest.param("broker/utils.py", "", "Inside the broker", id="a drawer for odds and ends"),
        pytest.param("broker/settings.py", "import broker.parent", "Inside the broker", id="settings look up"),
        pytest.param("broker/door/address.py", "import broker.console.words", "Inside the broker", id="door and console"),
        pytest.param("broker/conduits/tcp/filter.py", "import broker.conduits.terminal", "Conduits", id="two conduits"),
        pytest.param("broker/door/limits.py", "import recorder.signing", "can't reach the code", id="the door signs"),
    ],
)  # fmt: skip
def test_a_broken_contract_is_caught(module: str, crime: str, contract: str, copy: Path) -> None:
    place = copy / module
    before = place.read_text("utf-8") if place.exists() else ""
    place.write_text(f"{before}\n{crime}\n", "utf-8")
    done = contracts_of(copy)
    assert done.returncode != 0
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), done.stdout

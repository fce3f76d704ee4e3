"""What git keeps: nothing of the machine it was written on, every pin by hash, no address of a registry."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.for_each import for_each
from tests.house.repository import HERE, PACKAGES, text, texts, tracked
from tests.programs import PACKAGES as PROGRAMS

PINS = ("requirements/constraints.txt", "requirements/runtime.txt")


def test_nothing_names_a_path_of_the_machine_it_was_written_on() -> None:
    path = re.compile(r"(?<![\w.$}-])/(work|farm|root|home/[a-z]+)/")
    found = [name for name in texts() if path.search(text(name)) and not name.startswith("tests/house/")]
    assert not found


def test_nothing_names_a_registry() -> None:
    named = re.compile(
        r'(index-url\s*[=:]?\s*https?:|"resolved"\s*:|^\s*registry\s*=|find-links)', re.MULTILINE
    )
    assert not [name for name in texts() if named.search(text(name)) and not name.startswith("tests/house/")]


@pytest.mark.parametrize("pins", PINS)
def test_every_dependency_is_pinned_by_hash(pins: str) -> None:
    entries = re.split(r"(?<!\\)\n", text(pins).strip())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"no hash: {entry}"


def test_what_runs_is_a_part_of_what_was_tested() -> None:
    tested = set(re.findall(r"^[a-z0-9.-]+==\S+", text(PINS[0]), re.MULTILINE))
    assert set(re.findall(r"^[a-z0-9.-]+==\S+", text(PINS[1]), re.MULTILINE)) <= tested


def test_the_floors_below_which_a_known_hole_lies_are_held() -> None:
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==([\w.]+)", text(PINS[1]), re.MULTILINE))
    floors = {"asyncssh": (2, 24, 1), "starlette": (1, 3, 1), "cryptography": (50,)}
    for name, floor in floors.items():
        assert tuple(int(part) for part in pinned[name].split(".")) >= floor, name


def test_every_script_of_the_console_is_pinned_by_hash() -> None:
    packages = json.loads(text("package-lock.json"))["packages"]
    fetched = {name: one for name, one in packages.items() if name}
    assert fetched
    for name, one in fetched.items():
        assert one["integrity"].startswith("sha512-"), name
        assert "resolved" not in one, f"{name} names a registry"


def test_third_party_scripts_are_not_committed() -> None:
    assert not [name for name in tracked() if "/vendor/" in name and name.endswith((".js", ".css", ".wasm"))]
    assert not [name for name in tracked() if name.endswith(".min.js")]


def test_no_private_key_is_committed() -> None:
    key = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/]{20,}")
    assert not [name for name in texts() if key.search(text(name))]


def test_the_build_server_runs_what_a_newcomer_runs() -> None:
    script = text(".ci/run")
    assert "PENSTOCK_NO_SKIPS=1" in script
    assert "make test" in script
    assert "make test" in text("README.md")
    assert (HERE / ".ci/run").stat().st_mode & 0o111


def test_the_build_server_installs_every_program_that_a_test_would_be_skipped_without() -> None:
    listed = re.search(r"packages=\(([^)]*)\)", text(".ci/run"))
    assert listed
    assert set(PROGRAMS.values()) <= set(listed[1].split())


@for_each("target", ["demo", "test", "tour", "check", "fix", "bench", "deep", "docs", "lock", "help"])
def test_every_promised_target_can_be_made(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--old-file=setup", target],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^{target}:.*## \w", text("Makefile"), re.MULTILINE), "help does not tell of it"


def test_what_is_installed_holds_every_page_template_and_charter_that_the_product_reads(
    tmp_path: Path,
) -> None:
    shipped = [path for path in tracked() if path.startswith(tuple(f"{package}/" for package in PACKAGES))]
    for path in ["pyproject.toml", "README.md", *shipped]:
        place = tmp_path / "source" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / path, place)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "--wheel-dir",
            str(tmp_path),
            str(tmp_path / "source"),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert not [path for path in shipped if path not in held]

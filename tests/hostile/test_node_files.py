"""A node's own files, garbled: whoever reads one names it and says what to do, and changes nothing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.charter.founding import found
from broker.charter.trust_files import TrustFiles
from broker.cli.doctor import doctor
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from broker.people.factors import SpentSteps
from broker.settings import read_settings
from broker.watchdog.interlock_file import InterlockFile
from domain.errors import PenstockError
from domain.ids import PersonId
from recorder.ledger.reader import LogReader
from recorder.signing import read_signer
from tests.hostile.targets import HOSTILE

ORIGIN = "plant.example/ot-access/1"
GARBAGE = {
    "nothing": b"",
    "acts": HOSTILE.encode() * 50,
    "binary": bytes(range(256)) * 40,
    "NULs": b"\x00" * 5000,
    "deep": b"[" * 100_000,
    "deep JSON": b'{"a":' * 50_000,
    "wrong JSON": b"[1, 2, 3]",
    "a lone surrogate": b'"\\ud800"',
    "a long line": b"x" * 1_000_000,
    "wrong TOML": b'schema = "penstock-trust/9"\n',
}
READERS: dict[str, tuple[Callable[[Layout], Path], Callable[[Layout], object]]] = {
    "penstock.toml": (lambda node: node.config, read_settings),
    "trust/approvers.toml": (
        lambda node: node.approvers,
        lambda node: TrustFiles(node, with_codes=False)(),
    ),
    "trust/codes.toml": (lambda node: node.codes, lambda node: TrustFiles(node, with_codes=True)()),
    "spent-steps": (lambda node: node.spent_steps, lambda node: SpentSteps(node.spent_steps)),
    "interlocks.json": (lambda node: node.interlocks, lambda node: InterlockFile(node.interlocks).read()),
    "ledger.key": (lambda node: node.ledger_key, lambda node: read_signer(node.ledger_key, ORIGIN)),
    "checkpoint": (lambda node: node.ledger / "checkpoint", lambda node: LogReader(node.ledger).size),
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's folder as it was founded: each test spoils a copy."""
    folder = tmp_path_factory.mktemp("founded")
    now = SystemClock().now()
    founder = (PersonId("petra"), folder / "founder")
    charter = sample_charter(today=now.date())
    found(Layout(folder / "node"), charter=charter, origin=ORIGIN, at=now, founder=founder)
    return folder / "node"


@pytest.fixture
def layout(tmp_path: Path, founded: Path) -> Layout:
    return Layout(shutil.copytree(founded, tmp_path / "node", symlinks=True))


def cases() -> Iterator[object]:
    for file in READERS:
        for kind, data in GARBAGE.items():
            # A register that was never written to, and one whose only line is torn, hold no step.
            if file == "spent-steps" and b"\n" not in data:
                continue
            yield pytest.param(file, data, id=f"{file}: {kind}")


@pytest.mark.parametrize(("file", "data"), list(cases()))
def test_a_garbled_file_is_named_in_one_short_inert_line(layout: Layout, file: str, data: bytes) -> None:
    place, read = READERS[file]
    path = place(layout)
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)
    with pytest.raises(PenstockError) as caught:
        read(layout)
    told = str(caught.value)
    assert path.name in told, told
    assert told.isprintable(), told
    assert len(told) < 1200
    assert "What to do: " in told
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("file", "what"),
    [
        (file, what)
        for file in READERS
        for what in ("folder", "loop", "nowhere")
        # A node that has just been founded has neither of the two: a missing one is a fresh one.
        if what != "nowhere" or file not in ("spent-steps", "interlocks.json")
    ],
)
def test_what_is_no_file_is_named(layout: Layout, file: str, what: str) -> None:
    place, read = READERS[file]
    path = place(layout)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    with pytest.raises(PenstockError) as caught:
        read(layout)
    assert path.name in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_doctor_names_each_garbled_file_and_what_to_do(layout: Layout) -> None:
    garbled = (
        layout.approvers,
        layout.spent_steps,
        layout.interlocks,
        layout.recording_key,
        *layout.charters.glob("*/zones.toml"),  # the version in force; the folder `charter` is a draft
    )
    assert len(garbled) == 5
    for path in garbled:
        path.write_bytes(HOSTILE.encode())
    done = CliRunner().invoke(doctor, ["--dir", str(layout.folder), "--json"])
    assert done.exit_code == 1
    checks = json.loads(done.output)
    wrong = [one for one in checks if not one["sound"]]
    for path in garbled:
        named = [one for one in wrong if path.name in one["fact"]]
        assert named, path.name
        assert any(one["remedy"] for one in named), named
    shown = CliRunner().invoke(doctor, ["--dir", str(layout.folder)]).output
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("process", "file"),
    [
        ("gate", "spent-steps"),
        ("gate", "keys/ssh_host_ed25519"),
        ("gate", "keys/recording.key"),
        ("gate", "trust/codes.toml"),
        ("console", "keys/tls.key"),
        ("signer", "keys/ledger.key"),
    ],
)
def test_a_process_that_can_not_start_says_why_in_one_line_of_json(
    layout: Layout, process: str, file: str
) -> None:
    (layout.folder / file).touch(mode=0o600)
    (layout.folder / file).write_bytes(HOSTILE.encode())
    done = subprocess.run(
        [sys.executable, "-m", "broker", "serve", "--only", process, "--config", str(layout.config)],
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 1
    said = [json.loads(line) for line in done.stderr.decode("ascii").splitlines()]
    assert [one["event"] for one in said] == ["process_cannot_run"]
    assert Path(file).name in said[0]["fact"]
    assert "What to do: " in said[0]["fact"]


@pytest.mark.parametrize("data", [b"\xff\xfe", HOSTILE.encode(), b"[ssh]\nport = 'x'\n"], ids=len)
def test_a_garbled_configuration_is_wrong_usage_in_one_line(layout: Layout, data: bytes) -> None:
    layout.config.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "broker", "serve", "--config", str(layout.config)],
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode("utf-8").splitlines()
    assert line.startswith(f"penstock: {layout.config}")
    assert line.isprintable()
    assert "What to do: " in line

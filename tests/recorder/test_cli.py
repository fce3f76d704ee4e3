import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from recorder.cli import main
from tests.recorder.cases import Story, story
from tests.recorder.ledger.logs import SIGNER, STRANGER
from tests.recorder.recordings import KEK, SESSION

HERE = Path(__file__).parents[2]


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    found = await story(tmp_path)
    (tmp_path / "case.zip").write_bytes(found.case())
    (tmp_path / "plant.vkey").write_text(SIGNER.key.text() + "\n")
    (tmp_path / "recording.key").write_bytes(KEK)
    return found


def run(*arguments: object) -> tuple[int, str]:
    out = StringIO()
    return main(list(map(str, arguments)), out), out.getvalue()


def test_verify_says_pass_with_the_right_key(told: Story) -> None:
    status, text = run("verify", told.folder / "case.zip", "--key", told.folder / "plant.vkey")
    assert status == 0
    assert text.splitlines()[-1].startswith("PASS: ")


def test_the_key_may_be_written_out(told: Story) -> None:
    assert run("verify", told.folder / "case.zip", "--key", SIGNER.key.text())[0] == 0


def test_verify_says_fail_with_another_key(told: Story) -> None:
    assert run("verify", told.folder / "case.zip", "--key", STRANGER.key.text())[0] == 1


def test_verify_says_incomplete_without_a_key(told: Story) -> None:
    status, text = run("verify", told.folder / "case.zip", "--json")
    assert status == 3
    assert json.loads(text)["verdict"] == "INCOMPLETE"


def test_verify_runs_alone_without_network_database_or_the_product(told: Story) -> None:
    lonely = (
        "import sys, runpy\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'broker', 'approvals', 'policies', 'sqlalchemy', 'sqlmodel',\n"
        "                                  'asyncssh', 'fastapi', 'webauthn', 'pydantic', 'structlog'}:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"sys.argv = ['recorder', 'verify', {str(told.folder / 'case.zip')!r},"
        f" '--key', {str(told.folder / 'plant.vkey')!r}]\n"
        "runpy.run_module('recorder', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", lonely], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "PASS: case file" in done.stdout


def test_a_closed_case_file_verifies_without_zstandard(told: Story) -> None:
    closed = told.folder / "closed.zip"
    closed.write_bytes(told.case(with_key=False))
    lonely = (
        "import sys, runpy\n"
        "sys.modules['zstandard'] = None\n"
        f"sys.argv = ['recorder', 'verify', {str(closed)!r}, '--key', {SIGNER.key.text()!r}]\n"
        "runpy.run_module('recorder', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", lonely], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"hello", "neither a case file nor a recording", id="foreign"),
        pytest.param(b"\x1f\x8b\x08\x00", "neither a case file nor a recording", id="gzip"),
    ],
)
def test_what_is_no_evidence_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, fact: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert run("verify", path)[0] == 2
    assert fact in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", tmp_path / "no\x1b[2Jthing")[0] == 2
    assert "\x1b" not in capsys.readouterr().err


def test_a_truncated_case_file_fails(told: Story) -> None:
    path = told.folder / "case.zip"
    path.write_bytes(path.read_bytes()[:-500])
    assert run("verify", path, "--key", told.folder / "plant.vkey")[0] == 1


def test_show_tells_without_a_key_only_when_and_how_much(told: Story) -> None:
    status, text = run("show", told.folder / f"{SESSION}.pnr")
    assert status == 0
    assert "to_asset        7 bytes" in text
    assert "uptime" not in text


def test_show_tells_all_with_the_node_s_key(told: Story) -> None:
    _, text = run(
        "show", told.folder / f"{SESSION}.pnr", "--recording-key", told.folder / "recording.key", "--json"
    )
    frames = [json.loads(line) for line in text.splitlines()]
    assert frames[3]["payload"] == "uptime\r"
    assert {"kind": "hidden", "channel": 1, "elapsed_us": 750_000, "payload": {"bytes": 9}} in frames


def test_replay_shows_the_screen_and_puts_the_terminal_right(told: Story) -> None:
    _, text = run("replay", told.folder / f"{SESSION}.pnr", "--recording-key", told.folder / "recording.key")
    assert "load average" in text
    assert text.endswith("\x1b[?1049l\n")


def test_export_writes_both_versions(told: Story) -> None:
    where = (told.folder / f"{SESSION}.pnr", "--recording-key", told.folder / "recording.key")
    for version in (2, 3):
        status, text = run("export", *where, "--version", version)
        assert status == 0
        assert json.loads(text.splitlines()[0])["version"] == version


def test_what_needs_a_key_says_so(told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", told.folder / f"{SESSION}.pnr")[0] == 2
    assert "--recording-key" in capsys.readouterr().err


def test_the_wrong_node_key_is_named(told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    other = told.folder / "other.key"
    other.write_bytes(bytes(32))
    assert run("show", told.folder / f"{SESSION}.pnr", "--recording-key", other)[0] == 2
    assert "wrapped under node key" in capsys.readouterr().err


def test_wrong_usage_is_status_2() -> None:
    with pytest.raises(SystemExit) as raised:
        main(["verify"])
    assert raised.value.code == 2

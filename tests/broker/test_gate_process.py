import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from broker.gate_process import GateProcess, process_of, read_gate_process, write_gate_process


def test_the_gate_names_itself_and_is_found_while_it_lives(tmp_path: Path) -> None:
    write_gate_process(tmp_path / "gate.pid")
    assert read_gate_process(tmp_path / "gate.pid") == process_of(os.getpid())


def test_a_process_that_merely_has_the_number_is_not_the_gate_and_is_not_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        real = process_of(other.pid)
        assert real is not None
        for impostor in (
            GateProcess(real.pid, real.started - 1, real.boot),
            GateProcess(real.pid, real.started, "another boot"),
        ):
            document = {"pid": impostor.pid, "started": impostor.started, "boot": impostor.boot}
            (tmp_path / "gate.pid").write_text(json.dumps(document))
            assert read_gate_process(tmp_path / "gate.pid") is None
            assert not impostor.kill()
        assert other.poll() is None
        assert real.kill()
        assert other.wait() == -signal.SIGKILL
    assert not real.kill()
    assert process_of(real.pid) is None


@pytest.mark.parametrize(
    "text",
    ["", "12", "null", "{}", '{"pid": 1, "started": 0, "boot": ""}', '{"pid": "7"}', "[" * 100_000, "\0"],
)
def test_a_file_that_names_no_process_names_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "gate.pid").write_text(text)
    assert read_gate_process(tmp_path / "gate.pid") is None
    assert read_gate_process(tmp_path / "missing") is None


def test_a_process_with_brackets_in_its_name_is_told_apart_too(tmp_path: Path) -> None:
    program = tmp_path / "a) 1 2 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as odd:
        found = process_of(odd.pid)
        assert found is not None
        assert found.kill()

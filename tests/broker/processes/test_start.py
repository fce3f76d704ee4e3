"""What a process says when it can't run: one line that can be acted upon, and nothing that is not JSON."""

import json
import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from broker.processes.start import cause_of
from domain.errors import ConfigError, EvidenceError

CONFIG = ConfigError("The key is short.", file="/keys/a", remedy="Restore it.")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CONFIG, "/keys/a: The key is short. What to do: Restore it."),
        (ExceptionGroup("g", [CONFIG]), "/keys/a: The key is short. What to do: Restore it."),
        (
            ExceptionGroup("g", [CONFIG, ExceptionGroup("h", [EvidenceError("No disk.")])]),
            "/keys/a: The key is short. What to do: Restore it. No disk.",
        ),
        (
            PermissionError(13, "Permission denied", "/db"),
            "/db can't be used: Permission denied. What to do: see `penstock doctor`.",
        ),
        (ExceptionGroup("g", [CONFIG, ValueError("a fault of ours")]), ""),
        (OSError("no file"), ""),
        (KeyError("x"), ""),
    ],
)
def test_only_what_an_operator_can_mend_is_a_sentence(error: Exception, told: str) -> None:
    assert cause_of(error) == told


def test_abuse_36_a_process_dumps_no_core_and_makes_no_file_that_others_may_read(tmp_path: Path) -> None:
    script = """
import pathlib, resource, sys
from broker.processes.start import run_process
from broker.layout import Layout
try:
    run_process("watchdog", Layout(pathlib.Path(sys.argv[1])))  # there is no node in this folder
except SystemExit as ended:
    assert ended.code == 1
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
pathlib.Path(sys.argv[1], "made").write_text("x")
"""
    subprocess.run(
        [sys.executable, "-c", f"import os; os.umask(0o022)\n{script}", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


def test_whatever_is_said_in_a_process_is_one_json_object_a_line() -> None:
    script = """
import logging, warnings, structlog
from broker.processes.start import log_as_json
log_as_json("gate")
structlog.get_logger().warning("seen", name="\\x1b]52;c;x\\x07 \\u202e \\udcff\\nsecond")
logging.getLogger("asyncio").error("task \\x1b[2J failed\\nhere", exc_info=ValueError("\\x9b31m"))
logging.getLogger("asyncio").info("too much")
warnings.warn("old")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b""
    lines = done.stderr.decode("ascii").splitlines()
    assert done.stderr.replace(b"\n", b"").decode("ascii").isprintable()
    said = [json.loads(line) for line in lines]
    assert [one["event"] for one in said] == ["seen", "library_said", "library_said"]
    assert {one["process"] for one in said} == {"gate"}
    assert said[1]["library"] == "asyncio"
    assert "ValueError" in said[1]["exception"]
    assert logging.getLevelName(logging.WARNING) == said[2]["level"].upper()


def test_a_line_that_can_not_be_written_is_lost_and_stops_nothing() -> None:
    script = """
import os, structlog
from broker.processes.start import log_as_json
log_as_json("gate")
os.close(2)
structlog.get_logger().critical("recording_failed", fact="no space")
print("went on")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"went on\n"


@pytest.mark.parametrize("name", ["gate", "console"])
def test_a_process_does_without_what_libraries_would_load_for_nobody(name: str) -> None:
    script = """
import ctypes.util, sys
from broker.processes import start
search = ctypes.util.find_library
start._loaded(sys.argv[1])
assert ctypes.util.find_library is search
print(*[one for one in ("pkcs11", "pydantic.v1", "rich") if sys.modules.get(one)])
"""
    done = subprocess.run([sys.executable, "-c", script, name], check=True, capture_output=True, text=True)
    spared = {"gate": "pkcs11", "console": "pydantic.v1"}[name]
    assert spared not in done.stdout.split()


def test_what_no_door_offers_is_not_looked_for_and_everything_else_is() -> None:
    """With liboqs out of sight every key exchange, cipher and check that we offer is still asyncssh's."""
    script = """
from broker.processes import start
start._loaded("gate")
import ctypes.util
from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs
from asyncssh.mac import get_mac_algs
from broker.conduits import algorithms
assert {one.encode() for one in algorithms.KEY_EXCHANGE} <= set(get_kex_algs())
assert {one.encode() for one in algorithms.VENDOR_ENCRYPTION} <= set(get_encryption_algs())
assert {one.encode() for one in algorithms.MACS if not one.startswith("umac")} <= set(get_mac_algs())
assert ctypes.util.find_library("c")
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)

import json
import subprocess
import sys

MIB = 1 << 20


def test_what_a_program_took_has_nothing_of_who_started_it() -> None:
    ballast = bytes(256 * MIB).replace(b"\0", b"x")
    asked = [sys.executable, "-m", "tests.bench.taken", sys.executable, "-c", "bytes(range(256)) * 100_000"]
    took = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)
    assert len(ballast) == 256 * MIB
    assert 25 < took["mib"] < 128
    assert took["cpu_s"] > 0


def test_a_program_that_fails_is_said_to_have_failed() -> None:
    asked = [sys.executable, "-m", "tests.bench.taken", sys.executable, "-c", "raise SystemExit(3)"]
    assert subprocess.run(asked, stdout=subprocess.DEVNULL, check=False).returncode == 3

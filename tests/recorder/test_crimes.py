"""Tampering: each crime is one file; the verifier names it, and where. Honest files of every kind pass."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from recorder.ledger.note import VerifierKey
from recorder.ledger.policy import Policy
from recorder.report import Report
from recorder.stamps.chain import certificates_in
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping
from tests.for_each import for_each
from tests.recorder.crimes import CRIMES, HONEST, table
from tests.recorder.honest import STAMPED_AT

FOUND: dict[str, Any] = json.loads((CRIMES / "index.json").read_text())
KEPT: dict[str, Any] = json.loads((HONEST / "index.json").read_text())
TABLE = table()
WITH_HOURS = {"hours.zip", "template.zip"}
ROOT = Path(__file__).parents[2]


def judged(folder: Path, name: str, row: dict[str, Any]) -> Report:
    key = VerifierKey.of((folder / row["key"]).read_text())
    policy = Policy.of((folder / row["policy"]).read_text()) if row["policy"] else None
    roots = certificates_in((folder / row["roots"]).read_bytes()) if row["roots"] else ()
    stamping = Stamping(roots, STAMPED_AT) if roots else None
    return verify_case(BytesIO((folder / name).read_bytes()), key, policy, stamping)


@for_each("name", FOUND)
def test_the_verifier_names_the_crime_and_where(name: str) -> None:
    """E12: an export that was edited, swapped or invented is among them."""
    row = FOUND[name]
    report = judged(CRIMES, name, row)
    first = report.first
    assert first is not None
    assert (report.verdict, first.title, first.code) == (row["verdict"], row["step"], row["code"]), (
        first.sentence
    )
    assert all(one in first.sentence for one in row["names"]), first.sentence


@for_each("name", TABLE)
def test_each_vector_is_the_crime_that_is_written_down(name: str) -> None:
    assert TABLE[name].data() == (CRIMES / f"{name}.zip").read_bytes()


@for_each("name", KEPT)
def test_every_honest_case_file_ever_written_comes_out_as_it_did(name: str) -> None:
    row = KEPT[name]
    report = judged(HONEST, name, row)
    assert (report.verdict, report.first.code if report.first else "") == (row["verdict"], row["code"])


ALONE = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("the verifier asked the network")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from recorder.cli import main
key, *files = sys.argv[1:]
found = [main(["verify", one, "--key", key], open("/dev/null", "w")) for one in files]
strange = {one.partition(".")[0] for one in sys.modules} - set(sys.stdlib_module_names) - {"sitecustomize"}
print(sorted(set(found)), *sorted(one for one in strange if not one.startswith("_")))
"""


def test_one_package_beside_the_standard_library_is_enough_and_no_network() -> None:
    """F08: every honest case file, in a process that has nothing else; only hours ask for one package more."""
    files = [
        str(HONEST / name) for name in KEPT if KEPT[name]["verdict"] == "PASS" and name not in WITH_HOURS
    ]
    command = [sys.executable, "-c", ALONE, str(HONEST / "ledger.vkey"), *files]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert told[0] == "[0]"
    assert set(told[1:]) <= {"cryptography", "domain", "recorder", "zstandard"}


def test_there_are_enough_and_the_index_has_them_all() -> None:
    assert len(FOUND) >= 30
    assert FOUND.keys() == {path.name for path in CRIMES.glob("*.zip")} == {f"{name}.zip" for name in TABLE}
    assert KEPT.keys() == {path.name for path in HONEST.glob("*.zip")}

"""Tampering: each crime is one file; the verifier names it, and where. Honest files of every kind pass."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from recorder.ledger.note import VerifierKey
from recorder.ledger.policy import Policy
from recorder.report import Report
from recorder.stamps.chain import certificates_in
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping
from tests.recorder.crimes import CRIMES, HONEST, table
from tests.recorder.honest import STAMPED_AT

FOUND: dict[str, Any] = json.loads((CRIMES / "index.json").read_text())
KEPT: dict[str, Any] = json.loads((HONEST / "index.json").read_text())
TABLE = table()


def judged(folder: Path, name: str, row: dict[str, Any]) -> Report:
    key = VerifierKey.of((folder / row["key"]).read_text())
    policy = Policy.of((folder / row["policy"]).read_text()) if row["policy"] else None
    roots = certificates_in((folder / row["roots"]).read_bytes()) if row["roots"] else ()
    stamping = Stamping(roots, STAMPED_AT) if roots else None
    return verify_case(BytesIO((folder / name).read_bytes()), key, policy, stamping)


@pytest.mark.parametrize("name", FOUND)
def test_the_verifier_names_the_crime_and_where(name: str) -> None:
    row = FOUND[name]
    report = judged(CRIMES, name, row)
    first = report.first
    assert first is not None
    assert (report.verdict, first.title, first.code) == (row["verdict"], row["step"], row["code"]), (
        first.sentence
    )
    assert all(one in first.sentence for one in row["names"]), first.sentence


@pytest.mark.parametrize("name", TABLE)
def test_each_vector_is_the_crime_that_is_written_down(name: str) -> None:
    assert TABLE[name].data() == (CRIMES / f"{name}.zip").read_bytes()


@pytest.mark.parametrize("name", KEPT)
def test_every_honest_case_file_ever_written_comes_out_as_it_did(name: str) -> None:
    row = KEPT[name]
    report = judged(HONEST, name, row)
    assert (report.verdict, report.first.code if report.first else "") == (row["verdict"], row["code"])


def test_there_are_enough_and_the_index_has_them_all() -> None:
    assert len(FOUND) >= 30
    assert FOUND.keys() == {path.name for path in CRIMES.glob("*.zip")} == {f"{name}.zip" for name in TABLE}
    assert KEPT.keys() == {path.name for path in HONEST.glob("*.zip")}

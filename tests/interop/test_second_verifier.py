"""Two verifiers, one verdict: the product's, and one in another language that was written from the specifications alone.

``verifier/`` was written by somebody who had not read the product's source, only ``recorder/export/SPEC.md`` and what it
names; its README says so at length. It does not judge time-stamps (the specification allows that).
"""

import io
import json
import os
import runpy
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from tests.interop.damaged import damaged

MAIN = Path(__file__).parent / "verifier" / "main.mjs"
VECTORS = Path(__file__).parents[1] / "vectors"
NOT_JUDGED = ("time-stamps", "erasure")
DRAWN = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 200


@dataclass(frozen=True)
class Case:
    """One case file, and what the verifier is given with it."""

    file: Path
    key: Path | None
    policy: Path | None = None


@dataclass(frozen=True)
class Told:
    """What a verifier says of the steps that both make: the verdict, and the first thing wrong with its code."""

    verdict: str
    step: str
    code: str


def judged(steps: Sequence[Mapping[str, Any]]) -> Told:
    made = [step for step in steps if step["title"] not in NOT_JUDGED]
    for verdict in ("FAIL", "INCOMPLETE"):
        for step in made:
            if step["verdict"] == verdict:
                return Told(verdict, str(step["title"]), str(step["code"]))
    return Told("PASS", "", "")


def by_the_second(cases: Iterable[Case]) -> list[Told]:
    """One process for all of them."""
    asked = [
        {"file": str(one.file), "key": one.key and str(one.key), "policy": one.policy and str(one.policy)}
        for one in cases
    ]
    done = subprocess.run(
        ["node", str(MAIN), "--batch"],
        input="".join(json.dumps(one) + "\n" for one in asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(asked)
    assert [step["trouble"] for one in told for step in one["steps"] if "trouble" in step] == []
    return [judged(one["steps"]) for one in told]


def by_the_product(case: Case) -> Told:
    """The command that an auditor gives, in this process; of what is no case file at all it makes no report."""
    given = ["recorder", "verify", str(case.file), "--json"]
    given += ["--key", str(case.key)] if case.key else []
    given += ["--policy", str(case.policy)] if case.policy else []
    said, errors = io.StringIO(), io.StringIO()
    with (
        patch("sys.argv", given),
        redirect_stdout(said),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as end,
    ):
        runpy.run_module("recorder", run_name="__main__")
    if not said.getvalue():
        assert (end.value.code, "Give the file as it was handed over" in errors.getvalue()) == (2, True), (
            errors.getvalue()
        )
        return Told("FAIL", "container", "malformed")
    return judged(json.loads(said.getvalue())["steps"])


def committed(folder: str) -> list[Case]:
    found: dict[str, dict[str, str]] = json.loads((VECTORS / folder / "index.json").read_text())
    within = VECTORS / folder
    return [
        Case(within / name, within / one["key"], within / one["policy"] if one["policy"] else None)
        for name, one in found.items()
    ]


@pytest.mark.parametrize("folder", ["honest", "crimes"])
def test_g08_two_implementations_come_to_the_same_verdict_on_every_committed_case_file(folder: str) -> None:
    """G08, J12: the same verdict, the same first thing wrong, by the same name."""
    cases = committed(folder)
    second = dict(zip((one.file.name for one in cases), by_the_second(cases), strict=True))
    assert second == {one.file.name: by_the_product(one) for one in cases}


@pytest.mark.parametrize("folder", ["honest", "crimes"])
def test_j12_the_second_alone_finds_what_the_vectors_say(folder: str) -> None:
    """J12: from the documents, without the product."""
    found: dict[str, dict[str, str]] = json.loads((VECTORS / folder / "index.json").read_text())
    cases = [one for one in committed(folder) if not found[one.file.name].get("roots")]
    for case, told in zip(cases, by_the_second(cases), strict=True):
        named = found[case.file.name]
        assert (told.verdict, told.code) == (named["verdict"], named["code"]), case.file.name
        assert named.get("step", told.step) == told.step, case.file.name


def test_without_the_ledgers_key_neither_can_say_more_than_that_it_lacks_it() -> None:
    case = Case(VECTORS / "honest" / "plain.zip", None)
    assert (
        by_the_second([case]) == [by_the_product(case)] == [Told("INCOMPLETE", "ledger key", "key_not_given")]
    )


def test_both_agree_on_case_files_that_were_damaged_at_random(tmp_path: Path) -> None:
    """G08: two hundred of them (two thousand in `make deep`); half with the container's own checks made right again."""
    random = Random(20261121)
    cases = committed("honest")
    honest = {one.file.name: one.file.read_bytes() for one in cases}
    key, policy = VECTORS / "honest" / "ledger.vkey", VECTORS / "honest" / "witnesses.policy"
    drawn = []
    for n in range(DRAWN):
        file = tmp_path / f"{n}.zip"
        file.write_bytes(damaged(random, honest))
        drawn.append(Case(file, key, policy if random.random() < 0.2 else None))
    for case, second in zip(drawn, by_the_second(drawn), strict=True):
        first = by_the_product(case)
        assert (second.verdict, second.step) == (first.verdict, first.step), case.file


def test_the_second_ends_with_the_status_that_the_specification_names() -> None:
    plain = VECTORS / "honest" / "plain.zip"
    key = ["--key", str(VECTORS / "honest" / "ledger.vkey")]
    crime = VECTORS / "crimes" / "02-zip-cut.zip"
    asked = ([str(plain), *key], [str(crime), *key], [str(plain)], [])
    status = [
        subprocess.run(["node", str(MAIN), *given], check=False, capture_output=True, timeout=60).returncode
        for given in asked
    ]
    assert status == [0, 1, 3, 2]

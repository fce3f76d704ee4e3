"""Two verifiers, one verdict: the product's, and one in another language that was written from the specifications alone.

``verifier/`` was written by somebody who had not read the product's source, only ``recorder/export/SPEC.md`` and what it
names; its README says so at length.
"""

import io
import json
import runpy
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from secrets import randbelow
from typing import Any
from unittest.mock import patch

import pytest

from tests.interop.damaged import damaged
from tests.recorder.honest import tell
from tests.recorder.honest_plant import plan_of
from tests.stride import DEEP

MAIN = Path(__file__).parent / "verifier" / "main.mjs"
VECTORS = Path(__file__).parents[1] / "vectors"
STANDS_AT = "2026-03-02T10:00:00Z"
"""When the vectors' time-stamps are asked to stand."""
DRAWN = 2_000 if DEEP else 200
HONEST_DRAWN = 170 if DEEP else 12


@dataclass(frozen=True)
class Case:
    """One case file, and what the verifier is given with it."""

    file: Path
    key: Path | None
    policy: Path | None = None
    roots: Path | None = None
    at: str = STANDS_AT


@dataclass(frozen=True)
class Told:
    """What a verifier says: the verdict, and the first thing wrong with its code."""

    verdict: str
    step: str
    code: str


GIVEN = {"key": "--key", "policy": "--policy", "roots": "--tsa-roots"}
"""What somebody has from elsewhere, and by which option the command takes it."""


def judged(steps: Sequence[Mapping[str, Any]]) -> Told:
    for verdict in ("FAIL", "INCOMPLETE"):
        for step in steps:
            if step["verdict"] == verdict:
                return Told(verdict, str(step["title"]), str(step["code"]))
    return Told("PASS", "", "")


def by_the_second(cases: Iterable[Case]) -> list[Told]:
    """One process for all of them."""
    asked = [
        {"file": str(one.file), "at": one.at}
        | {name: str(path) for name in GIVEN if (path := getattr(one, name)) is not None}
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
    for name, option in GIVEN.items():
        path = getattr(case, name)
        given += [option, str(path)] if path else []
    given += ["--at", case.at] if case.roots else []
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
        Case(within / name, *(within / one[given] if one[given] else None for given in GIVEN))
        for name, one in found.items()
    ]


@cache
def second_on(folder: str) -> dict[str, Told]:
    """What the second says of all committed case files there, by their names."""
    cases = committed(folder)
    return dict(zip((one.file.name for one in cases), by_the_second(cases), strict=True))


@pytest.mark.parametrize("folder", ["honest", "crimes"])
def test_g08_two_implementations_come_to_the_same_verdict_on_every_committed_case_file(folder: str) -> None:
    """G08, J12: the same verdict, the same first thing wrong, by the same name."""
    assert second_on(folder) == {one.file.name: by_the_product(one) for one in committed(folder)}


@pytest.mark.parametrize("folder", ["honest", "crimes"])
def test_j12_the_second_alone_finds_what_the_vectors_say(folder: str) -> None:
    """J12: from the documents, without the product."""
    found: dict[str, dict[str, str]] = json.loads((VECTORS / folder / "index.json").read_text())
    for name, told in second_on(folder).items():
        named = found[name]
        assert (told.verdict, told.code) == (named["verdict"], named["code"]), name
        assert named.get("step", told.step) == told.step, name


@pytest.mark.parametrize("roots", [True, False], ids=["with roots", "without"])
def test_both_say_the_same_of_stamps_that_take_in_one_another_until_the_last_has_run_out(roots: bool) -> None:
    """G08, F14: of OpenSSL's own token and one over it, at instants around the ends of both."""
    within = VECTORS / "stamps"
    instants = ("2027-01-01", "2031-06-01", "2124-12-31", "2125-01-02", "2200-01-01")
    cases = [
        Case(
            within / "case.zip",
            within / "case.vkey",
            None,
            within / "root.pem" if roots else None,
            f"{at}T00:00:00Z",
        )
        for at in instants
    ]
    second = by_the_second(cases)
    assert second == [by_the_product(one) for one in cases]
    assert {one.code for one in second} == ({"", "stamp_ran_out"} if roots else {""})


def test_without_the_ledgers_key_neither_can_say_more_than_that_it_lacks_it() -> None:
    case = Case(VECTORS / "honest" / "plain.zip", None)
    assert (
        by_the_second([case]) == [by_the_product(case)] == [Told("INCOMPLETE", "ledger key", "key_not_given")]
    )


def test_both_agree_on_case_files_that_were_damaged_at_random(tmp_path: Path) -> None:
    """G08: two hundred of them (two thousand in `make deep`); half with the container's own checks made right again.

    A third are asked for their time-stamps.
    """
    random = Random(20261121)
    cases = committed("honest")
    honest = {one.file.name: one.file.read_bytes() for one in cases}
    key, policy, roots = (
        VECTORS / "honest" / one for one in ("ledger.vkey", "witnesses.policy", "stamps.pem")
    )
    drawn = []
    for n in range(DRAWN):
        file = tmp_path / f"{n}.zip"
        file.write_bytes(damaged(random, honest))
        given = policy if random.random() < 0.2 else None, roots if random.random() < 0.33 else None
        drawn.append(Case(file, key, *given))
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


async def test_both_pass_honest_sessions_drawn_at_random(tmp_path: Path) -> None:
    """G08: with the committed ones two hundred in `make deep`, a dozen more here; whoever runs it draws where they begin."""
    cases = []
    begin = randbelow(1_000_000)
    for seed in range(begin, begin + HONEST_DRAWN):
        folder = tmp_path / str(seed)
        folder.mkdir()
        told = await tell(plan_of(seed), folder)
        for name, held in (
            ("case.zip", told.case),
            ("policy", told.policy.encode()),
            ("roots.pem", told.roots),
        ):
            (folder / name).write_bytes(held)
        given = (
            folder / name if held else None
            for name, held in (("policy", told.policy), ("roots.pem", told.roots))
        )
        cases.append(Case(folder / "case.zip", VECTORS / "honest" / "ledger.vkey", *given))
    found = zip(range(begin, begin + HONEST_DRAWN), by_the_second(cases), strict=True)
    assert [(seed, one) for seed, one in found if one != Told("PASS", "", "")] == []

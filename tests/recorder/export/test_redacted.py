"""G12: a redacted copy names its master and what was taken out, and whoever has the master can tell that no more was."""

import json
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from domain.errors import EvidenceError
from recorder.cli import main
from recorder.export.redacted import Derivative, Removed, read_derivative, redacted, verify_derivative
from recorder.format.keys import unwrap
from recorder.format.reader import Reader
from recorder.report import Verdict
from tests.recorder.recordings import KEK, SESSION, sealed_in

WHY = "a name of somebody who is not concerned"
SPAN = Removed.of("0.6-0.9")


@pytest.fixture
async def master(tmp_path: Path) -> Path:
    return await sealed_in(tmp_path)


def key_of(master: Path) -> bytes:
    return unwrap(master.with_name(f"{SESSION}.key").read_bytes(), KEK, SESSION)


def copy_of(master: Path, *spans: Removed) -> bytes:
    with master.open("rb") as file:
        return redacted(file, key_of(master), 1, spans or (SPAN,), WHY)


def test_a_copy_names_its_master_and_the_span_and_lacks_what_was_in_it(master: Path) -> None:
    """G12: the redacted export verifies as a derivative; the master is as it was."""
    before = master.read_bytes()
    data = copy_of(master)
    said = read_derivative(data)
    reader = Reader(BytesIO(before))
    assert sum(1 for _ in reader.frames())
    assert said == Derivative(SESSION, 1, reader.sha256.hex(), (SPAN,), WHY)
    assert b"login as service" in data
    assert b"load average" not in data
    assert f"left out until 0.9 s: {WHY}".encode() in data
    report = verify_derivative(data, BytesIO(before), key_of(master))
    assert [(one.title, one.verdict) for one in report.steps] == [
        ("derivative", Verdict.PASS), ("master", Verdict.PASS), ("made again", Verdict.PASS),
    ]  # fmt: skip
    assert master.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "span"),
    [("0-1", (0, 1_000_000)), ("12.5-20", (12_500_000, 20_000_000)), ("0.000001-0.000002", (1, 2))],
)
def test_a_span_is_seconds_and_half_open(text: str, span: tuple[int, int]) -> None:
    assert (Removed.of(text).start_us, Removed.of(text).end_us) == span


@pytest.mark.parametrize("text", ["", "5", "5-5", "6-5", "-1-5", "a-b", "1-2-3", "1.0000001-2"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError):
        Removed.of(text)


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 301])
def test_nothing_is_left_out_without_a_reason(master: Path, reason: str) -> None:
    with master.open("rb") as file, pytest.raises(EvidenceError):
        redacted(file, key_of(master), 1, [SPAN], reason)


def test_a_channel_that_is_none_has_no_copy(master: Path) -> None:
    with master.open("rb") as file, pytest.raises(EvidenceError):
        redacted(file, key_of(master), 9, [SPAN], WHY)


def test_without_its_master_a_copy_is_incomplete(master: Path) -> None:
    report = verify_derivative(copy_of(master), None, None)
    assert (report.verdict, report.steps[-1].title) == (Verdict.INCOMPLETE, "master")


def test_another_master_is_found(master: Path, tmp_path: Path) -> None:
    other = bytearray(master.read_bytes())
    other[-1] ^= 1
    report = verify_derivative(copy_of(master), BytesIO(bytes(other)), key_of(master))
    assert (report.steps[-1].title, report.verdict) == ("master", Verdict.FAIL)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"removed": []}, id="a span that is not owned up to"),
        pytest.param({"removed": [{"start_us": 0, "end_us": 10**9}]}, id="a longer span"),
        pytest.param({"reason": "another"}, id="another reason"),
    ],
)
def test_a_copy_that_says_otherwise_than_it_is_is_found(master: Path, changed: Mapping[str, Any]) -> None:
    first, _, rest = copy_of(master).partition(b"\n")
    header = json.loads(first)
    header["penstock"] |= changed
    data = json.dumps(header, separators=(",", ":"), sort_keys=True).encode() + b"\n" + rest
    report = verify_derivative(data, BytesIO(master.read_bytes()), key_of(master))
    assert report.verdict is Verdict.FAIL
    assert report.steps[-1].title == "made again"


def test_a_line_that_was_dropped_besides_is_found(master: Path) -> None:
    lines = copy_of(master).splitlines(keepends=True)
    report = verify_derivative(b"".join(lines[:-1]), BytesIO(master.read_bytes()), key_of(master))
    assert (report.steps[-1].title, report.verdict) == ("made again", Verdict.FAIL)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"penstock":1}', b'{"penstock":{"schema":"x"}}', b"[" * 9999])
def test_what_is_no_copy_is_said_to_be_none(data: bytes) -> None:
    assert verify_derivative(data, None, None).verdict is Verdict.FAIL


def test_an_outsider_checks_a_copy_against_the_master_on_the_command_line(
    master: Path, tmp_path: Path
) -> None:
    copy, kek = tmp_path / "copy.cast", tmp_path / "recording.key"
    copy.write_bytes(copy_of(master))
    kek.write_bytes(KEK)
    assert main(["verify", str(copy)], StringIO()) == 3
    out = StringIO()
    words = ["verify", str(copy), "--master", str(master), "--recording-key", str(kek), "--json"]
    assert main(words, out) == 0
    assert json.loads(out.getvalue())["verdict"] == "PASS"

"""Every format ever written stays readable; a second implementation is checked against the same files."""

import hashlib
import json
from io import BytesIO
from pathlib import Path

import pytest

from domain.ids import SessionId
from recorder.format.keys import unwrap
from recorder.ledger.note import VerifierKey
from recorder.playback import Playback
from recorder.report import Verdict
from recorder.verify import verify_case

VECTORS = Path(__file__).parents[1] / "vectors" / "recording"
RECORDINGS = sorted(VECTORS.glob("format-*.pnr"))
CASES = sorted(VECTORS.glob("case-*.zip"))


def test_there_are_vectors() -> None:
    assert RECORDINGS
    assert CASES


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_ever_written_still_reads(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    data = path.read_bytes()
    node_key = bytes.fromhex(expected["node_key"])
    key = unwrap(path.with_suffix(".key").read_bytes(), node_key, SessionId(expected["session"]))
    playback = Playback(BytesIO(data), key)
    frames = [
        {
            "kind": int(frame.kind),
            "channel": frame.channel,
            "elapsed_us": frame.elapsed_us,
            "payload": frame.payload.hex(),
        }
        for frame in playback.frames()
    ]
    assert frames == expected["frames"]
    assert playback.reader.sealed
    assert playback.reader.head.hex() == expected["head"]
    assert hashlib.sha256(data).hexdigest() == playback.reader.sha256.hex() == expected["sha256"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_file_ever_written_still_passes(path: Path) -> None:
    key = VerifierKey.of(path.with_suffix(".vkey").read_text())
    assert verify_case(BytesIO(path.read_bytes()), key).verdict is Verdict.PASS
    assert verify_case(BytesIO(path.read_bytes()), None).verdict is Verdict.INCOMPLETE

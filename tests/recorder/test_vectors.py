"""Every format ever written stays readable; a second implementation is checked against the same files."""

import hashlib
import json
from io import BytesIO
from pathlib import Path

import pytest

from domain.canonical import instant_of, instant_text
from domain.ids import SessionId
from recorder.format.keys import unwrap
from recorder.ledger.note import VerifierKey
from recorder.playback import Playback
from recorder.report import Verdict
from recorder.stamps.chain import certificates_in, crls_in
from recorder.stamps.judge import Trusted, judge_token
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping

VECTORS = Path(__file__).parents[1] / "vectors" / "recording"
RECORDINGS = sorted(VECTORS.glob("format-*.pnr"))
STAMPS = VECTORS.parent / "stamps"
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


@pytest.mark.parametrize(
    ("at", "verdict"),
    [("2027-01-01", Verdict.PASS), ("2124-12-31", Verdict.PASS), ("2125-01-02", Verdict.INCOMPLETE)],
)
def test_every_time_stamp_ever_written_still_stands_as_long_as_its_chain(at: str, verdict: Verdict) -> None:
    key = VerifierKey.of((STAMPS / "case.vkey").read_text())
    asked = Stamping(certificates_in((STAMPS / "root.pem").read_bytes()), instant_of(f"{at}T00:00:00Z"))
    report = verify_case(BytesIO((STAMPS / "case.zip").read_bytes()), key, None, asked)
    assert report.verdict is verdict
    assert report.steps[-1].code == ("" if verdict is Verdict.PASS else "stamp_ran_out")


def test_a_token_of_openssl_says_what_it_said() -> None:
    expected = json.loads((STAMPS / "token.json").read_text())
    crls = crls_in((STAMPS / "crls.pem").read_bytes())
    trusted = Trusted(certificates_in((STAMPS / "root.pem").read_bytes()), crls, revocation_required=True)
    stamp = judge_token((STAMPS / "token.tst").read_bytes(), (STAMPS / "head").read_bytes(), trusted)
    token = stamp.token
    assert token.accuracy is not None
    assert expected == {
        "at": instant_text(token.at),
        "policy": token.policy,
        "digest": token.digest,
        "imprint": token.imprint.hex(),
        "serial": token.serial,
        "nonce": str(token.nonce),
        "accuracy_s": token.accuracy.total_seconds(),
        "runs_out": instant_text(stamp.runs_out),
    }

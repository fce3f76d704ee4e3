"""A pack of a real session: it verifies as a whole, and every crime in it is named."""

from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.export.incident_pack import write_incident
from recorder.report import Verdict
from recorder.verify_incident import is_incident, verify_incident
from tests.clock import STARTS
from tests.recorder.cases import Story, story
from tests.recorder.ledger.logs import SIGNER, STRANGER
from tests.recorder.recordings import SESSION


async def pack_of(tmp_path: Path) -> tuple[Story, bytes]:
    told = await story(tmp_path)
    path = tmp_path / "case.zip"
    path.write_bytes(told.case())
    log, out = told.log(), BytesIO()
    key = SIGNER.key.text()
    write_incident(out, "one session", {SESSION: path}, range(log.size), log, key, STARTS)
    return told, out.getvalue()


async def test_a_pack_verifies_with_one_verdict_and_every_byte_of_it_counts(tmp_path: Path) -> None:
    """G14: case files, timeline and proofs in one zip that stands alone."""
    _told, pack = await pack_of(tmp_path)
    assert is_incident(BytesIO(pack))
    assert not is_incident(BytesIO((tmp_path / "case.zip").read_bytes()))
    report = verify_incident(BytesIO(pack), SIGNER.key)
    assert report.verdict is Verdict.PASS, list(report.lines())
    assert report.steps[-1].title == f"session {SESSION}"
    assert verify_incident(BytesIO(pack), None).verdict is Verdict.INCOMPLETE
    assert verify_incident(BytesIO(pack), STRANGER.key).verdict is Verdict.FAIL
    for at in range(0, len(pack), max(1, len(pack) // 60)):
        spoiled = bytearray(pack)
        spoiled[at] ^= 1
        assert verify_incident(BytesIO(bytes(spoiled)), SIGNER.key).verdict is Verdict.FAIL, at


async def test_a_pack_of_nothing_is_none(tmp_path: Path) -> None:
    told = await story(tmp_path)
    with pytest.raises(EvidenceError, match="1 to 900"):
        write_incident(BytesIO(), "", {}, (), told.log(), SIGNER.key.text(), STARTS)

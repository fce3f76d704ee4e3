"""What is wrong with a pack whose bytes are in order: a page that lies, a session under another's name."""

from io import BytesIO
from pathlib import Path

import pytest

from recorder import incident
from recorder.export import incident_pack
from recorder.verify_incident import verify_incident
from tests.clock import STARTS
from tests.recorder.cases import story
from tests.recorder.ledger.logs import SIGNER
from tests.recorder.recordings import SESSION


async def test_a_page_that_says_something_else_and_a_case_file_of_another_session_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G14: nothing in a pack has to be believed because it is in it."""
    told = await story(tmp_path)
    path = tmp_path / "case.zip"
    path.write_bytes(told.case())
    log, key = told.log(), SIGNER.key.text()
    other = BytesIO()
    incident_pack.write_incident(other, "x", {"o" * 26: path}, range(log.size), log, key, STARTS)
    report = verify_incident(other, SIGNER.key)
    assert (report.verdict, report.steps[-1].code) == ("FAIL", "session_other")
    honest = incident.index_page
    monkeypatch.setattr(incident_pack.incident, "index_page", lambda *_given: b"<p>All was well.</p>")
    lying = BytesIO()
    incident_pack.write_incident(lying, "x", {SESSION: path}, range(log.size), log, key, STARTS)
    monkeypatch.setattr(incident_pack.incident, "index_page", honest)
    assert [one.code for one in verify_incident(lying, SIGNER.key).steps if one.code] == ["page_other"]

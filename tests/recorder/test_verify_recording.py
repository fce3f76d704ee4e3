from io import BytesIO
from pathlib import Path

import pytest

from recorder.report import Verdict
from recorder.verify_recording import verify_recording
from tests.recorder.cases import Story, story
from tests.recorder.recordings import walk


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    return await story(tmp_path)


def test_a_recording_alone_can_be_sound_but_never_passes(told: Story) -> None:
    report = verify_recording(BytesIO(told.recording))
    assert report.verdict is Verdict.INCOMPLETE
    assert told.seal.sha256.hex() in report.steps[1].sentence
    unsealed = verify_recording(BytesIO(told.recording[: walk(told.recording)[1][4].offset]))
    assert unsealed.verdict is Verdict.INCOMPLETE
    broken = verify_recording(BytesIO(told.recording[:-100]))
    assert broken.verdict is Verdict.FAIL

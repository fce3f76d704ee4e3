from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker.evidence.uploader_status import FILE, read_status, write_status
from recorder.uploading import IDLE, Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_was_said_is_read_as_it_was_said(tmp_path: Path) -> None:
    whole = Status(
        NOW, "s3://h/b/", "sending", "x", "store_away", "No.", "See.", NOW, NOW, "lock_held", ("a", "b")
    )
    for status in (whole, whole.well(), Status(NOW, "s3://h/b/", IDLE)):
        write_status(tmp_path / "stored", status)
        assert read_status(tmp_path / "stored") == status
    assert (whole.well().code, whole.well().failing_since, whole.well().altered) == ("", None, ("a", "b"))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"at": null}', "[" * 100_000])
def test_what_can_t_be_read_was_not_said(tmp_path: Path, text: str) -> None:
    assert read_status(tmp_path) is None
    (tmp_path / FILE).write_text(text)
    assert read_status(tmp_path) is None

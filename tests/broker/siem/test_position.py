"""How far a collector is, on disk."""

from pathlib import Path

import pytest

from broker.siem.context import Context
from broker.siem.position import Position, keep_position, position_file, read_position
from domain.errors import EvidenceError
from domain.events import document
from tests.broker.notices.happenings import asked, opened


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    file = position_file(tmp_path / "siem", "soc")
    assert read_position(file) is None
    context = Context()
    context.learn(document(asked(work_order="WO")))
    context.learn(document(opened()))
    kept = Position(5, 4, "2026-03-02T08:00:00Z", "timed_out", "2026-03-02T08:00:00Z", 2, context)
    keep_position(file, kept)
    assert read_position(file) == kept


def test_a_failure_keeps_the_place_and_says_since_when() -> None:
    once = Position(5, 4).failed("unreachable", "2026-03-02T08:00:00Z")
    twice = once.failed("timed_out", "2026-03-02T09:00:00Z")
    assert (twice.following, twice.attempts, twice.trouble) == (5, 2, "timed_out")
    assert twice.trouble_since == "2026-03-02T08:00:00Z"


@pytest.mark.parametrize("text", ["", "{}", '{"following": "x"}', "[]"])
def test_a_file_that_can_t_be_read_is_told_with_its_remedy(tmp_path: Path, text: str) -> None:
    file = position_file(tmp_path, "soc")
    file.write_text(text)
    with pytest.raises(EvidenceError) as caught:
        read_position(file)
    assert "sent the ledger anew" in caught.value.remedy


def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "siem").write_text("a file where the folder should be")
    with pytest.raises(EvidenceError):
        keep_position(position_file(tmp_path / "siem", "soc"), Position())

from pathlib import Path

import pytest

from broker.growing_file import append_line
from domain.errors import EvidenceError


def test_a_line_is_added_behind_one_that_power_was_lost_in(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, b"one\n")
    path.write_bytes(path.read_bytes() + b"tor")
    append_line(path, b"two\n")
    assert path.read_bytes() == b"one\ntor\ntwo\n"


def test_where_it_can_t_be_written_that_is_said_and_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(EvidenceError, match="can't be written"):
        append_line(tmp_path / "link", b"line\n")
    assert elsewhere.read_bytes() == b""

"""The PIN comes out of a file that only its owner reads, and one that was refused is not offered again."""

import os
from pathlib import Path

import pytest

from broker.token.pin import RefusedPin, read_pin
from domain.errors import EvidenceError


def written(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_a_pin_is_one_line_with_or_without_its_end(tmp_path: Path) -> None:
    for number, data in enumerate((b"1234", b"1234\n", " a b ü ".encode(), b"x" * 255)):
        assert read_pin(written(tmp_path / str(number), data, 0o400)) == data.decode().removesuffix("\n")


def test_what_is_no_pin_or_open_to_others_is_refused_by_one_code(tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"\n", b"1\n2\n", b"\xff\n", b"x" * 256, b"1\r\n", b"1\0")):
        with pytest.raises(EvidenceError) as caught:
            read_pin(written(tmp_path / str(number), data))
        assert (caught.value.code, bool(caught.value.remedy)) == ("token_pin_unreadable", True)
    for mode in (0o640, 0o604, 0o644, 0o620):
        with pytest.raises(EvidenceError, match="Others may read"):
            read_pin(written(tmp_path / "open", b"1234\n", mode))
    (tmp_path / "link").symlink_to(written(tmp_path / "there", b"1234\n"))
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "pipe", "none", "."):
        with pytest.raises(EvidenceError) as caught:
            read_pin(tmp_path / name)
        assert caught.value.code == "token_pin_unreadable"


def test_a_refused_pin_is_known_again_for_its_token_alone_and_does_not_stand_there(tmp_path: Path) -> None:
    refused = RefusedPin(tmp_path / "refused")
    assert not refused.is_it("t1", "1234")
    refused.remember("t1", "1234")
    again = RefusedPin(refused.file)
    assert [again.is_it("t1", "1234"), again.is_it("t1", "1235"), again.is_it("t2", "1234")] == [
        True,
        False,
        False,
    ]
    assert b"1234" not in refused.file.read_bytes().split(b'"hash"')[0]
    assert refused.file.stat().st_mode & 0o777 == 0o600
    again.forget()
    again.forget()
    assert not again.is_it("t1", "1234")


def test_what_can_t_be_read_of_it_counts_as_refused(tmp_path: Path) -> None:
    for data in (b"", b"[]", b"{}", b'{"token":1,"salt":"zz","hash":""}', b"\xff"):
        assert RefusedPin(written(tmp_path / "refused", data)).is_it("t1", "1234")

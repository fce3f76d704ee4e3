import zipfile
import zlib
from io import BytesIO

import pytest

from domain.errors import EvidenceError
from recorder.format import archive as form
from recorder.format.archive import Archive, ArchiveWriter, is_name
from tests.for_each import for_each

FILES = {"a.txt": b"first", "folder/b.bin": bytes(range(256)), "empty": b""}


def packed(files: dict[str, bytes]) -> bytes:
    out = BytesIO()
    writer = ArchiveWriter(out)
    for name, data in files.items():
        writer.add(name, [data[:3], data[3:]], len(data), zlib.crc32(data))
    writer.close()
    return out.getvalue()


def test_any_unzip_program_reads_it() -> None:
    with zipfile.ZipFile(BytesIO(packed(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_it_reads_what_it_wrote() -> None:
    archive = Archive(BytesIO(packed(FILES)))
    assert {name: archive.read(name, 1000) for name in archive.members} == FILES
    part = archive.open("folder/b.bin")
    assert part.read(10) + part.read(1000) == FILES["folder/b.bin"]
    assert part.read(1) == b""


def test_every_flipped_byte_is_found() -> None:
    whole = packed(FILES)
    for at in range(len(whole)):
        for bit in (1, 128):
            data = bytearray(whole)
            data[at] ^= bit
            with pytest.raises(EvidenceError):
                Archive(BytesIO(bytes(data)))


def test_nothing_hides_before_behind_or_in_a_comment() -> None:
    whole = packed(FILES)
    for data in (b"x" + whole, whole + b"x", whole[:-2] + b"\x05\x00hello", whole[:-1], whole[:100]):
        with pytest.raises(EvidenceError):
            Archive(BytesIO(data))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_packed_by_another_program_is_not_in_our_form(compression: int) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("a.txt", b"first" * 1000)
    with pytest.raises(EvidenceError):
        Archive(BytesIO(out.getvalue()))


def test_a_member_twice_is_refused() -> None:
    one = packed({"a": b"1"})
    local = one[: one.index(b"PK\x01\x02")]
    with pytest.raises(EvidenceError, match="twice"):
        Archive(BytesIO(local + local + one[len(local) :]))
    writer = ArchiveWriter(BytesIO())
    writer.add("a", [b"1"], 1, zlib.crc32(b"1"))
    with pytest.raises(EvidenceError):
        writer.add("a", [b"1"], 1, zlib.crc32(b"1"))


@for_each(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        ".hidden",
        "a/.b",
        "C:\\x",
        "a\x00b",
        "é",
        "a" * 201,
        "a/b/c/d/e",
    ],
)
def test_hostile_names_are_refused_on_both_sides(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(EvidenceError):
        ArchiveWriter(BytesIO()).add(name, [], 0, 0)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "x", (1980, 1, 1, 0, 0, 0)), b"")
    with pytest.raises(EvidenceError):
        Archive(BytesIO(out.getvalue()))


def test_a_member_that_changes_while_it_is_copied_is_noticed() -> None:
    with pytest.raises(EvidenceError, match="changed"):
        ArchiveWriter(BytesIO()).add("a", [b"other"], 5, zlib.crc32(b"first"))


def test_a_member_longer_than_it_may_be_is_not_read() -> None:
    archive = Archive(BytesIO(packed(FILES)))
    with pytest.raises(EvidenceError, match="most that can be right"):
        archive.read("folder/b.bin", 255)
    with pytest.raises(EvidenceError, match="has no"):
        archive.read("nothing", 255)


def test_a_size_that_promises_more_than_there_is_is_noticed() -> None:
    whole = bytearray(packed({"a": b"1"}))
    whole[18:26] = b"\xff\xff\xff\x7f" * 2
    with pytest.raises(EvidenceError, match="damaged or cut off"):
        Archive(BytesIO(bytes(whole)))


def test_what_does_not_fit_into_32_bits_is_told_as_zip64_has_it_and_read_by_any_unzip_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session with a file of 5 GB has a case file; the border is lowered here, and stands where it does in `make deep`."""
    small = packed(FILES)
    monkeypatch.setattr(form, "FITS", 100)
    files = {**FILES, "behind": b"x"}
    whole = packed(files)
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    archive_ = Archive(BytesIO(whole))
    assert {name: archive_.read(name, 1000) for name in archive_.members} == files
    for at in range(len(whole)):
        with pytest.raises(EvidenceError):
            Archive(BytesIO(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]))
    with pytest.raises(EvidenceError):
        Archive(BytesIO(small))  # each size has one form: who writes the other has another archive in mind
    monkeypatch.undo()
    with pytest.raises(EvidenceError):
        Archive(BytesIO(whole))

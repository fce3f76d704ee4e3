import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from broker.reading.extract import extract
from broker.reading.found import FoundKind
from broker.reading.sftp import LONGEST_PACKET, SftpReader, Transfer
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from tests.broker.reading.crossed import sftp


def transfers(frames: list[Frame]) -> list[tuple[str, str, int]]:
    return [(one.deed, one.text, one.octets) for one in extract(frames) if one.kind is FoundKind.TRANSFER]


def test_what_the_stock_client_does_to_files_is_found_with_name_way_and_size(tmp_path: Path) -> None:
    """E10: file transfers are found by their names; their sizes are what crossed."""
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "firmware 2.bin").write_bytes(b"\x7fELF" * 50_000)
    (folder / "empty").touch()
    frames = sftp(
        folder,
        f'put "firmware 2.bin" {folder}/new.bin',
        f"put empty {folder}/nothing",
        f"get {folder}/new.bin back.bin",
        f"rename {folder}/new.bin {folder}/7.bin",
        f"mkdir {folder}/logs",
        f"rmdir {folder}/logs",
        f"-rm {folder}/not-there",
        f"rm {folder}/7.bin",
        f"ls {folder}",
    )
    at = str(folder)
    assert transfers(frames) == [
        ("put", f"{at}/new.bin", 200_000),
        ("put", f"{at}/nothing", 0),
        ("get", f"{at}/new.bin", 200_000),
        ("rename", f"{at}/new.bin -> {at}/7.bin", 0),
        ("mkdir", f"{at}/logs", 0),
        ("rmdir", f"{at}/logs", 0),
        ("remove failed", f"{at}/not-there", 0),
        ("remove", f"{at}/7.bin", 0),
    ]


def packet(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body)) + body


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def number(value: int) -> bytes:
    return struct.pack(">I", value)


OPENED = packet(b"\x03", number(1), string(b"/set\xff\npoint"), number(2), number(0))
HANDLE = packet(b"\x66", number(1), string(b"h"))
WRITTEN = packet(b"\x06", number(2), string(b"h"), bytes(8), string(b"12345"))
CLOSED = packet(b"\x04", number(3), string(b"h"))


@given(st.lists(st.integers(1, 30), max_size=20))
def test_where_the_stream_is_split_makes_no_difference(cuts: list[int]) -> None:
    reader, done = SftpReader(), []
    for way, data in (("sent", OPENED), ("answered", HANDLE), ("sent", WRITTEN + CLOSED)):
        rest = data
        for cut in [*cuts, len(data)]:
            piece, rest = rest[:cut], rest[cut:]
            done += getattr(reader, way)(piece, 7)
    assert done == [Transfer(7, "put", "/set\\xff\npoint", 5)]


def test_what_was_never_closed_is_told_as_far_as_it_went() -> None:
    reader = SftpReader()
    reader.sent(OPENED, 1)
    reader.answered(HANDLE, 2)
    reader.sent(WRITTEN, 3)
    assert reader.finish() == [Transfer(1, "put", "/set\\xff\npoint", 5)]
    assert reader.finish() == []


def test_a_refused_file_is_told_as_one_that_did_not_cross() -> None:
    reader = SftpReader()
    reader.sent(OPENED, 1)
    refused = packet(b"\x65", number(1), number(3), string(b"no"), string(b""))
    assert [(one.deed, one.worked) for one in reader.answered(refused, 2)] == [("put", False)]


def test_a_length_that_is_none_ends_the_reading() -> None:
    reader = SftpReader()
    assert reader.sent(number(LONGEST_PACKET + 1) + b"x" * 100, 1) == []
    assert reader.broken
    assert reader.sent(OPENED, 1) == []


@given(
    st.lists(st.tuples(st.sampled_from(["sent", "answered"]), st.binary(max_size=40)), max_size=20),
    st.booleans(),
)
def test_no_bytes_upset_the_reader(pieces: list[tuple[str, bytes]], framed: bool) -> None:
    reader = SftpReader()
    for way, data in pieces:
        getattr(reader, way)(packet(data) if framed and data else data, 1)
    reader.finish()


def test_a_broken_transfer_says_so_in_what_is_found() -> None:

    frames = [
        Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("sftp")),
        Frame(Kind.TO_ASSET, 1, 1, number(0)),
    ]
    assert any("could not be read" in one.text for one in extract(frames))

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from broker.reading.extract import extract
from broker.reading.found import FoundKind
from broker.reading.scp import ScpReader
from broker.reading.sftp import Transfer
from tests.broker.reading.crossed import scp


def test_what_scp_copies_in_and_out_is_found_with_its_folders_and_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    (folder / "set" / "old").mkdir(parents=True)
    (folder / "set" / "a.conf").write_bytes(b"x" * 70_000)
    (folder / "set" / "old" / "leer").touch()
    (tmp_path / "to").mkdir()
    found = extract(scp(folder, "set", f"pump:{tmp_path}/to", command=f"scp -r -t {tmp_path}/to"))
    crossed = sorted((one.deed, one.text, one.octets) for one in found if one.kind is FoundKind.TRANSFER)
    assert crossed == [("put", "set/a.conf", 70_000), ("put", "set/old/leer", 0)]
    assert (tmp_path / "to" / "set" / "a.conf").stat().st_size == 70_000
    (tmp_path / "passed").unlink()
    found = extract(
        scp(folder, f"pump:{tmp_path}/to/set/a.conf", "b.conf", command=f"scp -f {tmp_path}/to/set/a.conf")
    )
    assert [(one.deed, one.text, one.octets) for one in found if one.kind is FoundKind.TRANSFER] == [
        ("get", "a.conf", 70_000)
    ]


STREAM = b"D0755 0 set\nT1 0 2 0\nC0644 4 a\\b\nDATA\0E\nC0600 0 empty\n\0"


@given(st.lists(st.integers(1, 12), max_size=20))
def test_where_the_stream_is_split_makes_no_difference(cuts: list[int]) -> None:
    reader, done, rest = ScpReader("put"), [], STREAM
    for cut in [*cuts, len(STREAM)]:
        piece, rest = rest[:cut], rest[cut:]
        done += reader.sent(piece, 5)
    assert done == [Transfer(5, "put", "set/a\\b", 4), Transfer(5, "put", "empty", 0)]
    assert not reader.broken


def test_a_copy_that_stopped_half_way_is_told_as_far_as_it_came() -> None:
    reader = ScpReader("get")
    reader.sent(b"C0644 10 log\nhalf", 1)
    assert reader.finish() == [Transfer(1, "get", "log", 4, worked=False)]


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_no_bytes_upset_the_reader(pieces: list[bytes]) -> None:
    reader = ScpReader("put")
    for piece in pieces:
        reader.sent(piece, 1)
    reader.finish()


def test_a_line_that_never_ends_or_is_none_ends_the_reading() -> None:
    for data in (b"x" * 9000, b"hello\n"):
        reader = ScpReader("put")
        reader.sent(data, 1)
        assert reader.broken

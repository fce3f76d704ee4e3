"""How far archives are followed. What bounds them is asserted on what was read and unpacked, never on time."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from broker.quarantine import archives
from broker.quarantine.archives import MIB, RATIO_FREE_BYTES, Bounds, Stream, Walk
from broker.quarantine.judging import Contents
from broker.quarantine.kinds import HEAD_BYTES, OPENED, kind_of
from tests.broker.quarantine.packed import INSIDE, nested, overlapping, sealed, tarred, zipped
from tests.for_each import for_each

BOUNDS = Bounds()


class Counting(io.BytesIO):
    """A file that knows how much of it was read."""

    octets = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.octets += len(data)
        return data


def walked(data: bytes, bounds: Bounds = BOUNDS) -> tuple[Contents, dict[str, bytes], int]:
    seen: dict[str, bytes] = {}

    def see(name: str, stream: Stream) -> None:
        seen[name] = stream.read(100)

    file = Counting(data)
    return Walk(len(data), see, bounds).into(file, kind_of(data[:HEAD_BYTES]), "f"), seen, file.octets


@for_each(
    "data, above",
    [
        (zipped(), "f"),
        (tarred(), "f"),
        (gzip.compress(tarred()), "f/gzip"),
        (bz2.compress(tarred()), "f/bzip2"),
        (lzma.compress(tarred()), "f/xz"),
        (zstandard.compress(tarred()), "f/zstd"),
        (zipped({"a.tgz": gzip.compress(tarred())}), "f/a.tgz/gzip"),
        (tarred({"a.zip": zipped()}), "f/a.zip"),
        (nested(2), "f/inner.zip/inner.zip"),
    ],
    ids=lambda one: str(one)[:12],
)
def test_what_lies_in_an_archive_is_seen_with_its_path_and_never_written_anywhere(
    data: bytes, above: str
) -> None:
    said, seen, _ = walked(data)
    assert not said.fault
    assert seen == {f"{above}/{name}": content[:100] for name, content in INSIDE.items()}
    assert {f"{above}/{name}" for name in INSIDE} <= set(said.names)


@for_each(
    "data, fault",
    [
        (sealed(), "file_archive_sealed"),
        (nested(5), "file_archive_deep"),
        (zipped({"a.7z": b"7z\xbc\xaf\x27\x1cxxxx"}), "file_archive_shut"),
        (zipped()[:-20], "file_archive_broken"),
        (gzip.compress(tarred())[:-40], "file_archive_broken"),
        (bz2.compress(tarred())[:-9], "file_archive_broken"),
        (lzma.compress(tarred())[:-30], "file_archive_broken"),
        (zstandard.compress(bytes(range(256)) * 999)[:-9], "file_archive_broken"),
        (gzip.compress(b"x") + b"something else behind it", "file_archive_broken"),
        (tarred({"a": b"x"}, comment="y" * 100_000), "file_archive_strange"),
        (b"PK\x03\x04 and no more", "file_archive_broken"),
        (bytes(257) + b"ustar" + bytes(300), "file_archive_broken"),
    ],
    ids=lambda one: str(one)[:12],
)
def test_what_can_not_be_looked_into_to_its_end_says_so(data: bytes, fault: str) -> None:
    said, _, _ = walked(data)
    assert said.fault == fault, said
    assert said.sentence.endswith(".")


@for_each(
    "made",
    [
        lambda: zipped({"zeros": bytes(96 * MIB)}),
        lambda: zipped({f"{number}": bytes(8 * MIB) for number in range(12)}),
        lambda: gzip.compress(bytes(96 * MIB)),
        lambda: bz2.compress(bytes(96 * MIB)),
        lambda: lzma.compress(bytes(96 * MIB), preset=0),
        lambda: zstandard.compress(bytes(96 * MIB)),
        lambda: zipped({"inner.zip": zipped({"zeros": bytes(96 * MIB)})}),
        lambda: gzip.compress(gzip.compress(bytes(96 * MIB))),
    ],
    ids=["zip", "zip of many", "gzip", "bzip2", "xz", "zstd", "zip in zip", "gzip in gzip"],
)
def test_a_bomb_is_stopped_where_it_is_out_of_proportion_in_little_memory(made: Callable[[], bytes]) -> None:
    """D15: an archive bomb is held, and costs no more than what its bounds let."""
    data = made()
    tracemalloc.start()
    try:
        said, _, read = walked(data, Bounds(ratio=4))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said.fault == "file_archive_bomb"
    assert said.octets <= max(RATIO_FREE_BYTES, 4 * len(data)) + 64 * 1024
    assert peak < 48 * MIB
    assert read <= 3 * len(data)


def test_members_of_a_zip_that_lie_over_one_another_are_a_bomb_before_any_is_unpacked() -> None:
    """D15: whatever this Python's own library makes of them."""
    for count in (2, 2000):
        said, seen, _ = walked(overlapping(count))
        assert (said.fault, said.octets, seen) == ("file_archive_bomb", 0, {})


def test_so_many_things_and_no_more_are_looked_at() -> None:
    said, seen, _ = walked(zipped({str(one): b"" for one in range(50)}), Bounds(members=20))
    assert (said.fault, len(seen)) == ("file_archive_many", 20)
    said, _, _ = walked(nested(1), Bounds(inner_bytes=10))
    assert said.fault == "file_archive_large"


def test_a_list_of_contents_that_is_larger_than_any_is_not_read_into_memory() -> None:
    data = bytearray(zipped({"a": b"x"}))
    at = data.rindex(b"PK\x05\x06")
    data[at + 12 : at + 16] = (17 * MIB).to_bytes(4, "little")  # the size of the central directory
    whole = bytes(data[:at]) + bytes(17 * MIB) + bytes(data[at:])
    said, _, _ = walked(whole)
    assert said.fault == "file_archive_many"


def test_a_file_full_of_holes_in_a_tar_is_not_made_up() -> None:
    data = bytearray(tarred({"a": b"x" * 512}))
    data[156:157] = tarfile.GNUTYPE_SPARSE
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert walked(bytes(data))[0].fault == "file_archive_strange"


def test_a_tar_whose_headers_the_library_shows_nobody_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(archives._Modest, "_proc_member")
    assert walked(tarred({"a": b"x"}))[0].fault == "file_archive_strange"


@given(
    st.sampled_from([zipped(), tarred(), gzip.compress(tarred()), nested(2), zstandard.compress(tarred())]),
    st.data(),
)
def test_no_bytes_bring_a_walk_down(data: bytes, drawn: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(drawn.draw(st.integers(1, 6))):
        changed[drawn.draw(st.integers(0, len(changed) - 1))] = drawn.draw(st.integers(0, 255))
    if kind_of(bytes(changed[:HEAD_BYTES])) in OPENED:
        said, _, _ = walked(bytes(changed), Bounds(octets=MIB))
        assert said.octets <= MIB + 64 * 1024

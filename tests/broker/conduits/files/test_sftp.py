"""The filter of sftp, in front of OpenSSH's own sftp-server: what its state is afterwards counts, not what was said."""

import hashlib
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import Moved
from broker.conduits.files.sftp import MOST_OPEN, SftpFilter
from domain.access import Flow
from domain.output import Answer, Cut, ToAsset, ToVendor
from tests.broker.conduits.files.asset import (
    BOTH,
    NOTHING,
    READ,
    WRITE,
    Between,
    extended,
    init,
    named,
    opened,
    read,
    write,
)
from tests.stride import DEEP

CONTENT = bytes(range(256)) * 300
MANY = 100_000 if DEEP else 1200
LARGE = (5 if DEEP else 0) * 2**30 or 2**23
GET, PUT = frozenset({Flow.GET}), frozenset({Flow.PUT})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "there").write_bytes(CONTENT)
    (tmp_path / "inside").mkdir()
    return tmp_path


def state(folder: Path) -> dict[str, object]:
    """All of a folder that a client could change."""
    return {
        str(one.relative_to(folder)): (
            one.lstat().st_mode,
            one.is_file() and one.read_bytes(),
            one.is_symlink(),
        )
        for one in sorted(folder.rglob("*"))
    }


def changes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every request by which something at the asset can be changed."""
    for name, flags in {
        "write": sftp.WRITES,
        "create": sftp.CREATES,
        "truncate": sftp.TRUNCATES | sftp.READS,
        "append": sftp.APPENDS | sftp.READS,
        "exclusively": sftp.EXCLUSIVE | sftp.CREATES | sftp.READS,
    }.items():
        yield f"open to {name}", opened(7, folder / "there", flags)
    yield "set", named(sftp.SETSTAT, 7, folder / "there")
    yield "set by handle", named(sftp.FSETSTAT, 7, b"\x00\x00\x00\x00")
    yield "remove", named(sftp.REMOVE, 7, folder / "there")
    yield "make a folder", named(sftp.MKDIR, 7, folder / "made")
    yield "remove a folder", named(sftp.RMDIR, 7, folder / "inside")
    yield "rename", named(sftp.RENAME, 7, folder / "there", folder / "gone")
    yield "a link", named(sftp.SYMLINK, 7, folder / "there", folder / "link")
    yield "rename over", extended(7, b"posix-rename@openssh.com", folder / "there", folder / "gone")
    yield "a hard link", extended(7, b"hardlink@openssh.com", folder / "there", folder / "hard")
    yield "sync", extended(7, b"fsync@openssh.com", b"\x00\x00\x00\x00")
    lset = sftp.request(
        sftp.EXTENDED,
        7,
        sftp.text(b"lsetstat@openssh.com"),
        sftp.text(str(folder / "there").encode()),
        sftp.number32(sftp.MODE) + sftp.number32(0o100000),
    )
    yield "set of a link", lset
    both = sftp.text(b"\x00\x00\x00\x00") + sftp.number64(0) + sftp.number64(0)
    yield "copy", sftp.request(sftp.EXTENDED, 7, sftp.text(b"copy-data"), both, both[:-8])
    yield "write", write(7, b"\x00\x00\x00\x00", 0, b"x")


def test_who_may_only_fetch_changes_nothing_at_the_asset(folder: Path) -> None:
    """D15: every request that changes anything is answered in the asset's place, and the asset never learns of it."""
    before = state(folder)
    with Between(GET, folder=folder) as between:
        handle = between.handle(opened(1, folder / "there", READ))
        sent = len(between.to_asset)
        for name, packet in changes(folder):
            status = between.status(packet.replace(b"\x00\x00\x00\x04\x00\x00\x00\x00", sftp.text(handle)))
            assert status == (sftp.FAILURE if name == "write" else sftp.PERMISSION_DENIED), name
        assert len(between.to_asset) == sent
        assert set(between.codes()) == {"sftp_put_refused"}
        assert between.ask(read(8, handle, 0, 100))[4] == sftp.DATA
        for packet in (
            named(sftp.STAT, 9, folder / "there"),
            named(sftp.OPENDIR, 10, folder),
            named(sftp.REALPATH, 11, b"."),
            extended(12, b"statvfs@openssh.com", folder),
            extended(13, b"limits@openssh.com"),
        ):
            assert between.ask(packet)[4] != sftp.STATUS
    assert state(folder) == before


def test_who_may_only_put_reads_and_lists_nothing(folder: Path) -> None:
    """D15: the other direction is another grant; what a folder holds is read as well."""
    with Between(PUT, folder=folder) as between:
        sent = len(between.to_asset)
        handle = b"\x00\x00\x00\x00"
        for packet in (
            opened(1, folder / "there", READ),
            opened(2, folder / "there", READ | WRITE),
            opened(3, folder / "there", 0),
            read(4, handle, 0, 100),
            named(sftp.OPENDIR, 5, folder),
            named(sftp.READDIR, 6, handle),
            named(sftp.READLINK, 7, folder / "there"),
        ):
            assert between.status(packet) == sftp.PERMISSION_DENIED
        assert len(between.to_asset) == sent
        assert set(between.codes()) == {"sftp_get_refused"}
        handle = between.handle(opened(8, folder / "put", WRITE))
        assert between.status(write(9, handle, 0, b"new")) == sftp.OK
        assert between.status(named(sftp.CLOSE, 10, handle)) == sftp.OK
        assert between.status(named(sftp.RENAME, 11, folder / "put", folder / "renamed")) == sftp.OK
    assert (folder / "renamed").read_bytes() == b"new"
    assert (folder / "there").read_bytes() == CONTENT


def test_each_file_is_told_with_its_size_and_the_digest_of_what_crossed(folder: Path) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    rest = hashlib.sha256(CONTENT[1000:]).hexdigest()
    with Between(folder=folder) as between:
        handle = between.handle(opened(1, folder / "there", READ))
        for number, at in enumerate((0, 32768, 65536, len(CONTENT))):
            between.ask(read(10 + number, handle, at, 32768))
        between.ask(named(sftp.CLOSE, 2, handle))
        handle = between.handle(opened(3, folder / "put", WRITE))
        for at in range(0, len(CONTENT), 30_000):
            between.ask(write(4, handle, at, CONTENT[at : at + 30_000]))
        between.ask(named(sftp.CLOSE, 5, handle))
        handle = between.handle(opened(6, folder / "there", READ))
        between.ask(read(7, handle, 1000, 32768))
        between.ask(read(8, handle, 1000 + 32768, 65536))
        between.ask(named(sftp.CLOSE, 9, handle))
        handle = between.handle(opened(10, folder / "there", READ))
        between.ask(read(11, handle, 50_000, 10))
        between.ask(read(12, handle, 0, 10))
        between.ask(named(sftp.CLOSE, 13, handle))
        handle = between.handle(opened(14, folder / "there", READ))
        between.ask(read(15, handle, 0, 10))
        between.obey(between.filter.over("client gone"))
        there, put = str(folder / "there").encode(), str(folder / "put").encode()
        size, begun = len(CONTENT), hashlib.sha256(CONTENT[:10]).hexdigest()
        assert between.moved() == [
            Moved(there, Flow.GET, 0, size, digest, whole=True),
            Moved(put, Flow.PUT, 0, size, digest, whole=True),
            Moved(there, Flow.GET, 1000, size - 1000, rest, whole=False),
            Moved(there, Flow.GET, 50_000, 20, "", whole=False),
            Moved(there, Flow.GET, 0, 10, begun, whole=False),
        ]


def test_what_the_asset_would_not_write_is_told_as_failed(folder: Path) -> None:
    with Between(folder=folder) as between:
        handle = between.handle(opened(1, b"/dev/full", sftp.WRITES))
        assert between.status(write(2, handle, 0, b"x")) == sftp.FAILURE
        between.ask(named(sftp.CLOSE, 3, handle))
        assert [(one.whole, one.failed) for one in between.moved()] == [(False, True)]


MALFORMED = [
    ("a request before its beginning", opened(1, b"x", READ)),
    ("a second beginning", init() + init()),
    ("a version before 3", init(2)),
    ("no length", b"\x00\x00\x00\x00\x05"),
    ("too long", b"\x00\x10\x00\x01\x05"),
    ("a type that there is not", init() + sftp.request(99, 1)),
    ("an answer of the client's", init() + sftp.status(1, 0)),
    ("less than its type holds", init() + sftp.request(sftp.OPEN, 1, sftp.text(b"x"))),
    ("more than its type holds", init() + named(sftp.STAT, 1, b"x", b"y")),
    ("a string beyond its packet", init() + sftp.request(sftp.STAT, 1, b"\xff\xff\xff\xff")),
    (
        "attributes that version 3 has not",
        init() + sftp.request(sftp.SETSTAT, 1, sftp.text(b"x"), b"\x00\x00\x10\x00"),
    ),
    ("an extension without a name", init() + sftp.request(sftp.EXTENDED, 1)),
    (
        "an extension with more than it holds",
        init() + extended(1, b"hardlink@openssh.com", b"a", b"b", b"c"),
    ),
    ("two requests of one number", init() + named(sftp.STAT, 1, b"x") + named(sftp.STAT, 1, b"y")),
    (
        "a writing with two lengths",
        init() + sftp.request(sftp.WRITE, 1, sftp.text(b"h"), sftp.number64(0), sftp.number32(9), b"x"),
    ),
    ("a handle that is too long", init() + write(1, b"h" * 257, 0, b"x")),
    ("a packet without a number", init() + sftp.packet(sftp.STAT, b"\x00")),
]


def test_what_is_not_sftp_ends_the_channel_and_never_passes() -> None:
    """C15: unknown packets, and lengths that contradict each other."""
    for name, data in MALFORMED:
        for step in (len(data), 1):
            filter_ = SftpFilter(BOTH, screened=False)
            outputs = [
                bytes(one.data) if isinstance(one, ToAsset) else one
                for at in range(0, len(data), step)
                for one in filter_.from_vendor(data[at : at + step])
            ]
            assert [one.code for one in outputs if isinstance(one, Cut)] == ["sftp_malformed"], name
            passed = b"".join(one for one in outputs if isinstance(one, bytes))
            assert passed in {b"", init(), init() + named(sftp.STAT, 1, b"x")}, name
            assert not list(filter_.from_vendor(named(sftp.STAT, 5, b"z")))


ANSWERS = [
    ("another type than was asked for", sftp.request(sftp.HANDLE, 1, sftp.text(b"h"))),
    ("a type that there is not", sftp.request(150, 1)),
    ("a name less than it says", sftp.request(sftp.NAME, 1, sftp.number32(2))),
    ("data that nobody reads", sftp.request(sftp.DATA, 1, sftp.text(b"x"))),
    ("a second version", sftp.packet(sftp.VERSION, sftp.number32(3))),
    ("a request", named(sftp.STAT, 1, b"x")),
]


def test_an_asset_that_breaks_the_protocol_ends_the_channel() -> None:
    for name, data in ANSWERS:
        filter_ = SftpFilter(BOTH, screened=False)
        list(filter_.from_vendor(init()))
        list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3))))
        list(filter_.from_vendor(named(sftp.REALPATH, 1, b".")))
        outputs = list(filter_.from_asset(data))
        assert [type(one) for one in outputs] == [Cut], name
    filter_ = SftpFilter(BOTH, screened=False)
    assert [type(one) for one in filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3)))] == [Cut]


def test_an_answer_that_fits_no_request_never_reaches_the_client() -> None:
    filter_ = SftpFilter(BOTH, screened=False)
    list(filter_.from_vendor(init()))
    list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3))))
    assert not list(filter_.from_asset(sftp.status(77, sftp.OK)))
    assert not list(filter_.from_asset(sftp.request(sftp.DATA, 77, sftp.text(b"x" * 1000))))


def test_both_sides_speak_version_3_and_no_extension_that_nobody_reads() -> None:
    filter_ = SftpFilter(BOTH, screened=False)
    assert list(filter_.from_vendor(init(6))) == [ToAsset(init())]
    limits = sftp.text(b"limits@openssh.com") + sftp.text(b"1")
    offered = sftp.packet(sftp.VERSION, sftp.number32(3), sftp.text(b"newline"), sftp.text(b"\n"), limits)
    assert list(filter_.from_asset(offered)) == [
        ToVendor(sftp.packet(sftp.VERSION, sftp.number32(3), limits))
    ]
    answer = next(iter(filter_.from_vendor(extended(1, b"run@example.org", b"id"))))
    assert isinstance(answer, ToVendor)
    assert sftp.number_at(answer.data, 9) == sftp.OP_UNSUPPORTED


def test_no_name_with_a_nul_reaches_the_asset(folder: Path) -> None:
    """Abuse case 23: what the gate judges and what the asset opens is the same name."""
    with Between(folder=folder) as between:
        assert between.status(opened(1, b"there\x00.txt", READ)) == sftp.NO_SUCH_FILE
        assert between.status(named(sftp.RENAME, 2, b"there", b"a\x00b")) == sftp.NO_SUCH_FILE
        assert b"\x00.txt" not in between.to_asset


def test_open_files_are_bounded() -> None:
    filter_ = SftpFilter(BOTH, screened=False)
    list(filter_.from_vendor(init()))
    list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3))))
    for number in range(MOST_OPEN):
        list(filter_.from_vendor(opened(number, b"x", READ)))
        handle = sftp.text(b"h%d" % number)
        list(filter_.from_asset(sftp.request(sftp.HANDLE, number, handle)))
    (refused,) = filter_.from_vendor(opened(MOST_OPEN, b"x", READ))
    assert isinstance(refused, ToVendor)


TALK = b"".join(
    [
        init(),
        opened(1, b"there", READ),
        read(2, b"\x00\x00\x00\x00", 0, 40),
        opened(3, b"put", WRITE),
        write(4, b"\x00\x00\x00\x01", 0, b"new" * 2000),
        write(5, b"\x00\x00\x00\x01", 6000, b""),
        named(sftp.STAT, 6, b"there"),
        named(sftp.CLOSE, 7, b"\x00\x00\x00\x01"),
        named(sftp.REALPATH, 8, b"."),
    ]
)
REPLIES = b"".join(
    [
        sftp.packet(sftp.VERSION, sftp.number32(3), sftp.text(b"limits@openssh.com"), sftp.text(b"1")),
        sftp.request(sftp.HANDLE, 1, sftp.text(b"\x00\x00\x00\x00")),
        sftp.request(sftp.DATA, 2, sftp.text(b"d" * 40)),
        sftp.request(sftp.HANDLE, 3, sftp.text(b"\x00\x00\x00\x01")),
        sftp.status(4, sftp.OK),
        sftp.status(5, sftp.OK),
        sftp.request(sftp.ATTRS, 6, sftp.number32(sftp.SIZE), sftp.number64(40)),
        sftp.status(7, sftp.OK),
        sftp.request(sftp.NAME, 8, sftp.number32(1), sftp.text(b"a"), sftp.text(b"-rw a"), NOTHING),
    ]
)


def heard(flows: frozenset[Flow], cuts: list[int], replies: list[int]) -> tuple[bytes, bytes, list[object]]:
    """What either side got, and what else was said, when both streams are split there."""
    filter_ = SftpFilter(flows, screened=False)
    inward, outward, said = bytearray(), bytearray(), []
    begin = len(init())
    for data, feed, ends in (
        (TALK[:begin], filter_.from_vendor, []),
        (REPLIES[:38], filter_.from_asset, []),
        (TALK[begin:], filter_.from_vendor, cuts),
        (REPLIES[38:], filter_.from_asset, replies),
    ):
        places = [0, *sorted(one % (len(data) + 1) for one in ends), len(data)]
        for start, end in pairwise(places):
            for output in feed(memoryview(bytearray(data[start:end]))):
                match output:
                    case ToAsset(piece):
                        inward += piece
                    case ToVendor(piece):
                        outward += piece
                    case Answer(data=piece):
                        outward += piece
                        said.append(output)
                    case _:
                        said.append(output)
    return bytes(inward), bytes(outward), said


@given(
    st.sampled_from([BOTH, GET, PUT]),
    st.lists(st.integers(0, len(TALK)), max_size=6),
    st.lists(st.integers(0, len(REPLIES)), max_size=6),
)
def test_where_the_streams_are_split_makes_no_difference(
    flows: frozenset[Flow], cuts: list[int], replies: list[int]
) -> None:
    assert heard(flows, cuts, replies) == heard(flows, [], [])


def beginning(screened: bool = False) -> SftpFilter:
    filter_ = SftpFilter(BOTH, screened=screened)
    list(filter_.from_vendor(init()))
    list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3))))
    return filter_


def test_many_small_files_leave_nothing_behind() -> None:
    """Abuse case 24: what the gate holds of a channel does not grow with the files that went through it; 100,000 in a deep run."""
    filter_ = beginning()
    sizes = []
    tracemalloc.start()
    for number in range(MANY):
        name = b"folder/%d" % number
        list(filter_.from_vendor(named(sftp.STAT, 1, name)))
        list(filter_.from_asset(sftp.request(sftp.ATTRS, 1, sftp.number32(sftp.SIZE), sftp.number64(5))))
        list(filter_.from_vendor(opened(2, name, READ)))
        list(filter_.from_asset(sftp.request(sftp.HANDLE, 2, sftp.text(b"h"))))
        list(filter_.from_vendor(read(3, b"h", 0, 32768) + named(sftp.CLOSE, 4, b"h")))
        answers = sftp.request(sftp.DATA, 3, sftp.text(b"12345")) + sftp.status(4, sftp.OK)
        (moved,) = [one for one in filter_.from_asset(answers) if isinstance(one, Moved)]
        assert moved.whole
        if number % (MANY // 4) == MANY // 4 - 1:
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(sizes) < 1_000_000


def test_a_large_file_goes_by_without_being_gathered() -> None:
    """Abuse case 24: 5 GiB in a deep run, and never more than a few packets of it in memory."""
    filter_ = beginning()
    list(filter_.from_vendor(opened(1, b"large", WRITE)))
    list(filter_.from_asset(sftp.request(sftp.HANDLE, 1, sftp.text(b"h"))))
    part = bytes(32768)
    tracemalloc.start()
    for at in range(0, LARGE, len(part)):
        passed = sum(
            len(one.data) for one in filter_.from_vendor(write(2, b"h", at, part)) if isinstance(one, ToAsset)
        )
        assert passed > len(part)
        list(filter_.from_asset(sftp.status(2, sftp.OK)))
    list(filter_.from_vendor(named(sftp.CLOSE, 3, b"h")))
    (moved,) = [one for one in filter_.from_asset(sftp.status(3, sftp.OK)) if isinstance(one, Moved)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (moved.octets, moved.whole, bool(moved.sha256)) == (LARGE, True, True)
    assert peak < 8_000_000


@given(st.binary(max_size=200), st.binary(max_size=200), st.booleans())
def test_no_bytes_upset_the_filter(sent: bytes, came: bytes, screened: bool) -> None:
    filter_ = SftpFilter(BOTH, screened=screened)
    list(filter_.from_vendor(init() + sent))
    list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3)) + came))
    list(filter_.over("client gone"))

"""Requests that name a path, led within a permit's limits, in front of OpenSSH's own sftp-server: its disk counts."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files import packets as sftp
from broker.conduits.files.escort import BY_ITSELF, LINKS, RENAMES
from broker.conduits.files.outputs import Begin, Finish, Moved
from broker.conduits.files.roots import Roots
from broker.conduits.files.sftp import SftpFilter
from broker.quarantine.seams import FileState, Verdict
from domain.access import Flow
from domain.limits import limit_of
from domain.output import Answer, ToAsset, ToVendor
from tests.broker.conduits.files.asset import (
    BOTH,
    NOTHING,
    READ,
    WRITE,
    Between,
    extended,
    named,
    opened,
    read,
    write,
)
from tests.broker.conduits.files.test_sftp import state

SECRET = b"root:$6$secret" * 100


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    for folder in ("in", "out", "in/sub", "secret"):
        (tmp_path / folder).mkdir()
    (tmp_path / "secret" / "shadow").write_bytes(SECRET)
    (tmp_path / "out" / "a.log").write_bytes(b"a line")
    (tmp_path / "out" / ("n" * 255)).write_bytes(b"long")
    (tmp_path / "out" / os.fsdecode(b"\xff\xfe")).write_bytes(b"no utf-8")
    for root in ("in", "out"):
        (tmp_path / root / "file").symlink_to(tmp_path / "secret" / "shadow")
        (tmp_path / root / "folder").symlink_to(tmp_path / "secret")
        (tmp_path / root / "to come").symlink_to(tmp_path / "secret" / "new")
    (tmp_path / "out" / "within").symlink_to("a.log")
    return tmp_path


def between(plant: Path, *, screened: bool = False) -> Between:
    limits = (f"sftp get {plant}/out/**", f"sftp put {plant}/in/**")
    return Between(folder=plant, limits=limits, screened=screened)


def escapes(plant: Path) -> Iterator[tuple[str, Callable[[int, Path | bytes], bytes], str]]:
    """Each request that names a path, and which root it would be within."""
    yield "read", lambda number, path: opened(number, path, READ), "out"
    yield "open for nothing", lambda number, path: opened(number, path, 0), "out"
    yield "write", lambda number, path: opened(number, path, WRITE), "in"
    yield "create", lambda number, path: opened(number, path, sftp.WRITES | sftp.CREATES), "in"
    yield "append", lambda number, path: opened(number, path, sftp.APPENDS), "in"
    yield "cut off", lambda number, path: opened(number, path, sftp.WRITES | sftp.TRUNCATES), "in"
    yield "list", lambda number, path: named(sftp.OPENDIR, number, path), "out"
    yield "set", sized, "in"
    yield "stat", lambda number, path: named(sftp.STAT, number, path), "out"
    yield "space", lambda number, path: extended(number, b"statvfs@openssh.com", path), "out"
    yield "realpath", lambda number, path: named(sftp.REALPATH, number, path), "out"


def sized(number: int, path: Path | bytes) -> bytes:
    name = path if isinstance(path, bytes) else str(path).encode()
    return sftp.request(sftp.SETSTAT, number, sftp.text(name), sftp.number32(sftp.SIZE), sftp.number64(0))


def test_no_way_of_naming_a_file_leads_out_of_the_limits(plant: Path) -> None:
    """D15: links, dots and names in every request: the asset's disk stays as it was, and nothing of the file is said."""
    before = state(plant)
    with between(plant) as asset:
        number = 100
        for what, request, root in escapes(plant):
            inside = plant / root
            for path in (
                plant / "secret" / "shadow",
                inside / "file",
                inside / "folder" / "shadow",
                inside / "to come",
                b"%s/../secret/shadow" % os.fsencode(inside),
                b"%s/./..//secret/shadow" % os.fsencode(inside),
                b"%s/sub/../../secret/shadow" % os.fsencode(inside),
                b"%s/folder/../shadow" % os.fsencode(plant / "secret"),
                b"secret/shadow",
                b"/etc/passwd",
                b"%s\\..\\..\\secret" % os.fsencode(inside),
            ):
                number += 1
                status = asset.status(request(number, path))
                assert status in {sftp.PERMISSION_DENIED, sftp.NO_SUCH_FILE}, (what, path)
        assert set(asset.codes()) == {"file_path_not_permitted", "file_path_leads_out"}
    assert state(plant) == before
    assert not (plant / "secret" / "new").exists()


def test_what_changes_an_entry_stays_within_and_makes_or_moves_no_link(plant: Path) -> None:
    """D15: nothing is made, renamed or removed outside, neither a root itself; and no link leads out under a new name."""
    before = state(plant)
    with between(plant) as asset:
        inside, elsewhere = plant / "in", plant / "secret"
        for at, packet in enumerate(
            (
                named(sftp.REMOVE, 0, elsewhere / "shadow"),
                named(sftp.REMOVE, 0, inside / "folder" / "shadow"),
                named(sftp.REMOVE, 0, plant / "out" / "a.log"),
                named(sftp.MKDIR, 0, inside / "folder" / "made"),
                named(sftp.MKDIR, 0, plant / "made"),
                named(sftp.RMDIR, 0, inside),
                named(sftp.RENAME, 0, inside, plant / "moved"),
                named(sftp.RENAME, 0, inside / "sub", plant / "secret" / "sub"),
                named(sftp.RENAME, 0, elsewhere / "shadow", inside / "shadow"),
                named(sftp.RENAME, 0, inside / "file", inside / "other"),
                extended(0, b"posix-rename@openssh.com", inside / "folder", inside / "sub" / "x"),
                extended(0, b"posix-rename@openssh.com", inside / "sub", plant / "out" / "sub"),
                named(sftp.SYMLINK, 0, b"../secret", inside / "made"),
                named(sftp.SYMLINK, 0, b"sub", inside / "made"),
                extended(0, b"hardlink@openssh.com", elsewhere / "shadow", inside / "made"),
                extended(0, b"hardlink@openssh.com", inside / "sub", inside / "made"),
            ),
            100,
        ):
            assert asset.status(packet[:5] + sftp.number32(at) + packet[9:]) == sftp.PERMISSION_DENIED, at
        assert set(asset.codes()) == {"file_path_not_permitted", "file_path_leads_out", "file_link_refused"}
    assert state(plant) == before


def test_what_lies_within_is_done_as_without_limits(plant: Path) -> None:
    with between(plant) as asset:
        for name, content in (
            (b"a.log", b"a line"),
            (b"n" * 255, b"long"),
            (b"\xff\xfe", b"no utf-8"),
            (b"within", b"a line"),
        ):
            handle = asset.handle(opened(1, os.fsencode(plant / "out") + b"/" + name, READ))
            assert asset.ask(read(2, handle, 0, 100)).endswith(content)
            assert asset.status(named(sftp.CLOSE, 3, handle)) == sftp.OK
        told = asset.moved()
        assert next(one.name for one in told) == os.fsencode(plant / "out" / "a.log")
        assert told[-1].name == told[0].name  # a link within is told by where it leads
        folder = asset.handle(named(sftp.OPENDIR, 4, plant / "out"))
        assert b"a.log" in asset.ask(named(sftp.READDIR, 5, folder))
        new = plant / "in" / "sub" / "new"
        for content in (b"first, longer", b"second"):
            handle = asset.handle(opened(6, new, WRITE))
            assert asset.status(write(7, handle, 0, content)) == sftp.OK
            assert asset.status(named(sftp.CLOSE, 8, handle)) == sftp.OK
            assert new.read_bytes() == content
        mode = sftp.number32(sftp.MODE) + sftp.number32(0o700)
        for path in (new, plant / "in" / "sub"):
            packet = sftp.request(sftp.SETSTAT, 9, sftp.text(os.fsencode(path)), mode)
            assert asset.status(packet) == sftp.OK
            assert path.stat().st_mode & 0o777 == 0o700
        assert asset.status(sized(10, new)) == sftp.OK
        assert new.read_bytes() == b""
        assert asset.status(named(sftp.MKDIR, 11, plant / "in" / "made")) == sftp.OK
        assert asset.status(named(sftp.RENAME, 12, new, plant / "in" / "made" / "moved")) == sftp.OK
        assert asset.status(named(sftp.REMOVE, 13, plant / "in" / "made" / "moved")) == sftp.OK
        assert asset.status(named(sftp.REMOVE, 14, plant / "in" / "file")) == sftp.OK  # the link alone
        assert asset.status(named(sftp.RMDIR, 15, plant / "in" / "made")) == sftp.OK
        assert (plant / "secret" / "shadow").read_bytes() == SECRET
        for packet in (
            named(sftp.REALPATH, 16, b"."),
            named(sftp.REALPATH, 17, plant),
            named(sftp.STAT, 18, plant),
        ):
            assert asset.ask(packet)[4] in {sftp.NAME, sftp.ATTRS}
        assert asset.ask(named(sftp.LSTAT, 19, plant / "out" / "file"))[4] == sftp.ATTRS
        assert asset.status(opened(20, plant / "in" / "sub" / "none", sftp.WRITES)) == sftp.NO_SUCH_FILE
        exclusive = sftp.WRITES | sftp.CREATES | sftp.EXCLUSIVE
        asset.handle(opened(21, new, exclusive))
        assert asset.status(opened(22, new, exclusive)) == sftp.FAILURE
        assert not asset.codes()


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("flags", [READ, WRITE])
def test_what_is_exchanged_between_a_look_and_the_opening_is_not_read_and_not_cut_off(
    plant: Path, what: str, flags: int
) -> None:
    """D15: a link takes the file's place in the very moment in which it is opened, and is away again before the next look."""
    root = plant / ("out" if flags == READ else "in") / "sub"
    root.mkdir(exist_ok=True)
    good, path = root.parent / "good", root if what == "folder" else root / "shadow"
    (root / "shadow").write_bytes(b"harmless")

    def exchanged(packet: bytes) -> None:
        kind = packet[4]
        if kind == sftp.OPEN and not good.exists():
            path.rename(good)
            path.symlink_to(plant / "secret" / ("" if what == "folder" else "shadow"))
        elif good.exists() and kind not in {sftp.FSTAT, sftp.CLOSE}:
            path.unlink()
            good.rename(path)

    with between(plant) as asset:
        asset.before = exchanged
        status = asset.status(opened(1, root / "shadow", flags))
        assert (status, asset.codes()) == (sftp.PERMISSION_DENIED, ["file_path_changed"])
        guessed = asset.status(read(2, b"\x00\x00\x00\x00", 0, 100))
        assert guessed == sftp.FAILURE
    assert (plant / "secret" / "shadow").read_bytes() == SECRET
    assert not any(isinstance(one, Moved) for one in asset.said)


def test_a_handle_that_nobody_was_given_is_worth_nothing(plant: Path) -> None:
    with between(plant) as asset:
        mine = asset.handle(opened(1, plant / "out" / "a.log", READ))
        assert asset.ask(read(2, mine, 0, 10))[4] == sftp.DATA
        assert asset.status(named(sftp.CLOSE, 3, mine)) == sftp.OK
        sent = len(asset.to_asset)
        for packet in (
            read(4, mine, 0, 10),
            write(5, mine, 0, b"x"),
            named(sftp.FSTAT, 6, mine),
            named(sftp.FSETSTAT, 7, mine),
            named(sftp.READDIR, 8, mine),
            extended(9, b"fsync@openssh.com", mine),
            extended(10, b"fstatvfs@openssh.com", mine),
        ):
            assert asset.status(packet) == sftp.FAILURE
        assert len(asset.to_asset) == sent


def test_requests_are_led_one_after_another_in_their_own_order(plant: Path) -> None:
    with between(plant) as asset:
        inside = plant / "in"
        packets = [named(sftp.MKDIR, at, inside / f"{at}") for at in range(1, 20)]
        packets += [named(sftp.MKDIR, 20, inside / "1" / "2"), named(sftp.REMOVE, 21, plant / "x")]
        asset.obey(asset.filter.from_vendor(b"".join(packets)))
        answers = [asset.answer() for _ in packets]
        assert [sftp.number_at(one, 5) for one in answers] == list(range(1, 22))
        assert [sftp.number_at(one, 9) for one in answers] == [sftp.OK] * 20 + [sftp.PERMISSION_DENIED]
    assert (inside / "1" / "2").is_dir()


def test_a_released_file_is_led_to_its_place_once_more(plant: Path) -> None:
    """D15: a screened file goes to the quarantine only for a place within, and to that place only if it still leads there."""
    new = plant / "in" / "sub" / "new"
    with between(plant, screened=True) as asset:
        for path in (plant / "secret" / "x", plant / "in" / "folder" / "x", plant / "in" / "file"):
            assert asset.status(opened(1, path, WRITE)) == sftp.PERMISSION_DENIED
        assert not any(isinstance(one, Begin) for one in asset.said)
        for number, spoilt in ((1, False), (2, True)):
            handle = asset.handle(opened(2, plant / "in" / "sub" / ".." / "sub" / "new", WRITE))
            assert asset.status(write(3, handle, 0, b"content")) == sftp.OK
            assert asset.ask(named(sftp.STAT, 4, new))[4] == sftp.ATTRS
            asset.obey(asset.filter.from_vendor(named(sftp.CLOSE, 5, handle)))
            assert asset.said[-1] == Finish(number)
            if spoilt:
                new.unlink()
                new.symlink_to(plant / "secret" / "shadow")
            asset.source[number] = b"content"
            verdict = Verdict(FileState.RELEASED, "f", "0" * 64, 7, "file_clean", "It is clean.")
            asset.obey(asset.filter.judged(number, verdict))
            answer = asset.answer()
            assert sftp.number_at(answer, 9) == (sftp.PERMISSION_DENIED if spoilt else sftp.OK)
            assert spoilt or new.read_bytes() == b"content"
    assert (plant / "secret" / "shadow").read_bytes() == SECRET
    assert [one.whole for one in asset.moved()] == [True, False]
    assert "file_path_leads_out" in asset.codes()
    assert asset.moved()[0].flow is Flow.PUT


PATHS = st.lists(
    st.sampled_from([b"in", b"out", b"secret", b"..", b".", b"", b"a", b"link", b"\xff"]),
    min_size=1,
    max_size=5,
).map(lambda parts: b"/" + b"/".join(parts))
PLAIN = sorted(LINKS | RENAMES | BY_ITSELF | {sftp.STAT, sftp.OPENDIR, sftp.SETSTAT, sftp.OPEN}, key=str)
ANYTHING = st.one_of(
    PATHS.map(
        lambda path: sftp.request(sftp.NAME, 0, sftp.number32(1), sftp.text(path), sftp.text(path), NOTHING)
    ),
    st.sampled_from([0o100644, 0o120777, 0o040755]).map(
        lambda mode: sftp.request(sftp.ATTRS, 0, sftp.number32(sftp.MODE), sftp.number32(mode))
    ),
    st.just(sftp.request(sftp.HANDLE, 0, sftp.text(b"h"))),
    st.sampled_from([sftp.OK, sftp.NO_SUCH_FILE, sftp.FAILURE]).map(lambda code: sftp.status(0, code)),
)
ROOTS = Roots(map(limit_of, ("sftp get /out/**", "sftp put /in/**")))


def asked_for(kind: int | bytes, one: bytes, other: bytes, flags: int) -> bytes:
    if isinstance(kind, bytes):
        attributes = [NOTHING] if kind == b"lsetstat@openssh.com" else []
        two = [sftp.text(other)] if kind in LINKS | RENAMES else []
        return sftp.request(sftp.EXTENDED, 1, sftp.text(kind), sftp.text(one), *two, *attributes)
    if kind == sftp.OPEN:
        return opened(1, one, flags)
    return named(kind, 1, one, *([other] if kind in LINKS | RENAMES else []))


@given(st.sampled_from(PLAIN), PATHS, PATHS, st.integers(0, 63), st.lists(ANYTHING, max_size=60))
def test_whatever_an_asset_answers_it_is_asked_about_no_path_outside_and_the_client_is_answered_once(
    kind: int | bytes, one: bytes, other: bytes, flags: int, answers: list[bytes]
) -> None:
    """Property: an asset that says anything at all gets no request for a path that the limits do not name, but where it leads."""
    filter_ = SftpFilter(BOTH, screened=False, roots=ROOTS)
    list(filter_.from_vendor(sftp.packet(sftp.INIT, sftp.number32(3))))
    list(filter_.from_asset(sftp.packet(sftp.VERSION, sftp.number32(3))))
    outputs, told = list(filter_.from_vendor(asked_for(kind, one, other, flags))), 0
    waiting: list[bytes] = []
    for answer in [*answers, *[sftp.status(0, sftp.FAILURE)] * 60]:
        for output in outputs:
            if isinstance(output, ToAsset):
                packet = bytes(output.data)[4:]
                waiting.append(packet[1:5])
                if packet[0] not in {sftp.REALPATH, sftp.CLOSE, sftp.FSTAT, sftp.FSETSTAT}:
                    at = sftp.string_at(packet, 5)[1] if packet[0] == sftp.EXTENDED else 5
                    path = sftp.string_at(packet, at)[0]
                    assert ROOTS.show(path), packet
                    assert (
                        path in {b"/", b"/in", b"/out"}
                        or ROOTS.hold(path, {Flow.GET})
                        or ROOTS.hold(path, {Flow.PUT})
                    )
            told += isinstance(output, ToVendor) or (isinstance(output, Answer) and bool(output.data))
        if not waiting:
            break
        outputs = list(filter_.from_asset(answer[:5] + waiting.pop(0) + answer[9:]))
    assert told == 1
    assert not waiting

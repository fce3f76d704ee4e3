"""How many files and bytes go each way: counted before they go, over all channels of a session, or of a permit that says numbers."""

from pathlib import Path

import pytest

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import Moved, Say
from broker.conduits.files.roots import Roots
from broker.conduits.files.scp import ScpFilter
from broker.conduits.files.sftp import SftpFilter
from broker.conduits.files.tally import MANY, MOST_KEPT, MUCH, USUAL_FILES, Count, Tallies, Tally
from domain.access import Flow
from domain.limits import limit_of
from domain.output import Answer, ToAsset, ToVendor
from tests.broker.conduits.files.asset import BOTH, READ, WRITE, Between, named, opened, read, write

MIB = 1024 * 1024


def held(files: int = 9, octets: int = 10_000) -> Tally:
    tally = Tally()
    for flow in (Flow.GET, Flow.PUT):
        tally.files[flow], tally.octets[flow] = Count(files), Count(octets)
    return tally


def between(folder: Path, tally: Tally, *, screened: bool = False) -> Between:
    made = Between(folder=folder, screened=screened)
    made.filter = SftpFilter(BOTH, screened=screened, tally=tally)
    return made


def test_what_a_permit_says_holds_all_its_sessions_and_what_it_does_not_each_by_itself() -> None:
    tallies, said = (
        Tallies(),
        Roots([limit_of("sftp get at most 2 files in all"), limit_of("sftp put at most 1 mib in all")]),
    )
    one, other = tallies.of("s1", "p", said), tallies.of("s2", "p", said)
    assert one.begin(Flow.GET)
    assert other.begin(Flow.GET)
    assert not one.begin(Flow.GET)
    assert (one.room(Flow.GET), other.room(Flow.GET), one.room(Flow.PUT)) == (MANY, MANY, None)
    assert one.take(Flow.PUT, MIB)
    assert not other.take(Flow.PUT, 1)
    assert other.room(Flow.PUT) is MUCH
    assert tallies.of("s2", "q", said).begin(Flow.GET)
    assert one.begin(Flow.PUT)
    assert one.files[Flow.PUT].used == tallies.of("s1", "p", Roots()).files[Flow.PUT].used == 1
    assert other.files[Flow.PUT] == Count(USUAL_FILES)
    for number in range(MOST_KEPT):
        tallies.of(f"{number}", f"{number}", Roots())
    assert len(tallies._counts) == MOST_KEPT


@pytest.mark.parametrize("screened", [False, True])
def test_not_one_byte_more_goes_over_sftp_than_may(tmp_path: Path, screened: bool) -> None:
    """D15: bytes and files, each way: refused with a code and what to do, once; the asset has what may be there and no more."""
    (tmp_path / "there").write_bytes(b"x" * 900)
    tally = held(3, 1000)
    with between(tmp_path, tally, screened=screened) as asset:
        handle = asset.handle(opened(1, tmp_path / "put", WRITE))
        assert asset.status(write(2, handle, 0, b"a" * 600)) == sftp.OK
        for number in range(3, 9):
            assert asset.status(write(number, handle, 600, b"b" * 600)) == sftp.FAILURE
        assert asset.status(write(9, handle, 600, b"c" * 400)) == sftp.OK
        assert asset.status(write(10, handle, 1000, b"")) == sftp.OK
        assert asset.status(write(11, handle, 1000, b"d")) == sftp.FAILURE
        if screened:
            assert bytes(asset.kept[1]) == b"a" * 600 + b"c" * 400
        else:
            assert (tmp_path / "put").read_bytes() == b"a" * 600 + b"c" * 400
        assert asset.status(opened(12, tmp_path / "more", WRITE)) == sftp.FAILURE
        assert not (tmp_path / "more").exists()

        handle = asset.handle(opened(13, tmp_path / "there", READ))
        assert asset.ask(read(14, handle, 0, 900)).endswith(b"x" * 900)
        assert asset.status(read(15, handle, 0, 900)) == sftp.FAILURE
        assert asset.ask(read(16, handle, 0, 100)).endswith(b"x" * 100)
        assert asset.status(read(17, handle, 0, 1)) == sftp.FAILURE
        assert asset.status(named(sftp.CLOSE, 18, handle)) == sftp.OK
        assert asset.codes() == ["file_most_bytes", "file_most_bytes"]
        lines = [one.line for one in asset.said if isinstance(one, Say)]
        assert len(lines) == 2
        assert all("What to do" in one for one in lines)
        (moved,) = [one for one in asset.said if isinstance(one, Moved)]
        assert (moved.octets, moved.flow) == (1000, Flow.GET)


def test_not_one_file_more_moves_over_sftp_than_may_however_many_are_asked_for_at_once(
    tmp_path: Path,
) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(b"content")
    with between(tmp_path, held(2)) as asset:
        asks = [opened(at, tmp_path / name, READ) for at, name in enumerate("abc", 1)]
        asset.obey(asset.filter.from_vendor(b"".join(asks)))
        handles = [sftp.string_at(asset.answer(), 9)[0] for _ in asks]
        assert [asset.ask(read(10 + at, one, 0, 9))[4] for at, one in enumerate(handles)] == [
            sftp.DATA, sftp.DATA, sftp.STATUS,
        ]  # fmt: skip
        assert asset.status(opened(20, tmp_path / "a", READ)) == sftp.FAILURE
        assert asset.codes() == ["file_most_files"]


def test_scp_is_told_before_the_first_byte_of_a_file_and_goes_on_with_the_next() -> None:
    put = ScpFilter(Flow.PUT, screened=False, tally=held(2, 10))
    list(put.from_asset(b"\0"))
    refused = list(put.from_vendor(b"C0644 11 large\n"))
    assert [type(one) for one in refused] == [Answer]
    assert isinstance(refused[0], Answer)
    assert refused[0].code == "file_most_bytes"
    assert list(put.from_vendor(b"C0644 3 small\n")) == [ToAsset(b"C0644 3 small\n")]
    get = ScpFilter(Flow.GET, screened=False, tally=held(1, 10))
    list(get.from_vendor(b"\0"))
    assert list(get.from_asset(b"C0644 0 empty\n")) == [ToVendor(b"C0644 0 empty\n")]
    list(get.from_vendor(b"\0"))
    list(get.from_asset(b"\0"))
    list(get.from_vendor(b"\0"))
    to_asset, answer = get.from_asset(b"C0644 3 second\n")
    assert isinstance(to_asset, ToAsset)
    assert isinstance(answer, Answer)
    assert bytes(to_asset.data).startswith(b"\x01penstock: refused [file_most_files]")
    assert answer.data == to_asset.data

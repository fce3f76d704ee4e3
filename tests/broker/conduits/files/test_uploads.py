"""What is put over a screened conduit: nothing of it reaches the asset before it is released, and then all of it does."""

from pathlib import Path

import pytest

from broker.conduits.files import packets as sftp
from broker.conduits.files.outputs import Abandon, Begin, Finish, Moved, Say
from broker.conduits.files.uploads import FIRST_NUMBER, MOST_OPEN
from broker.quarantine.seams import FileState, Verdict
from domain.access import Flow
from tests.broker.conduits.files.asset import (
    NOTHING,
    READ,
    WRITE,
    Between,
    extended,
    named,
    opened,
    write,
)

CONTENT = bytes(range(256)) * 4096
HELD = Verdict(FileState.HELD, "held1", "00", 3, "file_held", "It waits for the plant.", "Ask them.")
REFUSED = Verdict(FileState.REFUSED, "bad1", "00", 3, "file_infected", "It holds EICAR.")
CLEAN = Verdict(FileState.RELEASED, "good1", "ab", len(CONTENT), "file_clean", "It may pass.")


def sent(between: Between, path: Path, content: bytes, flags: int = WRITE) -> bytes:
    """Open and write a file; its handle."""
    handle = between.handle(opened(1, path, flags))
    for at in range(0, len(content), 32768):
        assert between.status(write(2, handle, at, content[at : at + 32768])) == sftp.OK
    return handle


def closed(between: Between, handle: bytes, verdict: Verdict, file: int = 1) -> int:
    """Close a file, and say what becomes of it; the status that its client gets."""
    between.obey(between.filter.from_vendor(named(sftp.CLOSE, 3, handle)))
    between.obey(between.filter.judged(file, verdict))
    came = between.answer()
    assert sftp.number_at(came, 5) == 3
    return sftp.number_at(came, 9)


@pytest.mark.parametrize(
    ("verdict", "status"), [(HELD, sftp.FAILURE), (REFUSED, sftp.PERMISSION_DENIED)], ids=["held", "refused"]
)
def test_what_is_not_released_never_reaches_the_asset_and_its_sender_is_told_why(
    tmp_path: Path, verdict: Verdict, status: int
) -> None:
    """D15: a file that is held or refused is not at the asset; its sender reads its id and what to do."""
    with Between(screened=True, folder=tmp_path) as between:
        before = len(between.to_asset)
        handle = sent(between, tmp_path / "put", b"EICAR")
        assert bytes(between.kept[1]) == b"EICAR"
        assert closed(between, handle, verdict) == status
        assert len(between.to_asset) == before
        assert between.codes() == [verdict.code]
        (said,) = [one.line for one in between.said if isinstance(one, Say)]
        assert said.startswith(f"penstock: refused [{verdict.code}]: {verdict.sentence} (file {verdict.id})")
        assert said.endswith(verdict.remedy)
        assert not between.moved()
    assert not (tmp_path / "put").exists()


def test_a_released_file_is_at_the_asset_before_its_sender_reads_that_it_is(tmp_path: Path) -> None:
    times = sftp.number32(sftp.TIMES | sftp.MODE) + sftp.number32(0o100640) + sftp.number32(1000) * 2
    with Between(screened=True, folder=tmp_path) as between:
        before = len(between.to_asset)
        handle = sent(between, tmp_path / "put", CONTENT)
        assert between.status(sftp.request(sftp.FSETSTAT, 4, sftp.text(handle), times)) == sftp.OK
        between.source[1] = CONTENT
        assert len(between.to_asset) == before
        assert closed(between, handle, CLEAN) == sftp.OK
        put = tmp_path / "put"
        assert put.read_bytes() == CONTENT
        assert (put.stat().st_mode & 0o777, put.stat().st_mtime) == (0o640, 1000)
        assert between.moved() == [
            Moved(str(put).encode(), Flow.PUT, 0, len(CONTENT), "ab", whole=True, released="good1")
        ]
        assert between.status(named(sftp.RENAME, 5, put, tmp_path / "name")) == sftp.OK
    assert (tmp_path / "name").read_bytes() == CONTENT


def test_an_empty_file_goes_the_same_way(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        handle = sent(between, tmp_path / "put", b"")
        empty = Verdict(FileState.RELEASED, "good1", "e3", 0, "file_clean", "It may pass.")
        assert closed(between, handle, empty) == sftp.OK
    assert (tmp_path / "put").read_bytes() == b""


def test_what_the_asset_would_not_take_is_told_in_its_own_words(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        handle = sent(between, tmp_path / "no" / "put", b"abc")
        between.source[1] = b"abc"
        assert closed(between, handle, CLEAN) == sftp.NO_SUCH_FILE
        assert [one.failed for one in between.moved()] == [True]
        handle = between.handle(opened(10, b"/dev/full", WRITE))
        assert between.status(write(2, handle, 0, b"abc")) == sftp.OK
        between.source[2] = b"abc"
        assert closed(between, handle, CLEAN, 2) == sftp.FAILURE
        handle = between.handle(opened(10, tmp_path / "lost", WRITE))
        assert between.status(write(2, handle, 0, b"abc")) == sftp.OK
        between.source[3] = b""  # it can't be read any more
        assert closed(between, handle, CLEAN, 3) == sftp.FAILURE
        assert [one.whole for one in between.moved()] == [False] * 3


def test_a_file_that_is_taken_up_again_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    with Between(screened=True, folder=tmp_path) as between:
        before = len(between.to_asset)
        for flags in (sftp.WRITES | sftp.APPENDS, WRITE | READ):
            assert between.status(opened(1, tmp_path / "there", flags)) == sftp.PERMISSION_DENIED
        assert between.codes() == ["sftp_resume_refused"] * 2
        assert len(between.to_asset) == before
    assert (tmp_path / "there").read_bytes() == b"old"


def test_an_open_file_answers_as_one_and_does_not_move_away(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        put, other = tmp_path / "put", tmp_path / "other"
        handle = sent(between, put, b"12345")
        for kind, what in ((sftp.FSTAT, handle), (sftp.STAT, put), (sftp.LSTAT, put)):
            came = between.ask(named(kind, 5, what))
            assert (came[4], sftp.size_in(came[9:])) == (sftp.ATTRS, 5)
        assert between.status(named(sftp.SETSTAT, 6, put)) == sftp.OK
        assert between.status(extended(7, b"fsync@openssh.com", handle)) == sftp.OK
        for packet in (
            named(sftp.RENAME, 8, put, other),
            named(sftp.RENAME, 8, other, put),
            extended(8, b"posix-rename@openssh.com", put, other),
            named(sftp.REMOVE, 8, put),
            opened(8, put, WRITE),
            opened(8, put, READ),
        ):
            assert between.status(packet) == sftp.FAILURE
        shorter = sftp.number32(sftp.SIZE) + sftp.number64(2)
        assert between.status(sftp.request(sftp.FSETSTAT, 9, sftp.text(handle), shorter)) == sftp.FAILURE
        for packet in (extended(10, b"fstatvfs@openssh.com", handle), named(sftp.READDIR, 10, b"penstock-9")):
            assert between.status(packet) in {sftp.FAILURE, sftp.OP_UNSUPPORTED}


def test_a_file_that_is_shorter_than_it_was_said_to_be_is_not_one(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        handle = sent(between, tmp_path / "put", b"12345")
        longer = sftp.number32(sftp.SIZE) + sftp.number64(9)
        assert between.status(sftp.request(sftp.FSETSTAT, 4, sftp.text(handle), longer)) == sftp.OK
        assert between.status(named(sftp.CLOSE, 5, handle)) == sftp.FAILURE
        assert Abandon(1, "sftp_short") in between.said


def test_a_place_that_takes_no_more_is_told_once_and_the_file_is_given_up(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        handle = between.handle(opened(1, tmp_path / "put", WRITE))
        between.obey(between.filter.not_taken(1, "file_too_large", "It is too large."))
        for number in (2, 3):
            assert between.status(write(number, handle, 0, b"x")) == sftp.FAILURE
        assert between.status(named(sftp.CLOSE, 4, handle)) == sftp.FAILURE
        assert between.codes() == ["file_too_large"]
        assert between.said[-1] == Abandon(1, "file_too_large")
        assert 1 not in between.kept


def test_files_on_their_way_are_few_and_end_with_their_channel(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        for number in range(MOST_OPEN):
            between.handle(opened(number, tmp_path / f"put-{number}", WRITE))
        assert between.status(opened(MOST_OPEN, tmp_path / "more", WRITE)) == sftp.PERMISSION_DENIED
        assert between.codes() == ["sftp_too_many_open"]
        between.obey(between.filter.over("client gone"))
        given_up = [one for one in between.said if isinstance(one, Abandon)]
        assert given_up == [Abandon(one + 1, "client gone") for one in range(MOST_OPEN)]
        begun = [one for one in between.said if isinstance(one, Begin | Finish)]
        assert len(begun) == MOST_OPEN


def test_a_client_can_not_take_the_gate_s_own_requests_for_its_own(tmp_path: Path) -> None:
    with Between(screened=True, folder=tmp_path) as between:
        handle = sent(between, tmp_path / "put", b"abc")
        between.obey(between.filter.from_vendor(named(sftp.CLOSE, 3, handle)))
        list(between.filter.judged(1, CLEAN))  # the gate has asked, the asset has not answered
        between.obey(between.filter.from_vendor(named(sftp.STAT, FIRST_NUMBER, tmp_path)))
        assert between.codes() == ["sftp_malformed"]


def test_an_unscreened_conduit_has_no_such_stop(tmp_path: Path) -> None:
    with Between(folder=tmp_path) as between:
        handle = between.handle(opened(1, tmp_path / "put", WRITE | sftp.APPENDS))
        assert between.status(write(2, handle, 0, b"abc")) == sftp.OK
        assert between.status(sftp.request(sftp.FSETSTAT, 3, sftp.text(handle), NOTHING)) == sftp.OK
    assert (tmp_path / "put").read_bytes() == b"abc"

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from broker.quarantine.seams import QuarantineFull
from broker.quarantine.spool import FRAME_BYTES, WAITING_BYTES, WHOLE
from domain.errors import EvidenceError
from tests.broker.quarantine.store import MIB, Place


def test_a_large_file_waits_in_bounded_memory_and_comes_back_as_it_was(place: Place) -> None:
    (place.folder / "quarantine").mkdir()
    shelf, part, hashed = place.shelf, bytes(range(256)) * 128, hashlib.sha256()
    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool("f" * 26, {}, workers)
        for number in range(12 * MIB // len(part)):
            spool.write(number * len(part), part)
            hashed.update(part)
            assert len(spool._waiting) <= WAITING_BYTES + len(part)
        while spool.job is not None:
            spool.job.result()
        closed = spool.close(WHOLE)
    assert (closed.size, closed.sha256) == (12 * MIB, hashed.hexdigest())
    assert shelf.found("f" * 26).cause == WHOLE
    reader = shelf.open("f" * 26, closed.size)
    for at in (0, FRAME_BYTES - 1, 5 * MIB + 7, 12 * MIB - 3, 0):
        assert reader.read(at, 100) == (part * 2)[at % len(part) :][: min(100, 12 * MIB - at)]
    reader.close()
    shelf.close()


def test_nothing_is_on_the_disk_before_a_quarter_of_a_mib_and_an_empty_file_is_one_too(place: Place) -> None:
    (place.folder / "quarantine").mkdir()
    shelf = place.shelf
    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool("f" * 26, {}, workers)
        spool.write(0, b"abc")
        assert not list((place.folder / "quarantine").iterdir())
        assert shelf.spool("g" * 26, {}, workers).close(WHOLE).size == 0
    shelf.close()


def test_a_disk_that_says_no_in_the_middle_is_told_at_the_next_write_or_at_the_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "quarantine").mkdir()
    shelf = place.shelf

    def full(*_: object) -> None:
        raise EvidenceError("Could not write recording: No space left on device.")

    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool("f" * 26, {}, workers)
        monkeypatch.setattr("recorder.writer.Recording.write", full)
        spool.write(0, bytes(FRAME_BYTES))
        while spool.job is not None:
            spool.job.result()
        with pytest.raises(QuarantineFull, match="No space left"):
            spool.write(FRAME_BYTES, b"x")
        with pytest.raises(QuarantineFull):
            spool.close(WHOLE)
    shelf.close()

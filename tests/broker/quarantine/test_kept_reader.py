from concurrent.futures import ThreadPoolExecutor

import pytest

from broker.quarantine.spool import WHOLE
from domain.errors import EvidenceError
from recorder.format.frame import HEAD, LINK_BYTES, Head
from recorder.format.header import PREAMBLE, header_length
from tests.broker.quarantine.store import MIB, Place
from tests.for_each import for_each

FILE = "f" * 26


def frames(data: bytes) -> list[tuple[int, int]]:
    """Where each frame begins and ends."""
    at = PREAMBLE.size + header_length(data[: PREAMBLE.size])
    found = []
    while len(data) - at > 48:  # the seal
        head = Head.decode(data[at : at + HEAD.size])
        end = at + HEAD.size + head.stored_bytes + LINK_BYTES
        found.append((at, end))
        at = end
    return found


def swapped(data: bytes) -> bytes:
    first, second, *_ = frames(data)
    return data[: first[0]] + data[second[0] : second[1]] + data[first[0] : first[1]] + data[second[1] :]


def left_out(data: bytes) -> bytes:
    first, *_ = frames(data)
    return data[: first[0]] + data[first[1] :]


def turned(data: bytes) -> bytes:
    first, *_ = frames(data)
    changed = bytearray(data)
    changed[first[0] + HEAD.size + 5] ^= 1
    return bytes(changed)


@for_each("change", [swapped, left_out, turned, lambda data: data[: len(data) // 2]])
def test_a_file_that_is_not_what_it_was_is_never_read_as_if_it_were(change: object, place: Place) -> None:
    folder = place.folder / "quarantine"
    folder.mkdir(exist_ok=True)
    for one in folder.iterdir():
        one.unlink()
    shelf = place.shelf
    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool(FILE, {}, workers)
        spool.write(0, bytes(range(256)) * (MIB // 256))
        while spool.job is not None:
            spool.job.result()
        closed = spool.close(WHOLE)
    shelf.close()
    path = shelf.path(FILE)
    path.chmod(0o600)
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator] # a function
    with pytest.raises(EvidenceError):
        shelf.open(FILE, closed.size).read(0, closed.size)


def test_a_size_that_is_not_the_file_s_is_found_out(place: Place) -> None:
    (place.folder / "quarantine").mkdir()
    shelf = place.shelf
    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool(FILE, {}, workers)
        spool.write(0, b"abc")
        spool.close(WHOLE)
    shelf.close()
    with pytest.raises(EvidenceError):
        shelf.open(FILE, 4).read(0, 4)
    assert shelf.open(FILE, 3).read(1, 99) == b"bc"
    shelf.store.destroy_key(FILE)  # type: ignore[arg-type] # an id
    with pytest.raises(EvidenceError):
        shelf.open(FILE, 3)

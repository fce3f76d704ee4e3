"""ClamAV's word on a stream, by a real clamd, and by one that misbehaves."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.quarantine.clamav import ClamdStream
from broker.quarantine.judging import Scan, ScanResult
from tests.clamav import EICAR, STREAM_MIB, clamd
from tests.for_each import for_each

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with clamd(tmp_path_factory.mktemp("clamd")) as (path, _):
        yield path


def scanned(path: Path, *parts: bytes) -> Scan:
    with ClamdStream(path, 5.0) as stream:
        for one in parts:
            stream.feed(one)
        return stream.scan()


def test_what_it_knows_is_found_whole_or_in_parts_and_what_is_too_large_is_said_to_be(real: Path) -> None:
    for parts in ((EICAR,), (EICAR[:10], EICAR[10:])):
        said = scanned(real, *parts)
        assert (said.outcome, said.what) == (ScanResult.FOUND, ("Eicar-Test.UNOFFICIAL",))
        assert said.version
    assert scanned(real, b"harmless", b"").outcome is ScanResult.CLEAN
    assert scanned(real).outcome is ScanResult.CLEAN
    assert scanned(real, *[bytes(MIB)] * (STREAM_MIB + 4)).outcome is ScanResult.BEYOND


def test_a_scanner_that_is_not_there_has_failed(tmp_path: Path) -> None:
    said = scanned(tmp_path / "none.sock", b"x")
    assert said.outcome is ScanResult.FAILED
    assert said.what


@for_each(
    "answer",
    [
        b"",
        b"stream: ",
        b"stream: OK but",
        b"ERROR\0",
        b"\xff\x1b[2J\0",
        b"a" * 10_000,
        b"stream: x FOUND and more\0",
    ],
)
def test_an_answer_that_is_none_is_a_failure_and_never_a_yes(answer: bytes, tmp_path: Path) -> None:
    path = tmp_path / "liar.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(2)

        def lie() -> None:
            with listening.accept()[0] as one:
                while not one.recv(65_536).endswith(bytes(4)):
                    pass
                one.sendall(answer)

        liar = threading.Thread(target=lie)
        liar.start()
        said = scanned(path, b"x" * 10)
        liar.join()
    assert said.outcome is ScanResult.FAILED
    assert all(one.isprintable() for one in said.what)

import asyncio
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.stores.local import KEPT_IN_MEMORY_BYTES, RESERVE, LocalStore
from recorder.writer import Recorder
from tests.clock import FrozenClock
from tests.recorder.recordings import ABOUT, KEK, SESSION, recorder_in, walk

MIB = 1024 * 1024
ONE = SessionId("a" * 26)
HERE = Path(__file__).parents[3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path, None, None]:
    """A disk of one MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; the limit on file sizes is tested instead")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_files_are_private_and_sealed_ones_read_only(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, reserve_bytes=0)
    volume = store.create(ONE, b"key")
    for name in (f"{ONE}.pnr.part", f"{ONE}.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    volume.seal()
    assert stat.S_IMODE((tmp_path / f"{ONE}.pnr").stat().st_mode) == 0o400


def test_of_a_long_recording_the_page_cache_holds_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go: list[tuple[int, int]] = []
    advise = os.posix_fadvise

    def told(fd: int, begin: int, count: int, advice: int) -> None:
        assert advice == os.POSIX_FADV_DONTNEED
        let_go.append((begin, begin + count))
        advise(fd, begin, count, advice)

    monkeypatch.setattr("os.posix_fadvise", told)
    volume = LocalStore(tmp_path, reserve_bytes=0).create(ONE, b"key")
    piece, synced = os.urandom(MIB), 0
    for pieces in (1, 40, 40, 3, 0, 30):
        for _ in range(pieces):
            volume.append((piece,))
        assert all(end <= synced for _begin, end in let_go), "only what is on the disk may go"
        synced = volume.size
        volume.sync()
        held = synced - (let_go[-1][1] if let_go else 0)
        assert min(synced, KEPT_IN_MEMORY_BYTES) <= held < 2 * KEPT_IN_MEMORY_BYTES
    assert [begin for begin, _end in let_go] == [0, *(end for _begin, end in let_go[:-1])]
    volume.seal()
    assert (tmp_path / f"{ONE}.pnr").read_bytes() == piece * 114


@pytest.mark.parametrize("name", [f"{ONE}.pnr.part", f"{ONE}.key", f"{ONE}.pnr"])
def test_a_link_laid_in_the_way_is_never_followed(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (folder / name).symlink_to(victim)
    with pytest.raises(EvidenceError):
        LocalStore(folder, reserve_bytes=0).create(ONE, b"key")
    assert victim.read_bytes() == b"precious"


def test_links_laid_over_probe_and_reserve_are_never_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for name in (".probe", ".reserve"):
        (folder / name).symlink_to(victim)
    store = LocalStore(folder, reserve_bytes=4096, least_free_bytes=1024, least_free_share=0.0)
    assert store.fault() is None
    assert victim.read_bytes() == b"precious"


def test_a_recording_is_not_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"x")
    (tmp_path / f"{ONE}.pnr").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EvidenceError):
        LocalStore(tmp_path).source(ONE)


def test_the_reserve_is_real_space(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, reserve_bytes=256 * 1024, least_free_bytes=1024, least_free_share=0.0)
    assert store.fault() is None
    reserve = (tmp_path / RESERVE).stat()
    assert reserve.st_size == 256 * 1024
    assert reserve.st_blocks * 512 >= 256 * 1024
    store.free_reserve()
    assert not (tmp_path / RESERVE).exists()
    assert store.fault() is None
    assert (tmp_path / RESERVE).exists()


def test_abuse_32_nothing_opens_below_the_reserve(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, reserve_bytes=0, least_free_bytes=1 << 60, least_free_share=0.0)
    assert "MiB must be" in str(store.fault())
    store = LocalStore(tmp_path, reserve_bytes=0, least_free_bytes=0, least_free_share=1.01)
    assert "MiB must be" in str(store.fault())


def test_peer_t63_a_missing_folder_or_a_file_in_its_place_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in ("nowhere", "file"):
        recorder = recorder_in(tmp_path / place)
        assert recorder.check() is not None
        with pytest.raises(EvidenceError):
            recorder.open(SESSION, ABOUT)
        recorder.close()


def test_peer_t63_a_folder_that_can_t_be_written_refuses(small_disk: Path) -> None:
    recorder = recorder_in(small_disk)
    assert recorder.check() is None
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "can't be written" in str(recorder.check())
    with pytest.raises(EvidenceError):
        recorder.open(SESSION, ABOUT)
    recorder.close()


@pytest.mark.parametrize("kek", [b"", b"short", bytes(33)])
def test_peer_t63_a_missing_or_short_key_refuses(tmp_path: Path, kek: bytes) -> None:
    recorder = Recorder(tmp_path, kek, FrozenClock())
    assert "32 bytes" in str(recorder.check())
    with pytest.raises(EvidenceError):
        recorder.open(SESSION, ABOUT)
    recorder.close()


async def test_peer_t63_a_disk_that_fills_cuts_the_session_and_the_end_is_still_written(
    small_disk: Path,
) -> None:
    """E02: the byte that can't be recorded is the last; what was is sealed from the reserve, with its cause."""
    recorder = recorder_in(small_disk)
    recording = recorder.open(SESSION, ABOUT)
    recorded = 0
    chunk = os.urandom(30_000)
    with pytest.raises(EvidenceError, match="No space left"):
        for _ in range(1000):
            recording.write(Kind.TO_ASSET, 1, chunk)
            recorded += len(chunk)
    assert recording.dead
    assert "can't be written" in str(recorder.check()) or "MiB must be" in str(recorder.check())
    seal = await recording.seal("recorder_failed")
    recorder.close()
    reader, _ = walk((small_disk / f"{SESSION}.pnr").read_bytes())
    assert reader.sealed
    assert reader.cause == "recorder_failed"
    assert reader.bytes_to_asset == recorded == seal.bytes_to_asset
    assert "No space left" in seal.fault


LIMITED = """
import asyncio, resource, signal, sys
from pathlib import Path
from domain.errors import EvidenceError
from recorder.format.frame import Kind
from tests.recorder.recordings import ABOUT, SESSION, recorder_in

async def main():
    recorder = recorder_in(Path(sys.argv[1]))
    recording = recorder.open(SESSION, ABOUT)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    recorded = 0
    try:
        while True:
            recording.write(Kind.TO_VENDOR, 1, bytes(range(200)))
            recorded += 200
    except EvidenceError:
        print(recorded)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await recording.seal("recorder_failed")
    recorder.close()

asyncio.run(main())
"""


def test_peer_t63_a_file_that_may_not_grow_loses_nothing_that_was_recorded(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE >= 0
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], cwd=HERE, capture_output=True, text=True, check=True
    )
    reader, _ = walk((tmp_path / f"{SESSION}.pnr").read_bytes())
    assert reader.sealed
    assert reader.bytes_to_vendor == int(done.stdout) > 0


async def test_many_recordings_at_once_keep_apart(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    names = [SessionId(f"{number:026}") for number in range(40)]
    recordings = [recorder.open(name, ABOUT) for name in names]
    for turn in range(20):
        for number, recording in enumerate(recordings):
            recording.write(Kind.TO_ASSET, number, b"%d" % turn)
    await asyncio.gather(*(recording.seal("finished") for recording in recordings))
    recorder.close()
    for name, recording in zip(names, recordings, strict=True):
        reader, stored = walk((tmp_path / f"{name}.pnr").read_bytes())
        assert (reader.sealed, reader.head, len(stored)) == (True, recording.head, 21)
    assert len(KEK) == 32

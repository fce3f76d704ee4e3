import hashlib
import os
import secrets
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.format.cipher import Opener
from recorder.format.frame import HEAD, LINK_BYTES, Kind
from recorder.format.keys import unwrap
from recorder.format.reader import BrokenRecordingError, Reader
from recorder.salvage import salvage
from recorder.writer import Recorder
from tests.recorder.recordings import ABOUT, KEK, SESSION, recorder_in, sealed_in, walk
from tests.stride import DEEP

KILLS = 1000 if DEEP else 20


def left_open(folder: Path, frames: int = 5) -> tuple[Path, list[int]]:
    """A recording as a dead process leaves it, and the offsets at which its frames begin."""
    recorder = recorder_in(folder)
    recording = recorder.open(SESSION, ABOUT)
    part = folder / f"{SESSION}.pnr.part"
    starts = []
    for number in range(frames):
        starts.append(part.stat().st_size)
        recording.write(Kind.TO_ASSET, 1, b"frame %d " % number + secrets.token_bytes(number * 100))
    starts.append(part.stat().st_size)
    recording._volume.close()
    recorder.close()
    return part, starts


def test_a_recording_left_between_two_frames_keeps_them_all(tmp_path: Path) -> None:
    part, _ = left_open(tmp_path)
    size = part.stat().st_size
    found = salvage(part)
    data = (tmp_path / f"{SESSION}.pnr").read_bytes()
    reader, stored = walk(data)
    assert reader.sealed
    assert reader.cause == "interrupted"
    assert (found.frames, found.head) == (len(stored), reader.head) == (6, reader.head)
    assert found.sha256 == hashlib.sha256(data).digest() == reader.sha256
    assert found.interrupted_at == size
    assert found.set_aside_bytes == 0
    assert not part.exists()


def test_wherever_the_file_stops_all_whole_frames_are_kept_and_the_rest_is_set_aside(tmp_path: Path) -> None:
    part, starts = left_open(tmp_path)
    whole = part.read_bytes()
    key_file = tmp_path / f"{SESSION}.key"
    for stop in sorted({*range(starts[0], len(whole), 37), *starts, starts[-1] - 1}):
        folder = tmp_path / str(stop)
        folder.mkdir()
        cut = folder / part.name
        cut.write_bytes(whole[:stop])
        (folder / key_file.name).write_bytes(key_file.read_bytes())
        found = salvage(cut)
        kept = sum(1 for start in starts[1:] if start <= stop)
        assert found.frames == kept + 1
        assert found.interrupted_at == starts[kept]
        assert found.set_aside_bytes == stop - starts[kept]
        reader, _ = walk((folder / f"{SESSION}.pnr").read_bytes())
        assert reader.sealed
        tail = folder / f"{SESSION}.tail"
        assert (tail.read_bytes() if tail.exists() else b"") == whole[starts[kept] : stop]


@pytest.mark.parametrize("part_of", ["head", "body", "link"])
def test_a_frame_that_does_not_verify_ends_what_is_kept_and_is_set_aside_whole(
    tmp_path: Path, part_of: str
) -> None:
    part, starts = left_open(tmp_path)
    at = {"head": starts[2] + 9, "body": starts[2] + HEAD.size, "link": starts[3] - LINK_BYTES}[part_of]
    data = bytearray(part.read_bytes())
    data[at] ^= 1
    part.write_bytes(data)
    found = salvage(part)
    assert found.frames == 3
    assert found.interrupted_at == starts[2]
    assert (tmp_path / f"{SESSION}.tail").read_bytes() == data[starts[2] :]
    reader, _ = walk((tmp_path / f"{SESSION}.pnr").read_bytes())
    assert reader.sealed


def test_zeros_behind_the_last_frame_as_a_power_cut_leaves_them_are_set_aside(tmp_path: Path) -> None:
    part, starts = left_open(tmp_path)
    with part.open("ab") as file:
        file.write(bytes(4096))
    found = salvage(part)
    assert found.frames == len(starts)
    assert found.set_aside_bytes == 4096


def test_what_holds_no_header_yet_is_set_aside_and_not_listed_again(tmp_path: Path) -> None:
    part, _ = left_open(tmp_path)
    part.write_bytes(part.read_bytes()[:20])
    found = salvage(part)
    assert found.frames == 0
    assert "nothing had been recorded" in found.sentence
    assert recorder_in(tmp_path).interrupted() == ()
    assert (tmp_path / f"{SESSION}.unreadable").stat().st_size == 20


async def test_a_crash_while_sealing_is_mended_at_every_byte(tmp_path: Path) -> None:
    whole = (await sealed_in(tmp_path)).read_bytes()
    reader, stored = walk(whole)
    for stop in range(stored[-1].offset, len(whole) + 1):
        folder = tmp_path / str(stop)
        folder.mkdir()
        part = folder / f"{SESSION}.pnr.part"
        part.write_bytes(whole[:stop])
        found = salvage(part)
        again, _ = walk((folder / f"{SESSION}.pnr").read_bytes())
        assert again.sealed
        assert found.head == again.head
        if stop >= len(whole) - 48:
            assert again.head == reader.head
            assert again.cause == "finished"


async def test_a_crash_between_the_two_names_is_mended(tmp_path: Path) -> None:
    path = await sealed_in(tmp_path)
    before = path.read_bytes()
    os.link(path, tmp_path / f"{SESSION}.pnr.part")
    recorder = recorder_in(tmp_path)
    assert recorder.interrupted() == (SESSION,)
    found = recorder.salvage(SESSION)
    recorder.close()
    assert recorder.interrupted() == ()
    assert path.read_bytes() == before
    assert found.sha256 == hashlib.sha256(before).digest()


async def test_a_recording_that_is_being_written_is_not_touched(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    with pytest.raises(EvidenceError, match="still being written"):
        salvage(tmp_path / f"{SESSION}.pnr.part")
    await recording.seal("finished")
    recorder.close()


VICTIM = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from recorder.format.frame import Kind
from recorder.writer import Recorder

class Now:
    def now(self):
        return datetime(2026, 3, 2, tzinfo=UTC)
    def boottime_s(self):
        return time.clock_gettime(time.CLOCK_BOOTTIME)

recorder = Recorder(Path(sys.argv[1]), bytes(range(32)), Now(), reserve_bytes=4096,
                    least_free_bytes=1024, least_free_share=0.0)
recording = recorder.open(sys.argv[2], {"permit": "x", "digest": "y"})
number = 0
while True:
    chunk = b"%08d" % number * (1 + number % 400)
    recording.write(Kind.TO_ASSET, 1, chunk)
    os.write(1, chunk)
    number += 1
"""


def kill_at_random(folder: Path) -> bytes:
    """What a recording process had forwarded when it was killed, at a random moment."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(folder), SESSION],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert victim.stdout is not None
    forwarded = bytearray()
    enough = secrets.randbelow(600_000)
    with victim.stdout as pipe:
        while len(forwarded) <= enough:
            forwarded += os.read(pipe.fileno(), 65536)
        victim.send_signal(signal.SIGKILL)
        while chunk := os.read(pipe.fileno(), 65536):
            forwarded += chunk
    victim.wait()
    return bytes(forwarded)


def test_abuse_33_what_was_forwarded_before_a_sigkill_is_in_the_recording(tmp_path: Path) -> None:
    for round_number in range(KILLS):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        forwarded = kill_at_random(folder)
        found = salvage(folder / f"{SESSION}.pnr.part")
        reader = Reader(BytesIO((folder / f"{SESSION}.pnr").read_bytes()))
        key = unwrap((folder / f"{SESSION}.key").read_bytes(), KEK, SESSION)
        opener = Opener(key, reader.header.key_commitment)
        frames = list(reader.frames())
        recorded = b"".join(
            opener.open(one.head, one.body) for one in frames if one.head.kind is Kind.TO_ASSET
        )
        assert len(forwarded) > 0
        assert recorded.startswith(forwarded)
        assert reader.sealed
        assert found.frames == len(frames)


def test_abuse_33_the_next_start_finds_every_session_that_a_kill_left_open(tmp_path: Path) -> None:
    kill_at_random(tmp_path)
    recorder = Recorder(
        tmp_path, KEK, clock=recorder_in(tmp_path)._clock, reserve_bytes=4096, least_free_share=0.0
    )
    assert recorder.interrupted() == (SESSION,)
    assert "up to byte" in recorder.salvage(SESSION).sentence
    assert recorder.interrupted() == ()
    recorder.close()


def test_a_recording_cut_off_without_salvage_says_where(tmp_path: Path) -> None:
    part, starts = left_open(tmp_path)
    with pytest.raises(BrokenRecordingError) as raised:
        walk(part.read_bytes()[:-1])
    assert (raised.value.frame, raised.value.offset, raised.value.cut) == (4, starts[4], True)

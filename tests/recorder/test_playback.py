from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.format.reader import BrokenRecordingError
from recorder.playback import Playback
from tests.recorder.recordings import KEK, SESSION, sealed_in, walk


@pytest.fixture
async def sealed(tmp_path: Path) -> tuple[bytes, bytes]:
    """A recording and its key."""
    path = await sealed_in(tmp_path)
    return path.read_bytes(), unwrap((tmp_path / f"{SESSION}.key").read_bytes(), KEK, SESSION)


def test_with_its_key_a_recording_plays(sealed: tuple[bytes, bytes]) -> None:
    data, key = sealed
    playback = Playback(BytesIO(data), key)
    frames = list(playback.frames())
    assert [frame.payload for frame in frames if frame.kind is Kind.TO_ASSET] == [b"uptime\r"]
    assert frames[-1].kind is Kind.END
    assert playback.reader.sealed


def test_bytes_that_are_no_text_are_kept_as_they_were(sealed: tuple[bytes, bytes]) -> None:
    data, key = sealed
    frames = list(Playback(BytesIO(data), key).frames())
    assert b"\xff\xfe not text" in next(frame.payload for frame in frames if frame.kind is Kind.TO_VENDOR_ERR)


def test_with_another_key_nothing_plays(sealed: tuple[bytes, bytes]) -> None:
    with pytest.raises(EvidenceError, match="not the one"):
        Playback(BytesIO(sealed[0]), bytes(32))


def test_it_plays_up_to_the_first_fault_and_names_it(sealed: tuple[bytes, bytes]) -> None:
    data, key = sealed
    at = walk(data)[1][5].offset
    spoilt = data[: at + 40] + bytes([data[at + 40] ^ 1]) + data[at + 41 :]
    seen = []
    with pytest.raises(BrokenRecordingError) as raised:
        seen.extend(Playback(BytesIO(spoilt), key).frames())
    assert (raised.value.frame, raised.value.offset) == (5, at)

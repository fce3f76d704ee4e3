"""A screen as evidence: its stream lies in the recording frame by frame, and no frame can be taken out, changed or moved."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.recorded import BROKEN, pieces
from broker.layout import Layout
from domain.access import Action
from domain.ids import SessionId
from domain.output import ToAsset, ToVendor
from domain.plant import Protocol
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.format.payloads import mark
from recorder.format.reader import Reader
from recorder.playback import Playback
from recorder.stores.local import LocalStore
from recorder.verify_recording import verify_recording
from tests.broker.conduits.samples import SAMPLES
from tests.broker.conduits.vnc.samples import INIT, TALK
from tests.broker.running import KEK, recorder_in
from tests.clock import FrozenClock

SESSION = SessionId("s" * 26)
EVERY = timedelta(milliseconds=500)


@pytest_asyncio.fixture
async def sealed(tmp_path: Path, clock: FrozenClock) -> bytes:
    """The recording of one screen, by the real filter and the real recorder; something crosses every half second."""
    recording = recorder_in(tmp_path, clock).open(SESSION, {"permit": "p" * 26, "digest": "00" * 32})
    end = SAMPLES[Protocol.VNC].end
    assert end is not None
    gate = VncFilter(frozenset(Action), (), end)
    recording.write(Kind.MARK, 1, mark("filter", protocol="vnc", actions=["view"]))
    for inward, data in TALK[:13]:
        clock.advance(EVERY)
        for one in gate.from_vendor(data) if inward else gate.from_asset(data):
            match one:
                case ToAsset(crossed, recorded):
                    recording.write(Kind.TO_ASSET, 1, crossed if recorded is None else recorded)
                case ToVendor(crossed):
                    recording.write(Kind.TO_VENDOR, 1, crossed)
    await recording.seal("finished")
    return LocalStore(Layout(tmp_path).recordings, reserve_bytes=0).path(SESSION).read_bytes()


def frames_of(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each frame where it begins, where it ends, and its microseconds since the start."""
    reader = Reader(io.BytesIO(data))
    begins = reader.offset
    for stored in reader.frames():
        yield begins, reader.offset, stored.head.elapsed_us
        begins = reader.offset


def said(data: bytes) -> str:
    """What the verifier says of a recording that is not what was written."""
    (step,) = verify_recording(io.BytesIO(data)).steps
    assert step.code == "recording_broken", step
    return step.sentence


async def test_whoever_drops_or_alters_one_chunk_of_a_screen_is_told_which_and_when(sealed: bytes) -> None:
    """E16: drop, alter, exchange: the verifier names the frame, and the moment of the session behind which it stood."""
    assert verify_recording(io.BytesIO(sealed)).steps[0].code == ""
    frames = list(frames_of(sealed))
    assert len(frames) > 12

    for at in range(2, len(frames) - 1):
        begins, ends, _elapsed = frames[at]
        before = frames[at - 1][2] // 1000
        when = f"after 00:00:{before // 1000:02}.{before % 1000:03} of the session"
        altered = bytearray(sealed)
        altered[(begins + ends) // 2] ^= 1
        for other in (bytes(altered), sealed[:begins] + sealed[ends:]):
            assert f"(frame {at}, byte {begins}, {when})" in said(other)
        behind = sealed[ends : frames[at + 1][1]]
        exchanged = sealed[:begins] + behind + sealed[begins:ends] + sealed[ends + len(behind) :]
        assert f"(frame {at}, byte {begins}, {when})" in said(exchanged)


async def test_a_recorded_screen_is_replayed_from_the_recording_alone(sealed: bytes, tmp_path: Path) -> None:
    """E16: the recording and its key are enough; the server's stream stands in it as it was sent, password and all keys left out."""
    key = unwrap(LocalStore(Layout(tmp_path).recordings, reserve_bytes=0).read_key(SESSION), KEK, SESSION)
    drawn = list(pieces(Playback(io.BytesIO(sealed), key).frames(), 1))
    assert INIT in b"".join(drawn)
    assert BROKEN not in {one[4] for one in drawn}

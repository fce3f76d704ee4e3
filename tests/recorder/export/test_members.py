from io import BytesIO
from pathlib import Path

import pytest

from recorder.export.asciicast import casts_of
from recorder.export.members import exports
from recorder.export.pcapng import capture
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.playback import Playback
from tests.clock import FrozenClock
from tests.recorder.recordings import KEK, SESSION, recorder_in


@pytest.mark.parametrize("passages", [("shell", "forward:502", "sftp", "forward:102"), ()])
async def test_every_terminal_has_two_casts_and_every_native_protocol_a_capture(
    tmp_path: Path, passages: tuple[str, ...]
) -> None:
    """E12: each is what whoever has the recording's key makes again."""
    recorder = recorder_in(tmp_path, FrozenClock())
    recording = recorder.open(SESSION, {"permit": "p" * 26, "digest": "00" * 32})
    for channel, passage in enumerate(passages, 1):
        recording.write(Kind.CHANNEL_OPENED, channel, payloads.channel_opened(passage))
        recording.write(Kind.TO_ASSET, channel, b"asked")
    await recording.seal("finished")
    recorder.close()
    data = (tmp_path / f"{SESSION}.pnr").read_bytes()
    key = unwrap((tmp_path / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    made = {name: b"".join(pieces()) for name, pieces in exports(BytesIO(data), key).items()}
    playback = Playback(BytesIO(data), key)
    frames, started_at = list(playback.frames()), playback.reader.header.started_at
    captures = {f"exports/channel-{one}.pcapng" for one in (2, 4)} if passages else set()
    casts = {f"exports/terminal-1.v{one}.cast" for one in (2, 3)} if passages else set()
    assert made.keys() == captures | casts
    assert len(casts_of(frames, started_at, "")) == len(casts) // 2
    for channel in (2, 4) if passages else ():
        alone = b"".join(capture(frames, channel, started_at, SESSION))
        assert made[f"exports/channel-{channel}.pcapng"] == alone

"""What the recorder's tests share: recordings made with the real writer."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

from domain.ids import SessionId
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.format.reader import Reader, Stored
from recorder.writer import Recorder, Recording
from tests.clock import FrozenClock

SESSION = SessionId("abcdefghijklmnopqrstuvwxyz")
KEK = bytes(range(32))
ABOUT = {"permit": "permit00000000000000000000", "digest": "00" * 32}


def recorder_in(folder: Path, clock: FrozenClock | None = None) -> Recorder:
    """A recorder that asks for next to no free space."""
    return Recorder(
        folder,
        KEK,
        clock or FrozenClock(),
        reserve_bytes=64 * 1024,
        least_free_bytes=1024,
        least_free_share=0.0,
        sync_every_s=0.01,
    )


def tell(recording: Recording, clock: FrozenClock) -> None:
    """A short session with every kind of frame."""
    opened = payloads.channel_opened("shell", terminal="xterm", columns=80, rows=24)
    recording.write(Kind.CHANNEL_OPENED, 1, opened)
    recording.write(Kind.TO_VENDOR, 1, b"login as service\r\n$ ")
    clock.advance(timedelta(seconds=0.5))
    recording.write(Kind.TO_ASSET, 1, b"uptime\r")
    clock.advance(timedelta(seconds=0.25))
    recording.write(Kind.TO_VENDOR, 1, b"uptime\r\n" + b"up 3 days, load average 0.1 0.2 0.3\r\n" * 20)
    recording.write(Kind.TO_VENDOR_ERR, 1, b"warning: \xff\xfe not text\r\n")
    recording.write(Kind.RESIZE, 1, payloads.resize(132, 43))
    recording.write(Kind.HIDDEN, 1, payloads.hidden(9))
    recording.write(Kind.MARK, 0, payloads.mark("refused", code="no_permit", sentence="Not granted."))
    recording.write(Kind.SIGNAL, 1, payloads.signal("INT"))
    clock.advance(timedelta(seconds=1.0))
    recording.write(Kind.EOF, 1, payloads.eof("vendor"))
    recording.write(Kind.EXIT, 1, payloads.exit_status(0))
    recording.write(Kind.CHANNEL_CLOSED, 1, payloads.channel_closed("finished"))


async def sealed_in(folder: Path, session: SessionId = SESSION) -> Path:
    """A sealed recording of that session, and where it is."""
    clock = FrozenClock()
    recorder = recorder_in(folder, clock)
    recording = recorder.open(session, ABOUT)
    tell(recording, clock)
    await recording.seal("finished")
    recorder.close()
    return folder / f"{session}.pnr"


def walk(data: bytes) -> tuple[Reader, list[Stored]]:
    """The reader after it has read all of ``data``, and what it read."""
    reader = Reader(BytesIO(data))
    return reader, list(reader.frames())

"""Recordings that were cut, garbled or swapped: a sentence about each, never a traceback, and nothing is changed."""

import shutil
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from broker.charter.founding import found
from broker.demo.sample import sample_charter
from broker.layout import Layout
from broker.playback import Playback, playback_of
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.cli import main
from recorder.export.asciicast import PASSAGES
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.ledger.log import Log
from recorder.signing import read_signer
from recorder.writer import Recorder
from tests.clock import FrozenClock
from tests.hostile.targets import ACTS, HOSTILE
from tests.recorder.recordings import ABOUT, SESSION
from tests.stride import places

ORIGIN = "plant.example/ot-access/1"
COMMANDS = ("show", "replay", "export", "verify")


@dataclass(frozen=True)
class Site:
    """A founded node with one sealed recording in which the asset did its worst."""

    layout: Layout
    clock: FrozenClock

    @property
    def recording(self) -> Path:
        return self.layout.recordings / f"{SESSION}.pnr"

    @property
    def key(self) -> Path:
        return self.layout.recordings / f"{SESSION}.key"

    def playback(self) -> Playback:
        playback = playback_of(self.layout, lambda _permit: None, self.clock)(SessionId(SESSION))
        assert playback is not None
        return playback

    def run(
        self, command: str, capsys: pytest.CaptureFixture[str], file: Path | None = None
    ) -> tuple[int, str]:
        """Status and everything that was printed; asserts that it was a sentence, and inert."""
        keys = () if command == "verify" else ("--recording-key", str(self.layout.recording_key))
        key_file = () if command == "verify" else ("--key-file", str(self.key))
        out = StringIO()
        status = main([command, str(file or self.recording), *keys, *key_file], out)
        err = capsys.readouterr().err
        assert status in (0, 1, 2, 3)
        assert "Traceback" not in err
        assert len(err) < 2000
        assert bool(err) == (status == 2), (status, err)
        assert err.replace("\n", "").isprintable()
        return status, out.getvalue() + err


@pytest.fixture
async def site(tmp_path: Path, clock: FrozenClock) -> Site:
    layout = Layout(tmp_path / "n")
    now = clock.now()
    found(layout, charter=sample_charter(today=now.date()), origin=ORIGIN, at=now)
    recorder = Recorder(
        layout.recordings,
        layout.recording_key.read_bytes(),
        clock,
        reserve_bytes=65536,
        least_free_bytes=1024,
        least_free_share=0.0,
        sync_every_s=0.01,
    )
    recording = recorder.open(SessionId(SESSION), ABOUT)
    opened = payloads.channel_opened("shell", command=HOSTILE, terminal="xterm", columns=80, rows=24)
    recording.write(Kind.CHANNEL_OPENED, 1, opened)
    for _ in range(3):
        recording.write(Kind.TO_VENDOR, 1, HOSTILE.encode() + bytes(range(256)))
        recording.write(Kind.TO_VENDOR_ERR, 1, b"\x1b]0;title\x07\x1bP$q\x1b\\" + HOSTILE.encode())
        recording.write(Kind.TO_ASSET, 1, HOSTILE.encode())
    recording.write(Kind.MARK, 0, payloads.mark("refused", sentence=HOSTILE))
    recording.write(Kind.EXIT, 1, payloads.exit_status(None, signal=HOSTILE))
    recording.write(Kind.CHANNEL_CLOSED, 1, payloads.channel_closed("finished"))
    await recording.seal("finished")
    recorder.close()
    key = read_signer(layout.ledger_key, ORIGIN)
    Log.create(layout.ledger, key, memory=layout.ledger_memory).close()  # whether it was erased stands there
    return Site(layout, clock)


def harmless(text: str) -> None:
    """No clipboard, no title, no query, no override; colours and cursor may pass in a replay."""
    for act in ACTS:
        if act != "\x1b":
            assert act not in text, repr(text)
    for begins in ("\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX"):
        assert begins not in text, repr(text)


@pytest.mark.parametrize("command", COMMANDS)
def test_abuse_29_what_an_asset_sent_is_shown_and_does_nothing(
    site: Site, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    status, text = site.run(command, capsys)
    assert status in (0, 3)
    harmless(text)
    if command in ("show", "verify"):
        assert "\x1b" not in text


def test_abuse_30_what_the_console_plays_does_nothing(site: Site) -> None:
    playback = site.playback()
    ((channel, name),) = playback.casts().items()
    assert name.isprintable()
    harmless(name)
    for version in (2, 3):
        harmless(b"".join(playback.cast(channel, version=version)).decode("utf-8"))
    harmless("".join(shown for _at, _code, shown in playback.shown(channel)))
    assert "shell" in PASSAGES


def test_a_recording_cut_at_any_byte_is_never_whole_and_never_a_traceback(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = site.recording.read_bytes()
    cut = tmp_path / "cut.pnr"
    for size in places(len(whole), 7):
        cut.write_bytes(whole[:size])
        assert site.run("verify", capsys, cut)[0] != 0, size
        for command in COMMANDS[:3] if size % 6 == 0 else ():
            harmless(site.run(command, capsys, cut)[1])


def test_a_recording_garbled_at_any_byte_is_never_whole_and_never_a_traceback(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = site.recording.read_bytes()
    garbled = tmp_path / "garbled.pnr"
    for at in places(len(whole), 13):
        data = bytearray(whole)
        data[at] ^= 0xFF
        garbled.write_bytes(data)
        assert site.run("verify", capsys, garbled)[0] in (1, 2), at
        for command in COMMANDS[:3] if at % 4 == 0 else ():
            harmless(site.run(command, capsys, garbled)[1])


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 4096, b"PNR", b"\xff" * 100_000, HOSTILE.encode() * 100], ids=len
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_recording_is_wrong_usage(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, command: str
) -> None:
    (tmp_path / "no.pnr").write_bytes(data)
    status, text = site.run(command, capsys, tmp_path / "no.pnr")
    assert status == 2
    harmless(text)


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("key", None),
        ("key", b""),
        ("key", b"\x00" * 500),
        ("kek", None),
        ("kek", b""),
        ("kek", b"x" * 32),
        ("kek", b"x" * 33),
        ("recording", b""),
        ("recording", b"garbage"),
        ("recording", "cut"),
        ("recording", "link"),
        ("recording", "folder"),
        ("vkey", b"\xff\xfe garbage"),
        ("vkey", None),
    ],
)
def test_a_file_of_the_evidence_that_is_gone_or_garbled_is_a_sentence(
    site: Site, tmp_path: Path, file: str, data: bytes | str | None
) -> None:
    files = {
        "key": site.key,
        "kek": site.layout.recording_key,
        "recording": site.recording,
        "vkey": site.layout.ledger_vkey,
    }
    playback = site.playback()
    path = files[file]
    match data:
        case None:
            path.unlink()
        case bytes():
            path.chmod(0o600)
            path.write_bytes(data)
        case "cut":
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-100])
        case "link":
            shutil.move(path, tmp_path / "elsewhere")
            path.symlink_to("/dev/zero")
        case "folder":
            path.unlink()
            path.mkdir()
    all_looks = (playback.verify, playback.casts, playback.header)
    # Of a recording that was cut, what is before the cut may be looked at; what it says in clear takes no key.
    closed = 1 if file == "vkey" or data == "cut" else 2 if file in {"key", "kek"} else 3
    for look in all_looks[:closed]:
        with pytest.raises(EvidenceError) as caught:
            look()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 1000

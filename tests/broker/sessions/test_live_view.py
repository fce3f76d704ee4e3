"""A watcher's eyes on a session that a real recorder is writing."""

from pathlib import Path

import pytest

from broker.layout import Layout
from broker.sessions.live_view import LiveView, Terminal
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.format.payloads import channel_closed, channel_opened, resize
from recorder.writer import Recording
from tests.broker.running import KEK, recorder_in
from tests.clock import FrozenClock

SESSION = SessionId("s" * 26)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.recording_key.parent.mkdir(parents=True)
    layout.recording_key.write_bytes(KEK)
    return layout


@pytest.fixture
def recording(layout: Layout, clock: FrozenClock) -> Recording:
    return recorder_in(layout.folder, clock).open(SESSION, {"permit": "p" * 26, "digest": "00" * 32})


def test_a_terminal_is_seen_as_it_is_recorded_and_inert(layout: Layout, recording: Recording) -> None:
    view = LiveView(layout, SESSION)
    assert view.look().terminals == ()
    recording.write(Kind.CHANNEL_OPENED, 1, channel_opened("shell"))
    recording.write(Kind.RESIZE, 1, resize(120, 40))
    recording.write(Kind.TO_ASSET, 1, b"typed and not echoed")
    recording.write(Kind.TO_VENDOR, 1, b"\x1b]52;c;ZXZpbA==\x07hello\x1b[31m")
    seen = view.look()
    assert seen.terminals == (Terminal(1, "shell", 120, 40, open=True),)
    text = "".join(text for _at, code, text in seen.shown[1] if code == "o")
    assert "hello\x1b[31m" in text
    assert "\x1b]" not in text
    assert "typed" not in str(seen.shown)
    assert view.look().shown == {1: ()}
    view.close()


def test_half_a_character_waits_and_a_new_size_is_told(layout: Layout, recording: Recording) -> None:
    view = LiveView(layout, SESSION)
    recording.write(Kind.CHANNEL_OPENED, 1, channel_opened("shell", columns=80, rows=24))
    recording.write(Kind.TO_VENDOR, 1, "é".encode()[:1])
    assert [text for _at, code, text in view.look().shown[1] if code == "o"] == []
    recording.write(Kind.TO_VENDOR, 1, "é".encode()[1:])
    recording.write(Kind.RESIZE, 1, resize(100, 30))
    seen = view.look()
    assert [text for _at, code, text in seen.shown[1]] == ["é", "100x30"]
    assert seen.terminals[0].columns == 100
    view.close()


async def test_files_have_no_screen_and_the_end_is_seen(layout: Layout, recording: Recording) -> None:
    view = LiveView(layout, SESSION)
    recording.write(Kind.CHANNEL_OPENED, 1, channel_opened("sftp"))
    recording.write(Kind.CHANNEL_OPENED, 2, channel_opened("exec", command="uname -a\x1b[2J"))
    recording.write(Kind.CHANNEL_CLOSED, 2, channel_closed("finished"))
    seen = view.look()
    assert [(one.channel, one.name, one.open) for one in seen.terminals] == [
        (2, "exec: uname -a\\x1b[2J", False)
    ]
    assert not seen.ended
    await recording.seal("finished")  # renames the file, under the reader's eyes
    assert view.look().ended
    view.close()


def test_what_is_not_recorded_here_is_not_seen(layout: Layout, recording: Recording) -> None:
    with pytest.raises(EvidenceError):
        LiveView(layout, SessionId("t" * 26))
    layout.recording_key.write_bytes(bytes(32))
    with pytest.raises(EvidenceError):
        LiveView(layout, SESSION)
    assert recording.dead == ""

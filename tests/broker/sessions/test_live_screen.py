"""A watcher's eyes on a screen that a real recorder is writing."""

from pathlib import Path

import pytest

from broker.conduits.vnc.recorded import BEGINS, CLOSED, HEAD, LIVE, PIXELS, SERVER
from broker.layout import Layout
from broker.sessions.live_screen import LiveScreen, Seen, screens_of
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.format.payloads import channel_closed
from recorder.writer import Recording
from tests.broker.conduits.vnc import samples as vnc
from tests.broker.console.cast import SCREEN
from tests.broker.console.sessions.live_screens import begin
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


def whole(view: LiveScreen) -> tuple[list[int], bytes, Seen]:
    """Everything that is there by now: what the pieces are, and what the server said."""
    kinds: list[int] = []
    said = b""
    while True:
        seen = view.look()
        at = 0
        while at < len(seen.sent):
            _at_ms, what, length = HEAD.unpack_from(seen.sent, at)
            at += HEAD.size
            kinds.append(what)
            said += seen.sent[at : at + length] if what == SERVER else b""
            at += length
        if not seen.more:
            return kinds, said, seen


def test_a_screen_is_shown_from_its_beginning_and_then_as_it_is_recorded(
    layout: Layout, recording: Recording
) -> None:
    """D11: whoever comes late is shown what was drawn before, and is told when that is done."""
    view = screens_of(layout)(SESSION)
    assert whole(view) == ([], b"", Seen(b"", more=False, ended=False))
    begin(recording, 2)
    kinds, said, _seen = whole(view)
    assert kinds == [BEGINS, SERVER, PIXELS, SERVER, LIVE]
    assert said == vnc.INIT + SCREEN[7].payload
    typed = b"\4\1\0\0\0\0\xff\x0d"
    recording.write(Kind.TO_ASSET, 2, typed)
    recording.write(Kind.TO_VENDOR, 2, SCREEN[8].payload)
    assert whole(view)[:2] == ([SERVER], SCREEN[8].payload)
    late = LiveScreen(layout, SESSION)
    assert whole(late)[:2] == (kinds, said + SCREEN[8].payload)  # and nothing of what was typed
    late.close()
    view.close()


async def test_the_newest_screen_that_is_open_is_shown_until_it_is_closed(
    layout: Layout, recording: Recording
) -> None:
    begin(recording, 1)
    recording.write(Kind.CHANNEL_CLOSED, 1, channel_closed("finished"))
    begin(recording, 2)
    view = LiveScreen(layout, SESSION)
    assert whole(view)[0].count(BEGINS) == 1, "of what is closed nothing is drawn"
    begin(recording, 3)
    assert whole(view)[0] == []
    recording.write(Kind.TO_VENDOR, 2, SCREEN[8].payload)
    recording.write(Kind.CHANNEL_CLOSED, 2, channel_closed("finished"))
    assert whole(view)[0] == [SERVER, CLOSED, BEGINS, SERVER, PIXELS, SERVER, LIVE]
    recording.write(Kind.CHANNEL_CLOSED, 3, channel_closed("finished"))
    assert whole(view)[0] == [CLOSED]
    await recording.seal("finished")
    assert whole(view)[2].ended
    view.close()


def test_what_is_not_recorded_here_is_not_seen(layout: Layout, recording: Recording) -> None:
    layout.recording_key.write_bytes(bytes(32))
    with pytest.raises(EvidenceError):
        LiveScreen(layout, SESSION)
    assert recording.dead == ""

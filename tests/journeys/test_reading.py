"""An auditor finds a command in a real browser, lands on its moment in the replay, and goes from marker to marker."""

from datetime import timedelta
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.playback import Playback
from broker.reading.index import Indexed
from broker.reading.indexing import read
from recorder.format import payloads
from recorder.format.frame import Kind
from tests.broker.console.evidence.indexed import indexed
from tests.broker.console.house import SESSION
from tests.clock import FrozenClock
from tests.journeys.browsing import Site, needs_browser
from tests.recorder.recordings import ABOUT, KEK, recorder_in

pytestmark = [needs_browser, pytest.mark.timeout(300)]


async def recorded(layout: Layout, clock: FrozenClock) -> Playback:
    """Three commands, ten seconds apart, a file and a pause."""
    layout.recording_key.parent.mkdir()
    layout.recordings.mkdir()
    layout.recording_key.write_bytes(KEK)
    recorder = recorder_in(layout.recordings, clock)
    recording = recorder.open(SESSION, ABOUT)
    opened = payloads.channel_opened("shell", terminal="xterm", columns=60, rows=12)
    recording.write(Kind.CHANNEL_OPENED, 1, opened)
    recording.write(Kind.TO_VENDOR, 1, b"pump7 $ ")
    for command, answer in (("ls", "old.conf new.conf"), ("rm old.conf", ""), ("cat 水位.txt", "4.2 m")):
        clock.advance(timedelta(seconds=10))
        recording.write(Kind.HIDDEN, 1, payloads.hidden(len(command) + 1))
        recording.write(Kind.TO_VENDOR, 1, f"{command}\r\n{answer}\r\npump7 $ ".encode())
    recording.write(Kind.MARK, 0, payloads.mark("input_held", hold="paused"))
    recording.write(Kind.CHANNEL_CLOSED, 1, payloads.channel_closed("finished"))
    await recording.seal("finished")
    recorder.close()
    return Playback(layout, SESSION, lambda _permit: None, clock)


async def test_a_command_is_found_and_its_moment_replayed(site: Site, tmp_path: Path) -> None:
    """E10: the hit leads to its moment in the recording."""
    layout = Layout(tmp_path)
    permit = await site.house.ask()
    await site.house.record(permit)
    site.house.recordings[SESSION] = await recorded(layout, site.house.clock)
    about = Indexed(SESSION, permit.id, permit.person, permit.asset, site.house.clock.now())
    async with (
        indexed(site.house, tmp_path) as index,
        site.visit("reading", width=360, height=740, scheme="light") as iris,
    ):
        await index.put(*read(layout, about))
        await iris.sign_in("iris")
        await iris.go("/evidence?kind=recordings&text=old.conf")
        assert await iris.page.inner_text("mark >> nth=0") == "old.conf"
        await iris.look("found")
        await iris.page.click(".found li:has-text('rm old.conf') a")
        await iris.page.wait_for_selector(".ap-term >> text=rm old.conf")
        await iris.look("replay-phone")
        await iris.page.click(".markers li:has-text('cat') button")
        await iris.page.wait_for_selector("#player[data-marker='2']")
        await iris.page.wait_for_selector(".ap-term >> text=rm old.conf")
        await iris.page.select_option("#player-speed", "4")
        await iris.page.wait_for_selector(".ap-term >> text=rm old.conf")
        await iris.page.uncheck("#player-idle")
        await iris.page.wait_for_selector(".ap-term >> text=rm old.conf")
        await iris.page.set_viewport_size({"width": 1280, "height": 800})
        await iris.look("replay-desk")

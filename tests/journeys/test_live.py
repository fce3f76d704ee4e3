"""The live pages, phone and desk: watched, paused, resumed and stopped, and honest when the stream is lost."""

import asyncio
from contextlib import ExitStack, suppress

import pytest

from broker.console.refusals import RefusalError
from broker.console.stream import MOST_OF_ONE
from domain.events import SessionWatched
from domain.ids import PersonId
from recorder.format.frame import Kind
from recorder.format.payloads import channel_closed
from tests.broker.console.cast import SCREEN
from tests.broker.console.house import SESSION
from tests.broker.console.sessions.live_screens import begin, goes_live
from tests.journeys.browsing import Site, needs_browser, screens
from tests.journeys.test_screen import DRAWN as COLOURS

WATCHED = COLOURS.replace("#screen", "#pixels")
"""Its size, and two of its pixels."""

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("screen", screens("desk"))
async def test_a_session_is_watched_paused_resumed_and_stopped(site: Site, screen: dict) -> None:
    """D11."""
    site.house.go_live(await site.house.ask())
    recording = site.house.recording()
    recording.write(Kind.TO_VENDOR, 1, b"\x1b[1mpump7\x1b[0m $ ")
    name = "phone" if screen["width"] == 360 else "desk"
    async with site.visit(f"live-{name}", **screen) as milo:
        await milo.sign_in("milo")
        await milo.go("/sessions")
        await milo.page.wait_for_selector("ul.live .clock >> text=/[0-9]:[0-9][0-9]:[0-9][0-9]/")
        await milo.page.click("ul.live summary:has-text('Stop')")
        await milo.look("wall")
        site.house.watch.sessions[0]["bytes_to_vendor"] = 9_000_000
        await milo.page.wait_for_selector("ul.live >> text=9.0 MB")
        assert await milo.page.is_visible("ul.live button:has-text('End it now')"), "stays open meanwhile"
        await milo.page.click("ul.live a:has-text('Watch')")
        await milo.page.wait_for_selector(".ap-term >> text=pump7")
        recording.write(Kind.TO_VENDOR, 1, b"show starts\r\npump 7 has 42 starts\r\n")
        await milo.page.wait_for_selector(".ap-term >> text=pump 7 has 42 starts")
        await milo.page.wait_for_selector("#attended >> text=Input goes through")
        await milo.look("watch")
        await milo.page.click("button:has-text('Pause')")
        await milo.page.wait_for_selector("#attended >> text=Paused by Milo Jansen")
        await milo.page.wait_for_selector(".ap-term >> text=pump 7 has 42 starts")
        await milo.look("paused")
        await milo.page.click("button:has-text('Resume')")
        await milo.page.wait_for_selector("#attended >> text=Input goes through")
        await milo.page.click("button:has-text('Stop')")
        await milo.page.wait_for_selector("text=Nobody is connected")
    told = site.house.events(SessionWatched.__name__)
    assert {one["by"] for one in told} == {"milo"}
    assert SESSION not in [one["session"] for one in site.house.watch.sessions]
    async with asyncio.timeout(10):
        while [one["since"] == "" for one in site.house.events("SessionWatched")].count(False) < len(
            told
        ) // 2:
            await asyncio.sleep(0.05)


async def test_a_screen_is_watched_live_until_its_vendor_leaves(site: Site) -> None:
    """D11: what was drawn before stands there at once, what is recorded now is drawn now, and once they leave it says so."""
    recording = await goes_live(site.house)
    begin(recording, 2)
    async with site.visit("live-screen", width=360, height=740, scheme="light") as milo:
        await milo.sign_in("milo")
        await milo.go(f"/sessions/{SESSION}/watch")
        await milo.page.wait_for_selector("#pixels[data-live]")
        assert await milo.page.evaluate(WATCHED) == "64 48 20,40,200 20,40,200"
        recording.write(Kind.TO_VENDOR, 2, SCREEN[8].payload)
        while await milo.page.evaluate(WATCHED) != "64 48 20,40,200 40,200,20":
            pass
        await milo.look("watch")
        recording.write(Kind.CHANNEL_CLOSED, 2, channel_closed("finished"))
        await milo.page.wait_for_selector("text=the next one appears here")
        begin(recording, 3)
        await milo.page.wait_for_selector("#pixels[data-live]")
        assert await milo.page.locator("#pixels canvas").count() == 1
        site.house.watch.sessions.clear()  # whoever is watched leaves
        await milo.page.wait_for_selector("#attended >> text=This is over")
        assert await milo.page.locator(".beat:visible").count() == 0, "neither live nor lost"
        assert await milo.page.locator("button:has-text('Stop')").count() == 0
        await milo.look("over")
    assert {one["by"] for one in site.house.events(SessionWatched.__name__)} == {"milo"}


async def test_a_wall_that_lost_its_stream_says_so_and_how_old_it_is(site: Site) -> None:
    permit = await site.house.ask()
    site.house.go_live(permit)
    async with site.visit("wall-4k", width=3840, height=2160, scheme="dark") as milo:
        await milo.sign_in("milo")
        await milo.go("/sessions")
        await milo.page.wait_for_selector("ul.live .clock")
        for number in range(11):
            site.house.go_live(permit, chr(97 + number) * 26)
        await milo.page.wait_for_selector("[data-count] >> text=12")
        await milo.look("twelve")
        milo.expected = ("Failed to load resource",)
        with ExitStack() as full:  # a console that has no room for this stream any more
            for _ in range(MOST_OF_ONE - 1):
                full.enter_context(site.house.desk.streams.kept(PersonId("milo")))
            site.house.desk.streams.closing.set()
            async with asyncio.timeout(10):  # the page's own stream ends, and its place is taken
                while True:
                    with suppress(RefusalError):
                        full.enter_context(site.house.desk.streams.kept(PersonId("milo")))
                        break
                    await asyncio.sleep(0.02)
            await milo.page.wait_for_selector("text=Connection lost. What you see is")
            assert await milo.page.locator("ul.live > li").count() == 12, "what was known stays, with its age"
            await milo.look("lost")
            site.house.desk.streams.closing.clear()
        await milo.page.wait_for_selector(".beat:not(.lost) >> text=Live")

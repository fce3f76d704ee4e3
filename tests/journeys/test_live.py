"""The live pages, phone and desk: watched, paused, resumed and stopped, and honest when the stream is lost."""

import asyncio

import pytest

from domain.events import SessionWatched
from recorder.format.frame import Kind
from tests.broker.console.house import SESSION
from tests.journeys.browsing import Site, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]

SCREENS = [
    pytest.param("phone", {"width": 360, "height": 740, "scheme": "light"}, id="phone"),
    pytest.param("desk", {"width": 1280, "height": 800, "scheme": "dark"}, id="desk"),
]


@pytest.mark.parametrize(("name", "screen"), SCREENS)
async def test_a_session_is_watched_paused_resumed_and_stopped(site: Site, name: str, screen: dict) -> None:
    """D11."""
    site.house.go_live(await site.house.ask())
    recording = site.house.recording()
    recording.write(Kind.TO_VENDOR, 1, b"\x1b[1mpump7\x1b[0m $ ")
    async with site.visit(f"live-{name}", **screen) as milo:
        await milo.sign_in("milo")
        await milo.go("/sessions")
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

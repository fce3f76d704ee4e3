"""A vendor works a panel's own page from a real browser: console, gate and a real nginx, on a whole node."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from domain.plant import Protocol
from tests.journeys.browsing import launched, needs_browser
from tests.matrix.plant import ZONE, Yard
from tests.nginx import Panel, panel
from tests.node import Node, plant_state
from tests.peers.node.test_browser_terminal import Vendor, vendor

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

HMI = "br-1"
DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
START = (
    "<!doctype html><title>Tank</title><img id=dot src=/dot.png><script src=/tank.js></script>"
    "<form method=post action=/set><input name=setpoint value=350><button>Set</button></form><a href=/old>Old</a>"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as running:
        yield running


@contextmanager
def stands(yard: Yard, hmi: Panel) -> Iterator[str]:
    """Have ``hmi`` answer in the asset's place; the grant that a permit needs."""
    target = yard.targets[HMI, Protocol.HTTP]
    target.behind = hmi.port
    try:
        yield f"forward:{target.port}"
    finally:
        target.behind = 0


@dataclass
class Shown:
    """The console's tab that holds a device's page open, and that page."""

    ana: Vendor
    page: Page
    origin: str

    async def go(self, path: str) -> str:
        """What a page says, asked for from the page before."""
        async with self.page.expect_navigation():
            await self.page.evaluate("to => { location.href = to }", path)
        return await self.page.inner_text("body")


@asynccontextmanager
async def opened(ana: Vendor, permit: str) -> AsyncIterator[Shown]:
    """From the permit's page, as they would."""
    await ana.go(f"/permits/{permit}")
    await ana.page.click("a:has-text('Open its page here')")
    await ana.page.click("button:has-text('with my passkey')")
    await ana.page.wait_for_selector("[data-panel][data-connected]")
    async with ana.page.context.expect_page() as coming:
        await ana.page.click("button:has-text('Show the device')")
    page = await coming.value
    page.set_default_timeout(20_000)
    await page.wait_for_url("**/")
    try:
        yield Shown(ana, page, page.url.rstrip("/"))
    finally:
        await page.close()


async def test_a_panel_s_page_is_looked_at_and_worked_at_at_an_origin_of_its_own(
    plant: Node, yard: Yard, browser: Browser, tmp_path: Path
) -> None:
    """C11, C15: what the permit does not cover is a page that says so, and is not in the device's own log."""
    await plant_state(plant, ZONE, "running")
    async with panel(tmp_path / "panel") as hmi, vendor(plant, browser) as ana:
        pages = hmi.folder / "pages"
        (pages / "index.html").write_text(START)
        (pages / "dot.png").write_bytes(DOT)
        (pages / "tank.js").write_text("document.title = 'Tank 7'")
        with stands(yard, hmi) as grant:
            for actions in (["view"], ["view", "operate"]):
                permit = await plant.permitted(ana.id, HMI, [grant], method="browser", actions=actions)
                async with opened(ana, permit) as shown:
                    assert shown.origin.endswith(f".pages.localhost:{plant.url.rpartition(':')[2]}")
                    assert await shown.page.title() == "Tank 7"
                    assert await shown.page.evaluate("document.getElementById('dot').naturalWidth") == 1
                    await shown.page.click("a")
                    await shown.page.wait_for_url("**/status/tank.html")
                    await shown.page.go_back()
                    await shown.page.click("button")
                    await shown.page.wait_for_url("**/set")
                    said = await shown.page.inner_text("body")
                    assert said == "taken\n" if "operate" in actions else "POST /set" in said, said

"""A vendor looks at a panel from a real browser, and then works at it: console, gate and a real VNC server, on a whole node."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route

from broker.vault.sealed import Credential
from broker.vault.store import Vault, entry_of
from domain.ids import AssetId
from domain.plant import Protocol
from tests.journeys.browsing import launched, look_around, needs_browser
from tests.matrix.plant import ZONE, Yard
from tests.node import Node, plant_state
from tests.peers.node.test_browser_terminal import vendor
from tests.vnc_server import HEIGHT, PASSWORD, WIDTH, VncServer, vnc_server

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

PANEL = "mx-1"
DRAWN = """() => {
  const canvas = document.querySelector("[data-connected] canvas");
  if (!canvas) return "";
  const copy = document.createElement("canvas").getContext("2d");
  [copy.canvas.width, copy.canvas.height] = [canvas.width, canvas.height];
  copy.drawImage(canvas, 0, 0);
  const seen = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return seen.filter((one) => one !== seen[0]).length > 500 ? `${canvas.width} ${canvas.height}` : "";
}"""
"""The size of the screen, once more than a pointer is drawn on it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as running:
        yield running


@contextmanager
def stands(plant: Node, yard: Yard, hmi: VncServer) -> Iterator[str]:
    """Have ``hmi`` answer at the panel, and the plant keep its password; the grant that a permit needs."""
    Vault(plant.layout.vault, plant.layout.vault_key).set(
        entry_of(AssetId(PANEL), Protocol.VNC), Credential("vnc", password=PASSWORD)
    )
    target = yard.targets[PANEL, Protocol.VNC]
    target.behind = hmi.port
    try:
        yield f"forward:{target.port}"
    finally:
        target.behind = 0


async def test_a_panel_is_looked_at_and_worked_at_from_a_browser_that_never_has_its_password(
    plant: Node, yard: Yard, browser: Browser, tmp_path: Path
) -> None:
    """C11, D13: under view the window is told of nothing; under operate of each key and click."""
    await plant_state(plant, ZONE, "running")
    async with vnc_server(tmp_path / "x") as hmi, vendor(plant, browser) as ana:
        with stands(plant, yard, hmi) as grant:
            for actions in (["view"], ["view", "operate"]):
                permit = await plant.permitted(ana.id, PANEL, [grant], method="browser", actions=actions)
                looks = actions == ["view"]
                await ana.go(f"/permits/{permit}")
                await ana.page.click("a:has-text('Open the screen here')")
                assert await ana.page.locator("strong:has-text('View only')").count() == looks
                await ana.page.click("button:has-text('with my passkey')")
                await ana.page.wait_for_selector("[data-connected]")
                while (size := await ana.page.evaluate(DRAWN)) == "":
                    pass
                assert size == f"{WIDTH} {HEIGHT}"
                await ana.page.click("[data-screen] canvas")
                await ana.page.keyboard.press("F5")
                if looks:
                    await look_around(ana.page, "screen", "looking")
                    assert hmi.events() == []
                else:
                    told = await hmi.told("KeyRelease")
                    assert {"ButtonPress event", "ButtonRelease event", "KeyPress event"} <= set(told)
                await ana.page.click("[data-end]")
                await ana.page.wait_for_selector("[data-ended]:not([hidden])")
                assert PASSWORD not in await ana.page.content()


async def test_a_desktop_by_rdp_is_the_same_page(plant: Node, yard: Yard, browser: Browser) -> None:
    """C11, D13: its screen is drawn, though its viewer comes late; under view its own window is told of nothing."""
    await plant_state(plant, ZONE, "running")
    yard.entrusted(plant)
    target = yard.targets[PANEL, Protocol.RDP]
    let_in = asyncio.Event()

    async def late(viewer: Route) -> None:
        await let_in.wait()
        await viewer.continue_()

    async with vendor(plant, browser) as ana:
        await ana.page.route("**/novnc/core/rfb.js", late)
        permit = await plant.permitted(
            ana.id, PANEL, [f"forward:{target.port}"], method="browser", actions=["view"]
        )
        await ana.go(f"/permits/{permit}")
        await ana.page.click("a:has-text('Open the screen here')")
        async with ana.page.expect_response("**/browse/passkey") as said:
            await ana.page.click("button:has-text('with my passkey')")
        await (await said.value).finished()
        let_in.set()
        await ana.page.wait_for_selector("[data-connected]")
        while (size := await ana.page.evaluate(DRAWN)) == "":
            pass
        assert size == "1280 800"
        await ana.page.click("[data-screen] canvas")
        await ana.page.keyboard.press("F5")
        await look_around(ana.page, "screen", "desktop")
        await ana.page.click("[data-end]")
        await ana.page.wait_for_selector("[data-ended]:not([hidden])")
        async with asyncio.timeout(30):
            while target.open:
                await asyncio.sleep(0.02)
        assert target.reached() == 0

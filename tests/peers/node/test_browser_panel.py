"""A vendor works a panel's own page from a real browser: console, gate and a real nginx, on a whole node."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from broker.console.guard import COOKIE
from domain.plant import Protocol
from tests.journeys.browsing import launched, look_around, needs_browser
from tests.matrix.plant import ZONE, Yard
from tests.nginx import Panel, panel
from tests.node import Node, plant_state
from tests.peers.node.test_browser_terminal import Vendor, vendor

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

HMI = "br-1"
DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TRIES = """
const tried = async (work) => { try { return await work() } catch { return "no" } };
const heard = (one, good) => new Promise((done) => { one[good] = () => done("yes"); one.onerror = () => done("no") });
(async () => {
  const out = { cookies: document.cookie };
  document.cookie = "own=1";
  document.cookie = "above=1; Domain=pages.localhost; Secure";
  document.cookie = "top=1; Domain=localhost; Secure";
  out.read = await tried(async () => (await fetch("CONSOLE/api/v1/permits", { credentials: "include" })).status);
  const post = { method: "POST", mode: "no-cors", credentials: "include", body: "a=b" };
  out.sent = await tried(async () => { await fetch("CONSOLE/sign-out", post); return "yes" });
  out.worker = await tried(async () => { await navigator.serviceWorker.register("/worker.js"); return "yes" });
  out.opener = String(window.opener);
  out.socket = await tried(() => heard(new WebSocket(`wss://${location.host}/live`), "onopen"));
  const frame = document.createElement("iframe");
  frame.src = "CONSOLE/permits";
  document.documentElement.append(frame);
  await new Promise((done) => { frame.onload = done });
  out.frame = await tried(() => frame.contentDocument ? "yes" : "no");
  const image = new Image();
  image.src = "CONSOLE/static/mark.svg";
  out.image = await heard(image, "onload");
  out.beacon = await new Promise((done) => {
    addEventListener("securitypolicyviolation", () => done("no"), { once: true });
    navigator.sendBeacon("CONSOLE/sign-out", "a=b");
  });
  document.title = JSON.stringify(out);
})();
"""
"""What a hostile page would like to do to the console, to other pages, and to the browser that it is in."""

FORM = """to => {
  const form = document.createElement("form");
  [form.method, form.action] = ["post", to];
  document.body.append(form);
  form.submit();
}"""

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
                    if "operate" in actions:
                        assert said == "taken\n"
                        continue
                    assert "http_method_not_permitted" in said
                    assert "POST" not in {one[0] for one in hmi.log}
                    await look_around(ana.page, "panel", "holding")
    assert [one[6] for one in hmi.log if one[0] == "POST"] == ["setpoint=350"]
    issued = await plant.event("CertificateIssued", permit=permit)
    assert (issued["door"], issued["source"]) == ("browser", "127.0.0.1")


async def test_a_hostile_page_of_a_device_reaches_nothing_and_ends_with_its_permit(
    plant: Node, yard: Yard, browser: Browser, tmp_path: Path
) -> None:
    """No cookie, page, API, worker or socket of anybody's; what it sets for the name above is no other page's."""
    await plant_state(plant, ZONE, "running")
    async with panel(tmp_path / "panel") as hmi, vendor(plant, browser) as ana:
        pages = hmi.folder / "pages"
        (pages / "index.html").write_text("<title>0</title><script src=/tries.js></script>")
        (pages / "worker.js").write_text("self.addEventListener('fetch', () => {})")
        (pages / "tries.js").write_text(TRIES.replace("CONSOLE", plant.url))
        context = ana.page.context
        with stands(yard, hmi) as grant:
            permit = await plant.permitted(
                ana.id, HMI, [grant], method="browser", actions=["view", "operate"]
            )
            async with opened(ana, permit) as shown:
                await shown.page.wait_for_function("document.title.length > 1")
                assert json.loads(await shown.page.title()) == {
                    "cookies": "", "read": "no", "sent": "no", "worker": "no", "opener": "null", "socket": "no",
                    "frame": "no", "image": "no", "beacon": "no",
                }  # fmt: skip
                assert (await shown.go("/seen")).startswith("own=1; above=1|")
                await shown.page.evaluate(FORM, f"{plant.url}/sign-out")
                assert "https://evil.example/" in await shown.go("/away")
                stranger = await browser.new_context(ignore_https_errors=True)
                other = await stranger.new_page()
                answer = await other.goto(f"{shown.origin}/")
                assert answer is not None
                assert answer.status == 403
                assert "page_not_yours" in await other.content()
                await stranger.close()
                kept = {one["name"]: one["domain"] for one in await context.cookies()}
                assert {name for name, at in kept.items() if at in {"localhost", ".localhost"}} == {COOKIE}
                async with opened(ana, permit) as anew:
                    assert anew.origin != shown.origin
                    await anew.page.wait_for_function("document.title.length > 1")
                    assert (await anew.go("/seen")).startswith("own=1|"), "what was set for the name above"
                    asked = len(hmi.log)
                    revoke = await (await plant.holder()).post(
                        f"/permits/{permit}/revoke", data={"reason": "wrong pump"}
                    )
                    assert revoke.is_success or revoke.is_redirect, revoke.text
                    await ana.page.wait_for_selector("[data-ended]:visible >> text=revoked")
                    ended = await anew.page.reload()
                    assert ended is not None
                    assert ended.status == 410
                    assert "revoked" in await anew.page.inner_text("body")
                    await look_around(anew.page, "panel", "over")
                    assert len(hmi.log) == asked
                closed = await shown.page.reload()
                assert closed is not None
                assert closed.status == 410, "it closed with its tab"
            await ana.go("/permits")
            assert await ana.page.locator("nav.tabs").count() == 1, "nobody signed her out"

"""One vendor visit on the whole node, as its people see it: nothing is stood in for but the plant's machines."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.journeys.browsing import add_security_key, look_at, needs_browser
from tests.tour.plant import Plant, demonstration

pytestmark = [needs_browser, pytest.mark.timeout(300)]

SIZES = {"phone": ({"width": 360, "height": 740}, "light"), "desk": ({"width": 1280, "height": 800}, "dark")}
SHOWN = "pump 7 has 42 starts"


@dataclass
class Person:
    """Somebody signed in at the console; whatever their browser complains about fails the journey."""

    plant: Plant
    id: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        await self.page.goto(self.plant.url + path)

    async def look(self, what: str) -> None:
        """At both sizes and in both colour schemes: pictures, nothing too wide, nothing that axe minds."""
        before = self.page.viewport_size
        assert before is not None
        for name, (size, scheme) in SIZES.items():
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            await self.page.set_viewport_size(size)  # type: ignore[arg-type]
            await look_at(self.page, f"real-{name}-{self.id}-{what}")
        await self.page.set_viewport_size(before)


@asynccontextmanager
async def signed_in(browser: Browser, plant: Plant, person: str, size: str) -> AsyncIterator[Person]:
    """The person's own browser, signed in with password and one-time code."""
    viewport, _scheme = SIZES[size]
    context = await browser.new_context(ignore_https_errors=True, viewport=viewport)  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(20_000)
    one = Person(plant, person, context, page)
    page.on(
        "console",
        lambda said: one.complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    await one.go("/sign-in")
    if person == "ana":
        await one.look("sign-in")
    await page.fill("[name=person]", person)
    await page.fill("[name=password]", plant.person(person)["password"])
    await page.fill("[name=code]", await plant.code(person))
    await page.click("form button")
    await page.wait_for_selector("nav.tabs")
    try:
        yield one
    finally:
        await context.close()
    assert one.complaints == []


async def test_a_vendor_visit_from_the_request_to_the_case_file(tmp_path: Path, browser: Browser) -> None:
    async with demonstration(tmp_path) as plant:
        permit = await _ask(browser, plant)
        await _approve(browser, plant, permit)
        session = await _work_until_stopped(browser, plant)
        await _examine(browser, plant, session)


async def _ask(browser: Browser, plant: Plant) -> str:
    async with signed_in(browser, plant, "ana", "phone") as ana:
        await ana.look("no-permit-yet")
        await ana.go("/request")
        await ana.look("where")
        await ana.page.click("a:has-text('Engineering station 1')")
        await ana.page.check("[name=grant][value=shell]")
        await ana.page.fill("[name=purpose]", "Replace the drive profile on pump 7")
        await ana.page.fill("[name=work_order]", "WO-4711")
        await ana.look("what")
        await ana.page.click("text=Go on")
        await ana.page.wait_for_selector("#verdict.notice.good")
        await ana.look("ask")
        await ana.page.click("form.ask button:has-text('Ask')")
        await ana.page.wait_for_selector(".sheet")
        assert "waiting for P. Vos" in await ana.page.inner_text(".standing")
        assert f"ssh -p {plant.told['ssh']['port']} ana+eng-ws-1@" in await ana.page.inner_text(".commands")
        await ana.look("waiting")
        return ana.page.url.rpartition("/")[2]


async def _approve(browser: Browser, plant: Plant, permit: str) -> None:
    async with signed_in(browser, plant, "petra", "phone") as petra:
        await add_security_key(petra.context, petra.page)
        await petra.go("/passkeys")
        await petra.page.click("text=Register a passkey")
        await petra.page.wait_for_selector("output.fingerprint")
        await petra.look("passkey-pending")
        fingerprint = (await petra.page.inner_text("output.fingerprint")).strip()
        await plant.enrol("petra", fingerprint)
        await petra.go("/passkeys")
        await petra.look("passkey-enrolled")
        await petra.page.click(".me > summary")
        await petra.page.click("text=Sign out")
        await petra.page.click("text=Sign in with a passkey")
        await petra.page.wait_for_selector("nav.tabs")
        await petra.go("/queue")
        await petra.look("queue")
        await petra.page.click(f"li.permit a[href$='{permit}']")
        await petra.page.wait_for_selector(".decide")
        for said in ("Ana Ferreira", "Brightwater Drives", "Replace the drive profile on pump 7"):
            assert await petra.page.is_visible(f".sheet >> text={said}")
        await petra.look("sheet")
        assert not await petra.page.is_visible("#typed")  # SL-T 2: no name to type
        await petra.page.click("button:has-text('Approve')")
        await petra.page.wait_for_selector(".approvals >> text=by passkey")
        await petra.look("approved")


async def _work_until_stopped(browser: Browser, plant: Plant) -> str:
    """Ana types in a stock ssh client until milo, who watches, stops her; the session's id."""
    client = await plant.client("ana")
    ssh = await asyncio.create_subprocess_exec(
        *client.command("ana+eng-ws-1", "-tt"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=client.environment(),
        start_new_session=True,
    )
    assert ssh.stdin is not None
    assert ssh.stdout is not None
    seen = bytearray()
    try:
        ssh.stdin.write(b"clear; echo pump 7 has $((40 + 2)) starts\n")
        async with asyncio.timeout(40):
            while SHOWN.encode() not in seen:
                seen += await ssh.stdout.read(4096)
                assert not ssh.stdout.at_eof(), seen
        async with signed_in(browser, plant, "milo", "phone") as milo:
            await milo.go("/sessions")
            live = milo.page.locator("ul.live > li", has_text="Ana Ferreira")
            await live.wait_for()
            await milo.look("live")
            session = str(await live.locator("form[action$='/stop']").get_attribute("action")).split("/")[2]
            await live.locator("summary:has-text('Stop')").click()
            await live.locator("button:has-text('End it now')").click()
            await milo.page.wait_for_selector("text=Nobody is connected")
            await milo.look("nobody-live")
        async with asyncio.timeout(10):
            _out, told = await ssh.communicate()
        assert ssh.returncode not in {0, 255}
        assert b"The plant ended this session" in told
    finally:
        with suppress(ProcessLookupError):
            ssh.kill()
        await ssh.wait()
    return session


async def _examine(browser: Browser, plant: Plant, session: str) -> None:
    async with signed_in(browser, plant, "iris", "desk") as iris:
        async with asyncio.timeout(20):
            while not any(one["end"] != "open" for one in await plant.here("evidence", "list")):
                await asyncio.sleep(0.2)
        await iris.go("/evidence")
        await iris.look("evidence")
        await iris.page.click(f"a[href='/evidence/sessions/{session}'] >> nth=0")
        await iris.page.wait_for_selector("text=From request to recording")
        await iris.look("session")
        await iris.page.click("text=Replay shell")
        await iris.page.wait_for_selector(".ap-player")
        await iris.page.click(".ap-overlay-start, .ap-playback-button")
        await iris.page.wait_for_selector(f".ap-term >> text={SHOWN}")
        await iris.look("replay")
        await iris.page.go_back()
        await iris.page.click("button:has-text('Verify')")
        await iris.page.wait_for_selector(".verification .verdict:has-text('PASS')")
        passed = await iris.page.locator(".verification ol > li .tag.good:text-is('PASS')").count()
        assert passed == await iris.page.locator(".verification ol > li").count()
        await iris.look("verified")
        async with iris.page.expect_download() as download:
            await iris.page.click("text=Case file")
        case = plant.scratch / "case.zip"
        assert (await download.value).suggested_filename == f"penstock-case-{session}.zip"
        await (await download.value).save_as(case)
    report = await _verified_elsewhere(case, plant.folder / "keys" / "ledger.vkey")
    assert report["verdict"] == "PASS"
    assert [step["verdict"] for step in report["steps"]] == ["PASS"] * passed


async def _verified_elsewhere(case: Path, key: Path) -> dict:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recorder", "verify", str(case), "--key", str(key), "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)

"""The holder's and the auditor's browser: real Chromium, a security key that verifies its owner."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.journeys.browsing import CHROMIUM, FLAGS
from tests.tour.plant import Plant

PICTURES = Path(__file__).parents[2] / ".artefacts" / "tour"
SECURITY_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def signed_in(browser: Browser, plant: Plant, person: str) -> AsyncIterator[Page]:
    """The person's telephone, signed in at the console with password and code."""
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    page.set_default_timeout(20_000)
    line = await context.new_cdp_session(page)
    await line.send("WebAuthn.enable")
    await line.send("WebAuthn.addVirtualAuthenticator", {"options": SECURITY_KEY})
    await page.goto(f"{plant.url}/sign-in")
    await page.fill("[name=person]", person)
    await page.fill("[name=password]", plant.person(person)["password"])
    await page.fill("[name=code]", await plant.code(person))
    await page.click("form button")
    await page.wait_for_selector("nav.tabs")
    try:
        yield page
    finally:
        await context.close()


async def enrol_passkey(page: Page, plant: Plant, person: str) -> str:
    """Register a passkey, have its fingerprint enrolled on the plant's own machine; the fingerprint."""
    await page.goto(f"{plant.url}/passkeys")
    await page.click("text=Register a passkey")
    await page.wait_for_selector("output.fingerprint")
    await look(page, "passkey")
    fingerprint = (await page.inner_text("output.fingerprint")).strip()
    await plant.enrol(person, fingerprint)
    return fingerprint


async def approve_by_passkey(page: Page, plant: Plant, permit: str) -> None:
    """Read the permit's sheet and sign it."""
    await page.goto(f"{plant.url}/permits/{permit}")
    await page.wait_for_selector(".decide")
    if await page.is_visible("#typed"):  # a zone of SL-T 3 wants a deliberate yes
        await page.fill("#typed", await page.inner_text("label.typed code"))
    await look(page, "sheet")
    await page.click("button:has-text('Approve')")
    await page.wait_for_selector(".approvals")


async def look(page: Page, what: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{what}.png")

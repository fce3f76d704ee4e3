"""Signing in by the plant's identity provider in a real browser, with a real provider, and signing out of both."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route

from tests.clock import FrozenClock
from tests.journeys.browsing import Site, needs_browser, open_site
from tests.provider.real import RealProvider, needs_provider, real_provider

pytestmark = [needs_browser, needs_provider, pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, browser: Browser) -> AsyncIterator[Site]:
    """A console of now: the provider's tokens are."""
    async with open_site(tmp_path, FrozenClock(datetime.now(UTC)), browser) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def real(site: Site) -> AsyncIterator[RealProvider]:
    async with real_provider(site.origin) as provider:
        provider.to(site.house)
        site.house.charter = provider.charter(site.house.clock.now(), petra="00u1-petra")
        yield provider


async def here_only(route: Route) -> None:
    """The provider's pages want a font from elsewhere; nothing leaves this machine."""
    inside = route.request.url.startswith(("https://localhost:", "http://127.0.0.1:", "data:"))
    await (route.continue_() if inside else route.abort())


async def test_somebody_signs_in_by_the_provider_and_out_of_both(site: Site, real: RealProvider) -> None:
    async with site.visit("provider", width=360, height=740, scheme="light") as petra:
        petra.expected = ("fonts.googleapis.com", "net::ERR_FAILED", "status of 401", "status of 403")
        await petra.context.route("**/*", here_only)
        page = petra.page
        await petra.go("/queue")
        await petra.look("sign-in")
        await page.click("button:has-text('Sign in with Plant ID')")
        await page.fill("[name=login]", "00u1-petra")
        await page.fill("[name=password]", "any")
        await page.click("button[type=submit]")
        await page.wait_for_selector("nav.tabs")
        assert page.url == f"{site.origin}/queue", "where they wanted to go, with the strict cookie"
        await petra.go("/sign-ins")
        await page.wait_for_selector("text=the identity provider")
        await page.click("details.me summary")
        await page.click("button:has-text('Sign out')")
        await page.click("button[name=logout]")
        await page.wait_for_url(f"{site.origin}/sign-in")
        assert site.house.events("SignedOut")[-1]["person"] == "petra"
        # and the provider asks again who it is; this plant does not know them
        await page.click("button:has-text('Sign in with Plant ID')")
        await page.fill("[name=login]", "petra@riverside.example")
        await page.fill("[name=password]", "any")
        await page.click("button[type=submit]")
        await page.wait_for_selector("text=unknown_subject")
        await page.wait_for_selector("text=Olga Brandt")
        await petra.look("unknown")
    assert real.process.returncode is None

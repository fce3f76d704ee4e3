"""Asking and approving on a phone: how much there is to press and to read, kept so that it does not grow back."""

import re

import pytest

from domain.permit import PermitState
from tests.journeys.browsing import Site, needs_browser
from tests.journeys.test_pages import known
from tests.journeys.walking import WORDS, Walk

pytestmark = [needs_browser, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844, "scheme": "light"}
PURPOSE = "Tune pump 7 drive"

VENDOR_TAPS, VENDOR_WORDS = 3, 80
"""The asset, the purpose, and ask: two screens of together so many words."""

HOLDER_TAPS, HOLDER_WORDS = 3, 120
"""The row, the code's field, and approve: two screens."""


async def test_a_request_and_its_approval_take_few_taps_and_few_words(site: Site) -> None:
    """A newcomer reads 240 words a minute: what stands on both ways together, read whole, takes one."""
    async with site.visit("corridor-ana", **PHONE) as ana:
        await known(ana, "ana")
        await ana.go("/")
        way = Walk(ana.page)
        assert "Engineering station 1" in await way.read(), "whoever has no permit begins where one asks"
        await ana.look("where")
        await way.tap("a:has-text('Engineering station 1')")
        await ana.page.wait_for_selector("form.ask")
        await way.read()
        await ana.look("what")
        await way.type("purpose", PURPOSE)
        await way.tap(".thumb button:text-is('Ask')")
        await ana.page.wait_for_url(re.compile("/permits/"))
        answer = " ".join(await ana.page.evaluate(WORDS))
        for said in ("Asked.", PURPOSE, "waiting for P. Vos, until", "This page changes once it is decided"):
            assert said in answer, (said, answer)
        await ana.look("asked")
        assert (way.taps, way.characters) <= (VENDOR_TAPS, len(PURPOSE))
        assert way.words <= VENDOR_WORDS, (way.words, [" ".join(one) for one in way.stops])
    async with site.visit("corridor-petra", **PHONE) as petra:
        await known(petra, "petra")
        await petra.go("/")
        way = Walk(petra.page)
        assert PURPOSE in await way.read()
        await petra.look("queue")
        await way.tap(".permit.mine a")
        await petra.page.wait_for_selector(".sheet")
        shown = await way.read()
        for said in ("Ana Ferreira", "Brightwater", PURPOSE, "stops the pumping station", "View", "Terminal"):
            assert said in shown, (said, shown)
        before = await petra.page.evaluate("scrollY")
        await way.type("code", site.house.code("petra"))
        assert await petra.page.evaluate("scrollY") == before, "whoever decides stays where they read"
        await way.tap("#by-code button")
        await petra.page.wait_for_selector(".state-approved")
        await petra.look("approved")
        assert (way.taps, way.characters) <= (HOLDER_TAPS, 6)
        assert way.words <= HOLDER_WORDS, (way.words, [" ".join(one) for one in way.stops])
    (filed,) = await site.house.approvals.filed_of("ana", most=2)  # type: ignore[arg-type]
    assert filed.state is PermitState.APPROVED


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without one"])
async def test_what_is_left_out_is_said_where_it_is_filled_in(site: Site, script: bool) -> None:
    async with site.visit(f"left-out-{'script' if script else 'plain'}", **PHONE) as ana:
        await known(ana, "ana")
        if not script:
            await ana.context.route("**/*.js", lambda route: route.abort())
        ana.expected = ("Failed to load resource",)
        await ana.go("/request?way=eng-ws-1/dmz-operations")
        await ana.page.fill("[name=purpose]", PURPOSE)
        await ana.page.click("details.more > summary")
        await ana.page.uncheck("[name=grant][value=shell]")
        await ana.page.click(".thumb button:text-is('Ask')")
        await ana.page.wait_for_selector("#grant .fault")
        await ana.page.wait_for_selector("[name=grant]:focus")
        assert "Tick at least one way of working." in " ".join(await ana.page.evaluate(WORDS))
        assert await ana.page.get_attribute(".notice.bad a", "href") == "#grant"
        await ana.look("form")
        await ana.page.check("[name=grant][value=shell]")
        assert not await ana.page.locator("[name=until]").is_visible()
        await ana.page.check("[name=for][value=other]")
        await ana.page.fill("[name=until]", "")
        await ana.page.click(".thumb button:text-is('Ask')")
        await ana.page.wait_for_selector(".when .fault")
        await ana.page.wait_for_selector("[name=from]:focus")

"""A plant manager who reads German, on a phone: switches the language by hand, and finds each page fit to be seen."""

from pathlib import Path

import pytest

from broker.console.pages import LANGUAGE_COOKIE
from tests.broker.console.busy import busy
from tests.journeys.browsing import Site, look_at, needs_browser
from tests.journeys.test_pages import ROUND, known

LOOKED_AT = frozenset(
    {"sign-in", "request", "own-sheet", "queue", "sheet", "plant", "sessions", "attend", "voids", "session"}
)
"""Where people ask, decide, watch and stop. Long words break a narrow page; German has the longest."""


@needs_browser
@pytest.mark.timeout(200)
async def test_the_pages_that_people_decide_on_are_fit_to_be_seen_in_german(
    site: Site, tmp_path: Path
) -> None:
    places = await busy(site.house, tmp_path)
    async with site.visit("german", width=360, height=740, scheme="light") as visit:
        await known(visit, "petra")
        await visit.go("/queue")
        assert await visit.page.get_attribute("html", "lang") == "en"
        await visit.page.click("details.me > summary")
        await visit.page.click("button[lang=de]")
        await visit.page.wait_for_selector("html[lang=de]")
        assert visit.page.url == f"{visit.origin}/queue"
        await look_at(visit.page, "german-phone-switched")
        for stop in ROUND:
            if stop.what not in LOOKED_AT:
                continue
            await visit.leave()
            if stop.person:
                await known(visit, stop.person)
            chosen = {"name": LANGUAGE_COOKIE, "value": "de", "url": visit.origin, "secure": True}
            await visit.context.add_cookies([chosen])  # type: ignore[list-item]
            await visit.go(stop.route.format_map(places) + stop.query)
            for part in stop.open and await visit.page.locator(stop.open).all():
                await part.evaluate("one => { one.open = true }")
            await look_at(visit.page, f"german-phone-{stop.what}")

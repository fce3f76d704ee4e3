"""The void report on a phone and on a desk: a lapsed right, an heir who attests, and the matrix under it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import PersonId
from domain.window import TimeWindow
from tests.journeys.browsing import Site, needs_browser, screens
from tests.policies.plant import charter, charter_with

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("screen", screens("phone"))
async def test_an_heir_reads_the_report_and_attests_what_they_took_over(site: Site, screen: dict) -> None:
    """J01, J03: who is named, since when, and until when it stands."""
    house = site.house
    since = house.clock.now() - timedelta(days=40)
    connect, identity, *others = charter().register
    house.charter = charter_with(
        holdings=(
            replace(connect, window=TimeWindow(connect.window.start, since)),
            replace(connect, holder=PersonId("milo"), window=TimeWindow(since, connect.window.end)),
            replace(identity, deputy=None),
            *others,
        )
    )
    name = f"{'phone' if screen['width'] == 360 else 'desk'}-voids"
    async with site.visit(name, **screen) as milo:
        await milo.sign_in("milo")
        await milo.go("/voids")
        assert await milo.page.is_visible("text=overdue attestation")
        assert await milo.page.is_visible("text=single point")
        await milo.look("report")
        await milo.page.fill("[name=code]", house.code("milo"))
        await milo.page.click("text=I answer for it")
        await milo.page.wait_for_selector("text=Every right has a holder")
        await milo.look("attested")
        await milo.page.emulate_media(media="print")
        assert not await milo.page.is_visible("nav.tabs")
        assert await milo.page.is_visible("table.matrix")

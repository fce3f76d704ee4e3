"""The board's page on paper, and the way from a number down to the leaf."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.broker.console.assurance.test_routes import evidence
from tests.broker.console.busy import busy
from tests.journeys.browsing import Site, look_around, needs_browser
from tests.journeys.test_pages import known

PAGE = re.compile(rb"/Type\s*/Page[^s]")


@needs_browser
@pytest.mark.timeout(120)
async def test_the_boards_page_is_one_printed_side(site: Site, tmp_path: Path) -> None:
    """S-09: one side of A4, on a day when a lot is wrong; and each number leads down to its leaf."""
    await evidence(site.house)
    await busy(site.house, tmp_path)
    async with site.visit("board", width=1100, height=900, scheme="light") as visit:
        await known(visit, "iris")
        await visit.go("/assurance?zone=operations")
        await visit.page.click("a:text-is('BC-04')")
        await visit.page.wait_for_url("**/controls/BC-04?*")
        assert "What it rests on" in await visit.page.inner_text("main")
        await visit.page.click("main a[href^='/evidence/sessions/'] >> nth=0")
        await visit.page.wait_for_url("**/evidence/sessions/*")
        site.house.clock.advance(timedelta(days=200))
        await known(visit, "iris")
        await visit.go("/assurance/board")
        await look_around(visit.page, "page", "board")
        paper = await visit.page.pdf(
            format="A4", path=tmp_path / "board.pdf", margin={"top": "1cm", "bottom": "1cm"}
        )
        assert len(PAGE.findall(paper)) == 1

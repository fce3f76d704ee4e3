"""A recorded screen in an auditor's browser: the viewer that draws live ones draws it, in the vendor's own colours."""

from pathlib import Path

import pytest

from tests.broker.console.busy import busy
from tests.journeys.browsing import Site, look_around, needs_browser
from tests.journeys.test_pages import known

DRAWN = """() => {
  const canvas = document.querySelector("#screen canvas");
  if (!canvas || !canvas.width) return null;
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const at = (x, y) => [...copy.getImageData(x, y, 1, 1).data].slice(0, 3).join();
  return [canvas.width, canvas.height, at(2, 2), at(10, 10)].join(" ");
}"""


@needs_browser
@pytest.mark.timeout(300)
async def test_a_recorded_screen_is_drawn_at_the_moment_that_is_asked_for(site: Site, tmp_path: Path) -> None:
    """G03: orange as its viewer's pixels said it, then a part of it green; once played, and once by going there."""
    places = await busy(site.house, tmp_path)
    async with site.visit("screen", width=360, height=740, scheme="dark") as visit:
        await known(visit, "iris")
        await visit.go("/evidence/sessions/{session}/screen/{screen}".format_map(places))
        shown = lambda: visit.page.evaluate(DRAWN)  # noqa: E731
        await visit.page.locator("#screen-plays").click()
        await visit.page.locator("#screen[data-over]").wait_for(state="attached")
        assert await shown() == "64 48 20,40,200 40,200,20"
        await visit.page.locator("#screen-at").fill("0")
        await visit.page.locator("#screen[data-over]").wait_for(state="detached")
        async with visit.page.expect_download() as taken:
            await visit.page.locator("#screen-at").fill("1")
            await visit.page.locator("#screen[data-shown='400']").wait_for()
            assert await shown() == "64 48 20,40,200 40,200,20"
            await visit.page.locator("#screen-picture").click()
        assert (await (await taken.value).path()).read_bytes().startswith(b"\x89PNG")
        await look_around(visit.page, "screen", "replayed")

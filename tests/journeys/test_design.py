"""How pages behave in hands: on a phone's one screen, by keyboard alone, without any script."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from domain.ids import ConduitId
from domain.plant import Outflow
from tests.broker.console.busy import busy
from tests.journeys.browsing import Site, Visit, needs_browser
from tests.journeys.test_pages import known
from tests.policies.plant import charter, charter_with

pytestmark = [needs_browser, pytest.mark.timeout(300)]

MOST_STOPS = 150
"""More than any page here has; who is still walking then is caught."""

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    key: [...document.querySelectorAll("*")].indexOf(one),
    what: `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 40)}`,
    // Of a field for a date the browser draws the focus on its parts by itself.
    seen: one.matches("input[type^=date]") || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none",
    inView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
  };
}"""

REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter(one => one.checkVisibility({ checkOpacity: true }) && !one.disabled
    && !(one.type === "radio" && !one.checked) && one.getBoundingClientRect().width > 1)
  .map(one => [[...document.querySelectorAll("*")].indexOf(one), `${one.tagName} ${one.textContent.trim().slice(0, 40)}`])"""


async def walked(visit: Visit) -> list[dict]:
    """Everything that Tab stops at, from the top until it leaves the page."""
    found: list[dict] = []
    for _ in range(MOST_STOPS):
        await visit.page.keyboard.press("Tab")
        one = await visit.page.evaluate(FOCUSED)
        if one is None or (found and one["key"] == found[0]["key"]):
            return found
        found.append(one)
    pytest.fail(f"the keyboard never leaves {visit.page.url}: {[one['what'] for one in found[-5:]]}")


PAGES = (
    ("petra", "/queue"),
    ("petra", "/permits/{permit}"),
    ("petra", "/calendar"),
    ("milo", "/plant"),
    ("iris", "/evidence"),
    ("ana", "/request?way=eng-ws-1/dmz-operations"),
)


async def test_every_control_is_reached_by_the_keyboard_is_seen_and_lets_go(
    site: Site, tmp_path: Path
) -> None:
    places = await busy(site.house, tmp_path)
    async with site.visit("keyboard", width=1280, height=800, scheme="light") as visit:
        for person, path in PAGES:
            await visit.leave()
            await known(visit, person)
            await visit.go(path.format_map(places))
            stops = await walked(visit)
            assert stops[0]["what"].startswith("A skip"), (path, stops[0])
            assert not [one["what"] for one in stops if not one["seen"]], path
            assert not [one["what"] for one in stops if not one["inView"]], path
            reached = {one["key"] for one in stops}
            missed = [what for key, what in await visit.page.evaluate(REACHABLE) if key not in reached]
            assert not missed, (path, missed)
            await visit.page.focus("a.skip")
            await visit.page.keyboard.press("Enter")
            assert visit.page.url.endswith("#main")


async def test_what_a_holder_decides_by_is_on_one_screen_of_a_phone(site: Site) -> None:
    """Who, what, where, the state, what could go wrong and what was before; and who else, where another must agree."""
    read = ("h1", ".asks", ".crossing", ".risk", ".past")
    way = charter().conduits[ConduitId("dmz-operations")]
    leaving = charter_with(
        conduits={**charter().conduits, way.id: replace(way, data_out=frozenset({Outflow.SFTP}))}
    )
    async with site.visit("one-screen", width=390, height=844, scheme="light") as petra:
        await petra.sign_in("petra")
        for by, parts in (("alone", read), ("with-another", (*read, ".deciders"))):
            permit = await site.house.ask()
            await petra.go(f"/permits/{permit.id}")
            buttons = await petra.page.locator(".decide").bounding_box()
            assert buttons is not None
            assert buttons["y"] + buttons["height"] <= 844
            for part in parts:
                shown = petra.page.locator(part).first
                assert await shown.is_visible(), part
                box = await shown.bounding_box()
                assert box is not None, part
                assert box["y"] + box["height"] <= buttons["y"] + 1, (
                    f"{part} is under the buttons or below them"
                )
            assert await petra.page.is_visible(".deciders") == (".deciders" in parts)
            await petra.look(f"sheet-{by}")
            site.house.charter = leaving


async def test_a_vendor_checks_first_and_asks_without_any_script(site: Site) -> None:
    async with site.visit("no-script", width=390, height=844, scheme="light") as ana:
        await known(ana, "ana")
        await ana.context.route("**/*.js", lambda route: route.abort())
        ana.expected = ("Failed to load resource",)
        await ana.go("/request")
        await ana.page.click("a:has-text('Engineering station 1')")
        await ana.page.fill("[name=purpose]", "Tune the drives")
        await ana.page.click("details.more > summary")
        await ana.page.check("[name=grant][value=shell]")
        await ana.page.click("text=Check first")
        await ana.page.click("text=Change")
        assert await ana.page.input_value("[name=purpose]") == "Tune the drives"
        assert await ana.page.is_checked("[name=grant][value=shell]")
        await ana.page.click("text=Check first")
        await ana.page.click("button:has-text('Ask')")
        await ana.page.wait_for_url(re.compile("/permits/"))
        assert "P. Vos" in await ana.page.inner_text(".standing")
        assert "since" in await ana.page.inner_text(".ladder")
        assert "ssh -p 2222" in await ana.page.inner_text(".commands")

"""The zone map as somebody at the plant sees it: drawn, walked by keyboard, and kept up to date."""

import html
import json

import pytest

from tests.journeys.browsing import Site, needs_browser, screens
from tests.journeys.test_pages import known
from tests.policies.plant import charter
from tests.policies.water import water

pytestmark = [needs_browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("screen", screens("phone"))
async def test_s34_the_map_shows_who_crosses_and_what_is_closed(site: Site, screen: dict) -> None:
    """S-34: a live zone map with open conduits and who is in them."""
    permit = await site.house.ask()
    destination = charter().conduits[permit.conduit].destination
    name = "phone" if screen["width"] == 360 else "desk"
    async with site.visit(f"{name}-map", **screen) as milo:
        await milo.sign_in("milo")
        await milo.go("/map")
        await milo.page.wait_for_selector(".map svg")
        zones, conduits = milo.page.locator(".map a.zone"), milo.page.locator(".map a.conduit")
        assert await zones.count() == len(charter().zones)
        assert await conduits.count() == len(charter().conduits)
        await milo.look("calm")

        site.house.go_live(permit)
        await milo.page.wait_for_selector(f'.map a.live[href="#conduit-{permit.conduit}"]')
        await milo.page.wait_for_selector(f"#conduit-{permit.conduit} >> text=1 live")
        await milo.look("live")

        await zones.first.focus()
        here = await milo.page.evaluate("document.activeElement.getAttribute('href')")
        await milo.page.keyboard.press("Enter")
        assert milo.page.url.endswith(here)
        assert await milo.page.is_visible(f"{here}:target")

        await site.house.watch(
            {"do": "isolate", "scope": f"zone:{destination}", "by": "milo", "reason": "Smoke"}
        )
        await milo.page.wait_for_selector(f'.map a.closed[href="#zone-{destination}"]')
        await milo.page.wait_for_selector(f"#zone-{destination} >> text=closed")
        await milo.page.click("[data-map-size]")
        await milo.look("closed")


def large_plan() -> dict:
    """Sixty zones on three sites: each level leads to the next, and the sites' uppermost to one another."""
    levels = ["4", "3.5", "3", "2", "1"]
    sites = [{"id": f"site-{at}", "name": f"Water works {at}"} for at in range(3)]
    zones = [
        {
            "id": f"zone-{at}",
            "name": f"Treatment train {at}",
            "site": f"site-{at % 3}",
            "level": levels[at // 3 % 5],
        }
        | {
            "safety": at % 15 == 14,
            "dmz": at // 3 % 5 == 1,
            "state": "Running",
            "closed": at == 7,
            "voids": at % 4,
            "live": 0,
        }
        for at in range(60)
    ]
    ways = [(at, at + 3) for at in range(57) if at // 3 % 5 != 4] + [(0, 1), (1, 2), (3, 17), (4, 33)]
    conduits = [
        {
            "id": f"way-{start}-{end}",
            "name": f"Way {start} to {end}",
            "from": f"zone-{start}",
            "to": f"zone-{end}",
        }
        | {"closed": False, "voids": 0, "live": start % 5}
        for start, end in ways
    ]
    return {"sound": True, "sites": sites, "zones": zones, "conduits": conduits}


CROWDED = """() => {
  const boxes = [...document.querySelectorAll(".map a.zone")].map((one) => one.getBoundingClientRect());
  const over = boxes.filter((a, at) => boxes.some((b, other) => at < other &&
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
  const out = [...document.querySelectorAll(".map a.zone")].filter((one) => {
    const box = one.querySelector(".box").getBoundingClientRect();
    return [...one.querySelectorAll("text")].some((text) => text.getBoundingClientRect().right > box.right);
  }).length;
  const small = Math.min(...[...document.querySelectorAll(".map .name")].map((one) => one.getBoundingClientRect().height));
  return { over, out, small };
}"""


WIDE = "document.querySelector('.map svg').getBoundingClientRect().width"


async def test_sixty_zones_stay_legible(site: Site) -> None:
    async with site.visit("desk-map-large", width=1600, height=1000, scheme="light") as milo:
        plan = large_plan()
        words = f'<div data-zone-plan="{html.escape(json.dumps(plan))}" hidden></div>'
        # The console's own answer, but of a larger plant than the test charter's.
        await milo.page.route("**/map/now", lambda route: route.fulfill(body=words, content_type="text/html"))
        await milo.sign_in("milo")
        await milo.go("/map")
        await milo.page.wait_for_selector(f".map a.zone >> nth={len(plan['zones']) - 1}")
        assert await milo.page.locator(".map a.conduit .line").count() >= len(plan["conduits"])
        crowded = await milo.page.evaluate(CROWDED)
        assert crowded["over"] == 0, "two zones lie on one another"
        assert crowded["out"] == 0, "a zone's words stick out of its box"
        assert crowded["small"] >= 12, "the names are too small to read"
        await milo.look("sixty")


async def test_a_utility_is_legible_as_a_whole_and_near_by(site: Site) -> None:
    """S-34: twenty-four zones on three sites, of which most stand behind one DMZ."""
    site.house.charter = water()
    async with site.visit("desk-map-utility", width=1280, height=900, scheme="light") as reader:
        await known(reader, "bas")
        await reader.go("/map")
        await reader.page.wait_for_selector(f".map a.zone >> nth={len(water().zones) - 1}")
        near = await reader.page.evaluate(CROWDED)
        assert (near["over"], near["out"]) == (0, 0)
        assert near["small"] >= 11
        before = await reader.page.evaluate(WIDE)
        await reader.page.click("[data-map-larger]")
        assert await reader.page.evaluate(WIDE) > before
        await reader.page.click("[data-map-size]")
        whole = await reader.page.evaluate(CROWDED)
        assert (whole["over"], whole["out"]) == (0, 0)
        assert whole["small"] >= 9, "from far away a zone is its name, and that can be read"
        assert await reader.page.evaluate(
            "(one => one.scrollWidth <= one.clientWidth)(document.querySelector('.map-view'))"
        )
        await reader.look("whole")
        await reader.page.click("[data-map-size]")
        assert await reader.page.evaluate(WIDE) == before


async def test_the_drawing_keeps_its_places_and_what_is_focused_when_it_is_drawn_anew(site: Site) -> None:
    permit = await site.house.ask()
    places = "[...document.querySelectorAll('.map a.zone')].map(one => one.getAttribute('transform'))"
    async with site.visit("desk-map-again", width=1280, height=800, scheme="light") as milo:
        await milo.sign_in("milo")
        await milo.go("/map")
        await milo.page.wait_for_selector(".map svg")
        before = await milo.page.evaluate(places)
        await milo.page.locator(".map a.zone").nth(1).focus()
        focused = await milo.page.evaluate("document.activeElement.getAttribute('href')")
        site.house.go_live(permit)
        await milo.page.wait_for_selector(".map a.conduit.live")
        assert await milo.page.evaluate(places) == before
        assert await milo.page.evaluate("document.activeElement.getAttribute('href')") == focused

import html
import json
import re
from typing import Any

import httpx2

from tests.broker.console.house import House
from tests.policies.plant import charter


def drawn(answer: httpx2.Response) -> Any:
    """What the page's script draws from."""
    found = re.search(r'data-zone-plan="([^"]*)"', answer.text)
    assert found
    return json.loads(html.unescape(found[1]))


async def test_the_tables_say_everything_that_the_picture_does(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with await house.sign_in("milo") as milo:
        answer = await milo.get("/map")
        text = html.unescape(answer.text)
        plan = drawn(answer)
        assert [one["id"] for one in plan["conduits"] if one["live"]] == [permit.conduit]
        for one in (*plan["zones"], *plan["conduits"]):
            assert one["name"] in text
        assert 'id="conduit-' + permit.conduit in text
        assert "1 live" in text


async def test_the_map_refreshes_by_the_same_words_without_the_page_around_it(house: House) -> None:
    async with await house.sign_in("iris") as iris:
        whole, part = await iris.get("/map"), await iris.get("/map/now")
        assert drawn(whole) == drawn(part)
        assert "<html" not in part.text


async def test_a_silent_watchdog_is_said_and_no_zone_is_called_running(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("milo") as milo:
        answer = await milo.get("/map")
        assert "The watchdog does not answer" in answer.text
        assert answer.text.count(">Not known<") == len(charter().zones)
        assert "Nobody in it" not in answer.text


async def test_a_vendor_does_not_see_how_the_plant_is_built(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        assert (await ana.get("/map")).status_code == 403
        assert (await ana.get("/map/now")).status_code == 403
        assert 'href="/map"' not in (await ana.get("/permits")).text

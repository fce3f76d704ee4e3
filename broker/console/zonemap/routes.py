"""The zone map: the charter's zones and conduits as a picture and as tables, with who is in them now."""

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import Desk, desk_of
from broker.console.guard import visitor_of
from broker.console.pages import fragment, page
from broker.console.route import page_router
from broker.console.zonemap.picture import Observed, ZoneMap, document, zone_map
from policies.charter.void import voids

router = page_router()


@router.get("/map")
async def show(request: Request) -> Response:
    """The whole page: the picture, and the same as two tables."""
    plan = await plan_of(desk_of(request))
    return await page(request, "zonemap/map.html", visitor_of(request), plan=plan, drawn=document(plan))


@router.get("/map/now")
async def now(request: Request) -> Response:
    """The tables alone, with what the picture is drawn from, for the page that looks by itself."""
    plan = await plan_of(desk_of(request))
    return fragment(request, "zonemap/now.html", visitor_of(request), plan=plan, drawn=document(plan))


async def plan_of(desk: Desk) -> ZoneMap:
    """The picture as of now."""
    charter = desk.parts.charter()
    held = await desk.interlocks()
    seen = Observed(
        sound=held.sound,
        states={str(zone): state for zone, state in held.states.items()},
        isolated=frozenset(held.isolated),
        crossing=tuple(str(view.get("conduit")) for view in held.sessions),
        voids=tuple(way for one in voids(charter, desk.parts.clock.now()) for way in one.affects),
    )
    return zone_map(charter, seen)

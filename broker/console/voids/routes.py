"""The void report: where nobody may decide, so that everything is refused."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.guard import guard, visitor_of
from broker.console.pages import page
from policies.charter.charter import Charter
from policies.charter.void import voids

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

AHEAD = timedelta(days=30)
"""How early a right that will lapse is told: time enough to name somebody."""


@router.get("/voids")
async def show(request: Request) -> Response:
    """The voids of this instant, and those that come within a month when nobody acts."""
    desk = desk_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    today = voids(charter, now)
    open_already = {(one.right, one.conduit) for one in today}
    coming = [one for one in voids(charter, now + AHEAD) if (one.right, one.conduit) not in open_already]
    return await page(
        request,
        "voids/voids.html",
        visitor_of(request),
        today=today,
        coming=coming,
        holdings=[one for one in charter.holdings if one.window.contains(now)],
        names=_names(charter),
        days=AHEAD.days,
    )


def _names(charter: Charter) -> dict[str, str]:
    """What each boundary is called, by its id."""
    conduits = {str(one.id): one.name for one in charter.conduits.values()}
    zones = {str(one.id): f"Zone {one.name}" for one in charter.zones.values()}
    sites = {str(one.id): one.name for one in charter.sites.values()}
    return conduits | zones | sites | {str(charter.organisation.id): charter.organisation.name}

"""The calendar: who is to work on what and when, for a day or a week, and what stands against it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from broker.console import words
from broker.console.calendar.board import board, span_of
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.roles import sees_permit
from broker.console.route import page_router
from domain.ids import AssetId
from policies.charter.charter import Charter

router = page_router()

WEEK = 7
FARTHEST = timedelta(days=3660)
"""Dates beyond are somebody's typing; the page then shows today."""


@router.get("/calendar")
async def show(request: Request, of: str = "", day: str = "", span: str = "day") -> Response:
    """The board of one asset, one zone, or everything, from a day on; what can't be read means today, or everything."""
    desk, visitor = desk_of(request), visitor_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    zone = ZoneInfo(charter.organisation.time_zone)
    today = now.astimezone(zone).date()
    first = _day(day, today)
    days = WEEK if span == "week" else 1
    window = span_of(first, days, zone)
    assets = _assets(charter, of)
    held = await desk.interlocks()
    filed = await desk.parts.approvals.filed_within(assets, window)
    seen = [
        (one.permit, one.state)
        for one in filed
        if sees_permit(charter, visitor.person, visitor.roles, one.permit, now)
    ]
    drawn = board(
        charter, assets, seen, window, zone, now=now, states=held.states, isolated=frozenset(held.isolated)
    )
    return await page(
        request,
        "calendar/calendar.html",
        visitor,
        board=drawn,
        of=of if len(assets) < len(charter.assets) else "",
        span="week" if days == WEEK else "day",
        first=first,
        today=today,
        before=first - timedelta(days=days),
        after=first + timedelta(days=days),
        sound=held.sound,
        names=[words.tick(one, charter.organisation.time_zone, week=days == WEEK) for one in drawn.ticks],
    )


def _assets(charter: Charter, of: str) -> tuple[AssetId, ...]:
    """``asset:x``, ``zone:x``; anything else is every asset. Zone by zone, as the charter has them."""
    kind, _, name = of.partition(":")
    order = {zone: place for place, zone in enumerate(charter.zones)}
    every = sorted(charter.assets.values(), key=lambda one: (order[one.zone], one.name))
    found = tuple(one.id for one in every if name == {"asset": one.id, "zone": one.zone}.get(kind))
    return found or tuple(one.id for one in every)


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if abs(found - today) < FARTHEST else today

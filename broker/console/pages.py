"""Turning a template and its values into an answer. Everything printed is escaped and made inert."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor
from broker.console.plant.scopes import scope_name, told_to
from broker.console.roles import Role
from broker.console.told.bell import bell
from domain.ids import AssetId, PersonId

HERE = Path(__file__).parent

NAVIGATION = (
    ("/queue", "Queue", frozenset({Role.HOLDER})),
    ("/request", "Ask", frozenset({Role.VENDOR})),
    ("/company", "People", frozenset({Role.VENDOR})),
    ("/permits", "Permits", frozenset({Role.VENDOR, Role.HOLDER, Role.AUDITOR, Role.SHIFT})),
    ("/sessions", "Live", frozenset({Role.HOLDER, Role.SHIFT, Role.AUDITOR})),
    ("/plant", "Plant", frozenset({Role.HOLDER, Role.SHIFT, Role.LEAD, Role.AUDITOR})),
    ("/map", "Map", frozenset({Role.HOLDER, Role.SHIFT, Role.LEAD, Role.AUDITOR})),
    ("/evidence", "Evidence", frozenset({Role.AUDITOR})),
    ("/voids", "Voids", frozenset({Role.HOLDER, Role.AUDITOR})),
    ("/charter", "Charter", frozenset({Role.HOLDER, Role.AUDITOR})),
)


def _printed(value: object) -> object:
    return words.inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


TEMPLATES = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_printed,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["shown_digest"] = lambda text: hashlib.sha256(text.encode()).hexdigest()


async def page(
    request: Request,
    template: str,
    visitor: Visitor | None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """``template`` with ``values``, and what every page shows: the plant, the person, what is in force."""
    desk = desk_of(request)
    held = await desk.interlocks() if visitor is not None else None
    rings = await asyncio.to_thread(bell, desk.parts, visitor) if visitor is not None else None
    text = TEMPLATES.get_template(template).render(
        **_always(request, desk, visitor), interlocks=held, bell=rings, **values
    )
    return HTMLResponse(text, status, headers=headers)


def fragment(request: Request, template: str, visitor: Visitor, **values: object) -> HTMLResponse:
    """A part of a page, for one that refreshes itself."""
    desk = desk_of(request)
    text = TEMPLATES.get_template(template).render(**_always(request, desk, visitor), **values)
    return HTMLResponse(text)


def timed(instant: datetime, text: str, zone: str) -> Markup:
    """``text``, said in ``zone``, as a moment that a browser can say in its own zone beside it."""
    plant = words.offset(instant.astimezone(ZoneInfo(zone)))
    shown = Markup('<time datetime="{}" data-plant="{}">{}</time>')
    return shown.format(instant.isoformat(timespec="seconds"), plant, text)


def _always(request: Request, desk: Desk, visitor: Visitor | None) -> dict[str, object]:
    charter = desk.parts.charter()
    here = charter.organisation.time_zone
    now = desk.parts.clock.now()
    roles = visitor.roles if visitor else frozenset()

    def zone_of(asset: AssetId | None) -> str:
        return here if asset is None else charter.place_of(asset).time_zone

    def when(instant: datetime, asset: AssetId | None = None) -> Markup:
        return timed(instant, words.day_and_time(instant, zone_of(asset)), zone_of(asset))

    def exactly(instant: datetime) -> str:
        return words.to_the_second(instant, here)

    def until(instant: datetime, asset: AssetId | None = None) -> Markup:
        return timed(instant, words.until(instant, now, zone_of(asset)), zone_of(asset))

    def called(name: str) -> str:
        return (
            charter.people[PersonId(name)].name if name in charter.people else charter.names().get(name, name)
        )

    return {
        "called": called,
        "scope_name": partial(scope_name, charter),
        "told_to": told_to,
        "charter": charter,
        "organisation": charter.organisation,
        "visitor": visitor,
        "csrf": visitor.csrf if visitor else "",
        "roles": {str(role) for role in roles},
        "navigation": [(path, name) for path, name, needed in NAVIGATION if roles & needed],
        "here": request.url.path,
        "now": now,
        "when": when,
        "exactly": exactly,
        "until": until,
        "zone_of": zone_of,
        "words": words,
    }

"""Turning a template and its values into an answer, in the language of who reads it."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.requests import HTTPConnection

from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor
from broker.console.plant.scopes import scope_name, told_to
from broker.console.printing import environment
from broker.console.roles import Role
from broker.console.script_words import SCRIPT_WORDS
from broker.console.told.bell import bell
from broker.console.tongues import LANGUAGES, chosen, tongue
from domain.ids import AssetId, PersonId, VendorId
from domain.said import Listed, in_tongue, listed, say
from policies.charter.charter import Charter

LANGUAGE_COOKIE = "__Host-penstock-language"

NAVIGATION = (
    ("/queue", say("Queue"), frozenset({Role.HOLDER})),
    ("/request", say("Ask"), frozenset({Role.VENDOR})),
    ("/company", say("People"), frozenset({Role.VENDOR})),
    ("/permits", say("Permits"), frozenset({Role.VENDOR, Role.HOLDER, Role.AUDITOR, Role.SHIFT})),
    ("/calendar", say("Calendar"), frozenset({Role.HOLDER, Role.AUDITOR, Role.SHIFT})),
    ("/standing", say("Templates"), frozenset({Role.VENDOR, Role.HOLDER, Role.AUDITOR, Role.SHIFT})),
    ("/files", say("Files"), frozenset({Role.VENDOR, Role.HOLDER, Role.AUDITOR})),
    ("/sessions", say("Live"), frozenset({Role.HOLDER, Role.SHIFT, Role.AUDITOR})),
    ("/plant", say("Plant"), frozenset({Role.HOLDER, Role.SHIFT, Role.LEAD, Role.AUDITOR})),
    ("/map", say("Map"), frozenset({Role.HOLDER, Role.SHIFT, Role.LEAD, Role.AUDITOR})),
    ("/evidence", say("Evidence"), frozenset({Role.AUDITOR})),
    ("/voids", say("Voids"), frozenset({Role.HOLDER, Role.AUDITOR})),
    ("/assurance", say("Assurance"), frozenset({Role.HOLDER, Role.AUDITOR})),
    ("/charter", say("Charter"), frozenset({Role.HOLDER, Role.AUDITOR})),
)


def language_of(request: HTTPConnection) -> str:
    """The language that this browser's pages are in."""
    kept = request.cookies.get(LANGUAGE_COOKIE)
    return chosen(kept, request.headers.get("accept-language", ""), desk_of(request).parts.settings.language)


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
    given = {**_always(request, desk, visitor), "interlocks": held, "bell": rings, **values}
    if status not in {200, 401}:  # a no reads alike whatever was asked for
        given["path"] = "/"
    return _rendered(request, template, given, status, headers)


def fragment(request: Request, template: str, visitor: Visitor, **values: object) -> HTMLResponse:
    """A part of a page, for one that refreshes itself."""
    desk = desk_of(request)
    return _rendered(request, template, {**_always(request, desk, visitor), **values})


def _rendered(
    request: Request,
    template: str,
    values: Mapping[str, object],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    tag = language_of(request)
    zone = desk_of(request).parts.charter().organisation.time_zone
    text = environment(tag, zone).get_template(template).render(values, language=tag)
    said = {"content-language": tag, "vary": "accept-language, cookie"}
    return HTMLResponse(text, status, headers={**said, **(headers or {})})


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
    reader = tongue(language_of(request), here)

    def spoken(text: str) -> str:
        return str(in_tongue(text, reader))

    def zone_of(asset: AssetId | None) -> str:
        return here if asset is None else charter.place_of(asset).time_zone

    def when(instant: datetime, asset: AssetId | None = None) -> Markup:
        return timed(instant, spoken(words.day_and_time(instant, zone_of(asset))), zone_of(asset))

    def exactly(instant: datetime) -> str:
        return words.to_the_second(instant, here)

    def until(instant: datetime, asset: AssetId | None = None) -> Markup:
        return timed(instant, spoken(words.until(instant, now, zone_of(asset))), zone_of(asset))

    def till(end: datetime, start: datetime, asset: AssetId | None = None) -> Markup:
        return timed(end, spoken(words.until(end, start, zone_of(asset))), zone_of(asset))

    return {
        **_called(charter),
        "told_to": told_to,
        "charter": charter,
        "organisation": charter.organisation,
        "visitor": visitor,
        "csrf": visitor.csrf if visitor else "",
        "roles": {str(role) for role in roles},
        "navigation": [(path, name) for path, name, needed in NAVIGATION if roles & needed],
        "here": request.url.path,
        "path": _path(request),
        "now": now,
        "when": when,
        "exactly": exactly,
        "until": until,
        "till": till,
        "zone_of": zone_of,
        "clock_said": f"{here}, {words.offset(now.astimezone(ZoneInfo(here)))}",
        "languages": LANGUAGES,
        "script_words": SCRIPT_WORDS,
    }


def _called(charter: Charter) -> dict[str, object]:
    """What pages call the charter's things by; their ids where it does not know them."""

    def called(name: str) -> str:
        return (
            charter.people[PersonId(name)].name if name in charter.people else charter.names().get(name, name)
        )

    def asset_called(id_: AssetId) -> str:
        return charter.assets[id_].name if id_ in charter.assets else id_

    def vendor_called(id_: VendorId) -> str:
        return charter.vendors[id_].name if id_ in charter.vendors else id_

    def called_all(names: Iterable[str], between: str = ", ") -> Listed:
        return listed(map(called, names), between)

    return {
        "called": called,
        "called_all": called_all,
        "asset_called": asset_called,
        "vendor_called": vendor_called,
        "scope_name": partial(scope_name, charter),
        "scope_names": lambda scopes: listed((scope_name(charter, one) for one in scopes), "; "),
    }


def _path(request: Request) -> str:
    """Where a page leads back to that is about to be shown again: nowhere but to the start, if it answers a form."""
    if request.method != "GET":
        return "/"
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path

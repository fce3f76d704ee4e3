"""The corporate directory's door (SCIM 2.0): who has left. By a token with a scope of its own; it only takes away."""

import json
from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.guard import guard, visitor_of
from broker.console.refusals import RefusalError, not_found
from broker.console.route import LateRoute
from broker.console.scim.documents import (
    BASE,
    MEDIA_TYPE,
    asks_for,
    configuration,
    fits,
    is_active,
    known,
    listed,
    page_of,
    user,
    wanted,
)
from broker.console.scim.leaving import is_in, speaks_of, take_away
from broker.watchdog.interlocks import Interlocks
from domain.canonical import Json
from domain.parties import Person

router = APIRouter(prefix=BASE, dependencies=[Depends(guard)], include_in_schema=False, route_class=LateRoute)

TYPES = frozenset({MEDIA_TYPE, "application/json"})


@router.get("/ServiceProviderConfig")
async def service(request: Request) -> Response:
    """What this can do."""
    return _said(configuration(_origin(desk_of(request))))


@router.get("/Users")
async def users(request: Request) -> Response:
    """Those of whom the token's person may speak, or the one that a filter asks for: for reconciliation."""
    desk, now = desk_of(request), desk_of(request).parts.clock.now()
    start, count = page_of(request.query_params.get("startIndex"), request.query_params.get("count"))
    asked, issuer = wanted(request.query_params.get("filter")), _issuer(desk)
    charter, speaker, held = desk.parts.charter(), visitor_of(request).person.id, await _held(desk)
    found = [
        user(one, issuer, _origin(desk), active=is_in(one, held, now))
        for one in sorted(charter.people.values(), key=lambda each: each.id)
        if fits(one, asked, issuer) and speaks_of(charter, speaker, one, now)
    ]
    return _said(listed(found, start, count))


@router.post("/Users")
async def create(request: Request) -> Response:  # noqa: ARG001 - nothing of the request is looked at
    """No: nobody is known here but by a decision."""
    raise RefusalError(
        403,
        "scim_nobody_made",
        "Nobody is made known here by a directory.",
        "Who holds the right `identity` admits people, in the plant's charter.",
    )


@router.get("/Users/{user_id}")
async def one(request: Request, user_id: str) -> Response:
    """One of them."""
    return await _shown(request, _meant(request, user_id))


@router.patch("/Users/{user_id}")
async def patch(request: Request, user_id: str) -> Response:
    """``active`` to false: they have left, or are suspended over there. To true: no."""
    person = _meant(request, user_id)
    return await _made(request, person, active=asks_for(await _body(request)))


@router.put("/Users/{user_id}")
async def replace(request: Request, user_id: str) -> Response:
    """The same by a whole document: what else it says is not written here (RFC 7644 section 3.5.1, read-only)."""
    person = _meant(request, user_id)
    return await _made(request, person, active=is_active((await _body(request)).get("active", True)))


@router.delete("/Users/{user_id}")
async def delete(request: Request, user_id: str) -> Response:
    """They have left. The charter goes on naming them, inactive, until the plant takes them out of it."""
    await take_away(desk_of(request), _meant(request, user_id), _by(request))
    return Response(status_code=204)


async def _made(request: Request, person: Person, *, active: bool | None) -> Response:
    desk = desk_of(request)
    if active is None:
        raise RefusalError(400, "scim_value", "`active` is true or false.")
    if not active:
        await take_away(desk, person, _by(request))
    elif not is_in(person, await _held(desk), desk.parts.clock.now()):
        raise RefusalError(
            403,
            "scim_back_by_decision",
            f"{person.id} comes back by a decision of the plant, never by a directory's word.",
            "Whoever holds the right `identity` there agrees to it: `penstock restore`.",
        )
    return await _shown(request, person)


async def _shown(request: Request, person: Person) -> Response:
    desk = desk_of(request)
    active = is_in(person, await _held(desk), desk.parts.clock.now())
    return _said(user(person, _issuer(desk), _origin(desk), active=active))


def _meant(request: Request, text: str) -> Person:
    """Whom the address names; 404 for nobody, and for somebody of whom the token's person may not speak."""
    desk = desk_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    person = known(charter, text)
    if person is None or not speaks_of(charter, visitor_of(request).person.id, person, now):
        raise not_found()
    return person


async def _body(request: Request) -> Mapping[str, Json]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise RefusalError(415, "scim_type", f"This takes {MEDIA_TYPE}.")
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, "scim_not_understood", "This is not JSON.") from error
    if not isinstance(found, dict):
        raise RefusalError(400, "scim_not_understood", "A JSON object is wanted here.")
    return found


async def _held(desk: Desk) -> Interlocks:
    """What the watchdog says; PeerError while nobody can tell who has access."""
    return Interlocks.of((await desk.parts.watchdog({"do": "show"}))["interlocks"])


def _by(request: Request) -> str:
    token = visitor_of(request).token
    assert token is not None
    return f"directory:{token.key}"


def _issuer(desk: Desk) -> str:
    return "" if desk.parts.provider is None else desk.parts.provider.issuer


def _origin(desk: Desk) -> str:
    return desk.parts.settings.origins[0]


def _said(document: Mapping[str, Json]) -> Response:
    return JSONResponse(dict(document), media_type=MEDIA_TYPE)

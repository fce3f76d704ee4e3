"""The API's plant: what state each zone is in, and the kill switch.

Whatever only shuts takes a token and nothing else. What opens something again, or says that a zone is in another state,
takes a one-time code besides, which the gate spends on exactly that: a stolen token opens nothing.
"""

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, Field

from broker.console.api.documents import At, Code, Line, Reason, Strict, Word
from broker.console.api.route import api_router
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.plant.states import ZoneState, by_site
from broker.console.plant.switch import (
    agree_to,
    agreements,
    cut_off,
    let_back,
    may_let_back,
    may_say,
    scope_for,
    scopes_for,
    set_zone,
)
from broker.console.refusals import RefusalError
from broker.console.roles import may_restore
from broker.console.zonemap.picture import document
from broker.console.zonemap.routes import plan_of
from broker.people.factors import used_already
from domain.canonical import instant_text
from domain.ids import ZoneId
from domain.plant import OperatingState
from policies.authority import SHUTTING, act_of

router = api_router("plant")

ScopeText = Annotated[
    str,
    Field(
        pattern=r"^(all|(site|zone|vendor|asset|product|tool|session|person):[a-z0-9][a-z0-9-]{0,62})$",
        examples=["zone:operations"],
    ),
]
ZonePath = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="The zone's id in the charter.")
]


class ZoneDocument(BaseModel):
    """One zone. ``state`` null: nobody has said."""

    zone: str
    name: str
    site: str
    state: OperatingState | None
    said: OperatingState | None
    """What somebody set; a signal of the plant may have put another state in force."""
    by: str
    reason: str
    since: At | None
    may_become: list[OperatingState]
    """What the caller may set."""


class ZoneList(BaseModel):
    """Every zone, in the charter's order. ``sound`` false: the watchdog does not answer, and nothing here is known."""

    sound: bool
    zones: list[ZoneDocument]


class State(Strict):
    """What a zone is doing."""

    state: Annotated[OperatingState, Field(strict=False)]
    reason: Reason
    code: Code | None = None
    """Needed for any state but `emergency`."""


class ScopeDocument(BaseModel):
    """What the caller may cut off, and how many live sessions that would end."""

    scope: str
    name: str
    live: int


class IsolationDocument(BaseModel):
    """What is isolated."""

    scope: str
    may_restore: bool
    agree_over: list[str]
    """Boundaries over which the caller's word is needed before it comes back."""


class Isolations(BaseModel):
    """What is isolated, and what the caller may isolate."""

    sound: bool
    isolated: list[IsolationDocument]
    scopes: list[ScopeDocument]


class Isolate(Strict):
    """What is to be cut off, now."""

    scope: ScopeText
    reason: Line = ""
    """May be told afterwards: nobody types one while something burns."""


class CutDocument(BaseModel):
    """What came of it. ``killed``: gates that did not obey in time, and were ended themselves."""

    scope: str
    acknowledged: bool
    killed: int


class Restore(Strict):
    """What is to come back, why, and a one-time code that is spent on it."""

    scope: ScopeText
    reason: Reason
    code: Code


class Agree(Strict):
    """A holder's word, with a one-time code, that something suspended may come back over a boundary of theirs."""

    scope: ScopeText
    boundary: Word
    code: Code


class MapDocument(BaseModel):
    """Zones and conduits, with who is in them now."""

    map: dict[str, object]


@router.get("/zones", operation_id="list_zones")
async def zones(request: Request) -> ZoneList:
    """Every zone and the state it is in: who said so, when and why."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    sites = by_site(desk.parts.charter(), visitor, held, desk.parts.clock.now())
    return ZoneList(sound=held.sound, zones=[_zone(one) for _site, found in sites for one in found])


@router.put("/zones/{zone}/state", operation_id="set_zone_state")
async def set_zone_state(request: Request, zone: ZonePath, given: State) -> ZoneDocument:
    """Say what a zone is doing: what may not live in it ends, what its permit does not name waits."""
    desk, visitor = desk_of(request), visitor_of(request)
    await may_say(desk, visitor, ZoneId(zone), given.state)
    if act_of(given.state) not in SHUTTING:
        await _spend(desk, visitor, given.code, f"state:{zone}:{given.state}")
    await set_zone(desk, visitor, ZoneId(zone), given.state, given.reason)
    held = await desk.interlocks()
    sites = by_site(desk.parts.charter(), visitor, held, desk.parts.clock.now())
    return next(_zone(one) for _site, found in sites for one in found if one.zone.id == zone)


@router.get("/isolations", operation_id="list_isolations")
async def isolations(request: Request) -> Isolations:
    """What the kill switch holds closed, and what the caller may point it at."""
    return await _isolations(desk_of(request), visitor_of(request))


@router.post("/isolations", operation_id="isolate")
async def isolate(request: Request, given: Isolate) -> CutDocument:
    """The kill switch: close a scope and end what lives in it, now. It needs no evidence first, and no code."""
    desk, visitor = desk_of(request), visitor_of(request)
    scope = await scope_for(desk, visitor, given.scope, await desk.interlocks())
    cut = await cut_off(desk, visitor, scope, given.reason)
    return CutDocument(scope=scope.id, acknowledged=cut.acknowledged, killed=cut.killed)


@router.post("/isolations/restore", operation_id="restore")
async def restore(request: Request, given: Restore) -> Isolations:
    """Open a scope again. No session comes back by itself: the vendor connects anew."""
    desk, visitor = desk_of(request), visitor_of(request)
    await may_let_back(desk, visitor, given.scope)
    await _spend(desk, visitor, given.code, f"release:{given.scope}")
    await let_back(desk, visitor, given.scope, given.reason)
    return await _isolations(desk, visitor)


@router.post("/isolations/agree", operation_id="agree_to_restore")
async def agree(request: Request, given: Agree) -> Isolations:
    """Say that something suspended may come back over a boundary that one answers for."""
    desk, visitor = desk_of(request), visitor_of(request)
    await agree_to(desk, visitor, given.scope, given.boundary, given.code)
    return await _isolations(desk, visitor)


@router.get("/map", operation_id="read_map")
async def zone_map(request: Request) -> MapDocument:
    """The charter's zones and conduits, what is isolated, and how many sessions cross each conduit now."""
    drawn = document(await plan_of(desk_of(request)))
    return MapDocument.model_validate({"map": drawn})


async def _isolations(desk: Desk, visitor: Visitor) -> Isolations:
    held = await desk.interlocks()
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    words = await agreements(desk, visitor)
    who = charter, visitor.person, visitor.roles
    return Isolations(
        sound=held.sound,
        isolated=[
            IsolationDocument(
                scope=scope,
                may_restore=may_restore(*who, scope, held.states, now),
                agree_over=[one.boundary for one in words if one.scope == scope],
            )
            for scope in held.isolated
        ],
        scopes=[
            ScopeDocument(scope=one.id, name=one.name, live=sum(one.hits(view) for view in held.sessions))
            for one in scopes_for(desk, visitor)
        ],
    )


async def _spend(desk: Desk, visitor: Visitor, code: str | None, purpose: str) -> None:
    """Have the gate spend the caller's code on this."""
    if code is None:
        raise RefusalError(
            403, "code_needed", "A token alone does not do this.", "Give a one-time code besides, as `code`."
        )
    person = visitor.person.id
    if await desk.parts.codes.check(person, code, purpose) is not None:
        return
    wait_s = await desk.parts.codes.used(person, code)
    if wait_s is not None:
        raise RefusalError(403, "used_code", used_already(wait_s))
    raise RefusalError(403, "wrong_code", "This code is wrong or too old.", "Wait for the next one.")


def _zone(one: ZoneState) -> ZoneDocument:
    return ZoneDocument(
        zone=one.zone.id,
        name=one.zone.name,
        site=one.zone.site,
        state=one.state,
        said=one.told.state if one.told else None,
        by=one.told.by if one.told else "",
        reason=one.told.reason if one.told else "",
        since=None if one.since is None else instant_text(one.since),
        may_become=list(one.may_become),
    )

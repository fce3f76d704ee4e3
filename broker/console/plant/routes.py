"""The plant's page: the kill switch, and what state each zone is in.

Both are the watchdog's; this page only asks it. The same works without console, database and
network: ``penstock isolate`` on the plant's machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, Interlocks, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.pages import page
from broker.console.permits.decide import checked_reason
from broker.console.plant.break_glass import uses
from broker.console.plant.scopes import Scope, scope_named, scopes_of, session_name
from broker.console.plant.states import by_site
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, may_isolate, may_restore, may_set_state
from broker.console.sessions.live import live_sessions
from broker.console.sessions.routes import accepted
from broker.suspensions import agreement_purpose
from domain.canonical import Json
from domain.ids import ZoneId
from domain.plant import OperatingState
from domain.said import say
from policies.suspension import SUSPENDED, missing

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

LEAD_ONLY = RefusalError(
    403,
    "incident_lead_only",
    say("In an emergency only whoever leads the incident opens anything again."),
    say("Ask the incident lead; cutting off stays open to you."),
)
SHIFT_ONLY = RefusalError(
    403, "shift_only", say("The shift sets this zone's state."), say("Ask the control room.")
)

UNSAID = "no reason was given at the switch"
"""A reason may be told afterwards, in the shift's log: nobody types one while something burns."""


@router.get("/plant")
async def plant(request: Request) -> Response:
    """What is isolated, and what may be; the zones and their states."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    return await page(
        request,
        "plant/plant.html",
        visitor,
        scopes=_scopes(desk, visitor),
        hits=_hits(_scopes(desk, visitor), held),
        live=[
            one
            for one in await live_sessions(desk, visitor, held)
            if one.may_stop and visitor.roles & {Role.SHIFT, Role.LEAD}
        ],
        agreements=await _agreements(desk, visitor),
        uses=await uses(desk, visitor),
        passkey=bool(desk.parts.trust().passkeys.get(visitor.person.id)),
        may_restore=[
            scope
            for scope in held.isolated
            if may_restore(charter, visitor.person, visitor.roles, scope, held.states, now)
        ],
        sites=by_site(charter, visitor, held, now),
    )


@router.post("/plant/isolate/confirm")
async def confirm(request: Request) -> Response:
    """The second step: what will be cut, named and counted, before it is."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    scope = await _scope(desk, visitor, (await form_of(request)).get("scope", ""), held)
    hit = [view for view in held.sessions if scope.hits(view)]
    return await page(request, "plant/confirm.html", visitor, scope=scope, hit=hit)


@router.post("/plant/isolate")
async def isolate(request: Request) -> Response:
    """Close a scope and end what lives in it, now."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    scope = await _scope(desk, visitor, form.get("scope", ""), await desk.interlocks())
    if form.get("confirmed") != scope.id:
        raise RefusalError(
            422,
            "not_confirmed",
            say("Nothing was cut: it was not confirmed."),
            say("Begin on the plant's page."),
        )
    kind, _, name = scope.id.partition(":")
    what: dict[str, Json] = (
        {"do": "stop", "session": name} if kind == "session" else {"do": "isolate", "scope": scope.id}
    )
    reason = checked_reason(form.get("reason", "").strip() or UNSAID)
    said = await desk.parts.watchdog(what | {"by": visitor.person.id, "reason": reason})
    accepted(said)
    return await page(
        request,
        "plant/done.html",
        visitor,
        scope=scope,
        acknowledged=said.get("acknowledged") is True,
        killed=len(killed) if isinstance(killed := said.get("killed"), list | tuple) else 0,
    )


@router.post("/plant/restore")
async def restore(request: Request) -> Response:
    """Open a scope again. No session comes back by itself: the vendor connects anew."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    held = await desk.interlocks()
    wanted = form.get("scope", "")
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    if wanted not in held.isolated or not may_isolate(charter, visitor.person, visitor.roles, wanted, now):
        raise not_found()
    if not may_restore(charter, visitor.person, visitor.roles, wanted, held.states, now):
        raise LEAD_ONLY
    accepted(
        await desk.parts.watchdog(
            {
                "do": "restore",
                "scope": wanted,
                "by": visitor.person.id,
                "reason": checked_reason(form.get("reason", "")),
            }
        )
    )
    return RedirectResponse("/plant", 303)


@router.post("/plant/agree")
async def agree(request: Request) -> Response:
    """A holder's word, with a code, that something suspended may come back over a boundary of theirs."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    scope, boundary = form.get("scope", ""), form.get("boundary", "")
    if not any((one.scope, one.boundary) == (scope, boundary) for one in await _agreements(desk, visitor)):
        raise not_found()
    person = visitor.person.id
    step = await desk.parts.codes.check(person, form.get("code", ""), agreement_purpose(scope, boundary))
    if step is None:
        raise RefusalError(
            403,
            "wrong_code",
            say("This code is wrong, too old, or was used already."),
            say("Wait for the next one."),
        )
    accepted(
        await desk.parts.watchdog(
            {"do": "agree", "scope": scope, "boundary": boundary, "by": person, "step": step}
        )
    )
    return RedirectResponse("/plant", 303)


@router.post("/plant/states")
async def set_state(request: Request) -> Response:
    """Set one zone's operating state; what may not live in it ends, what its permit does not name waits."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    zone = ZoneId(form.get("zone", ""))
    try:
        state = OperatingState(form.get("state", ""))
    except ValueError as error:
        raise RefusalError(422, "no_such_state", say("There is no operating state of this name.")) from error
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    if zone not in charter.zones:
        raise not_found()
    held = await desk.interlocks()
    if not may_set_state(charter, visitor.person, visitor.roles, zone, state, held.states, now):
        raise LEAD_ONLY if held.states.get(zone) == OperatingState.EMERGENCY else SHIFT_ONLY
    accepted(
        await desk.parts.watchdog(
            {
                "do": "set-state",
                "zone": zone,
                "state": str(state),
                "by": visitor.person.id,
                "reason": checked_reason(form.get("reason", "")),
            }
        )
    )
    return RedirectResponse(f"/plant#zone-{zone}", 303)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A yes that the visitor may give: something suspended comes back over one boundary."""

    scope: str
    boundary: str


async def _agreements(desk: Desk, visitor: Visitor) -> tuple[Agreement, ...]:
    charter, now, held = desk.parts.charter(), desk.parts.clock.now(), await desk.interlocks()
    return tuple(
        Agreement(scope, seat.boundary)
        for scope in held.isolated
        if scope.partition(":")[0] in SUSPENDED | {"person"}
        for seat in missing(
            charter, scope, [one[len(scope) + 1 :] for one in held.agreed if one.startswith(f"{scope} ")], now
        )
        if visitor.person.id in seat.holders
    )


def _scopes(desk: Desk, visitor: Visitor) -> tuple[Scope, ...]:
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    return tuple(
        one
        for one in scopes_of(charter)
        if visitor.roles & {Role.SHIFT, Role.LEAD}
        and may_isolate(charter, visitor.person, visitor.roles, one.id, now)
    )


def _hits(scopes: Iterable[Scope], held: Interlocks) -> Mapping[str, int]:
    """How many live sessions each scope would end."""
    return {one.id: sum(one.hits(view) for view in held.sessions) for one in scopes}


async def _scope(desk: Desk, visitor: Visitor, text: str, held: Interlocks) -> Scope:
    if text.startswith("session:"):
        live = await live_sessions(desk, visitor, held)
        found = next((one for one in live if one.may_stop and text == f"session:{one.id}"), None)
        if found is None:
            raise not_found()
        return Scope(text, session_name(desk.parts.charter(), found.person, found.asset))
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    scope = scope_named(charter, text)
    if scope is None or not may_isolate(charter, visitor.person, visitor.roles, scope.id, now):
        raise not_found()
    return scope

"""The plant's page: the kill switch, and what state each zone is in.

Both are the watchdog's; this page only asks it. The same works without console, database and
network: ``penstock isolate`` on the plant's machine.
"""

from collections.abc import Iterable, Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Interlocks, desk_of
from broker.console.forms import form_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.plant.break_glass import uses
from broker.console.plant.scopes import Scope
from broker.console.plant.states import by_site
from broker.console.plant.switch import (
    agree_to,
    agreements,
    cut_off,
    let_back,
    scope_for,
    scopes_for,
    set_zone,
)
from broker.console.refusals import RefusalError
from broker.console.roles import Role, may_restore
from broker.console.route import page_router
from broker.console.sessions.live import live_sessions
from domain.ids import ZoneId
from domain.plant import OperatingState
from domain.said import say

router = page_router()


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
        scopes=scopes_for(desk, visitor),
        hits=_hits(scopes_for(desk, visitor), held),
        live=[
            one
            for one in await live_sessions(desk, visitor, held)
            if one.may_stop and visitor.roles & {Role.SHIFT, Role.LEAD}
        ],
        agreements=await agreements(desk, visitor),
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
    scope = await scope_for(desk, visitor, (await form_of(request)).get("scope", ""), held)
    hit = [view for view in held.sessions if scope.hits(view)]
    return await page(request, "plant/confirm.html", visitor, scope=scope, hit=hit)


@router.post("/plant/isolate")
async def isolate(request: Request) -> Response:
    """Close a scope and end what lives in it, now."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    scope = await scope_for(desk, visitor, form.get("scope", ""), await desk.interlocks())
    if form.get("confirmed") != scope.id:
        raise RefusalError(
            422,
            "not_confirmed",
            say("Nothing was cut: it was not confirmed."),
            say("Begin on the plant's page."),
        )
    cut = await cut_off(desk, visitor, scope, form.get("reason", ""))
    return await page(
        request, "plant/done.html", visitor, scope=scope, acknowledged=cut.acknowledged, killed=cut.killed
    )


@router.post("/plant/restore")
async def restore(request: Request) -> Response:
    """Open a scope again. No session comes back by itself: the vendor connects anew."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await let_back(desk, visitor, form.get("scope", ""), form.get("reason", ""))
    return RedirectResponse("/plant", 303)


@router.post("/plant/agree")
async def agree(request: Request) -> Response:
    """A holder's word, with a code, that something suspended may come back over a boundary of theirs."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await agree_to(desk, visitor, form.get("scope", ""), form.get("boundary", ""), form.get("code", ""))
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
    await set_zone(desk, visitor, zone, state, form.get("reason", ""))
    return RedirectResponse(f"/plant#zone-{zone}", 303)


def _hits(scopes: Iterable[Scope], held: Interlocks) -> Mapping[str, int]:
    """How many live sessions each scope would end."""
    return {one.id: sum(one.hits(view) for view in held.sessions) for one in scopes}

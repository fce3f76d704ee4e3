"""What is live now, as the gates report it through the watchdog; and stopping it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from approvals.service import Filed
from broker.console.desk import Desk, Interlocks, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.pages import fragment, page
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, holds_over, may_stop
from domain.canonical import Json, instant_of
from domain.ids import AssetId, PermitId, SessionId, is_token

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Live:
    """One live session, as its gate reports it; ``may_stop`` for this visitor."""

    id: SessionId
    permit: PermitId
    person: str
    vendor: str
    asset: AssetId
    zone: str
    source: str
    opened_at: datetime
    deadline: datetime
    channels: str
    bytes_to_asset: int
    bytes_to_vendor: int
    held: tuple[str, ...]
    """Why its input waits, in the gate's words."""
    may_stop: bool


@router.get("/sessions")
async def sessions(request: Request) -> Response:
    """The live sessions that are this person's business."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    live = await live_sessions(desk, visitor, held)
    return await page(request, "sessions/live.html", visitor, live=live, sound=held.sound)


@router.get("/sessions/rows")
async def rows(request: Request) -> Response:
    """The same list alone, for the page that looks by itself every two seconds."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    live = await live_sessions(desk, visitor, held)
    return fragment(request, "sessions/rows.html", visitor, live=live, sound=held.sound)


@router.post("/sessions/{session}/stop")
async def stop(request: Request, session: str) -> Response:
    """End one session now. The watchdog does it, and kills a gate that does not obey."""
    desk, visitor = desk_of(request), visitor_of(request)
    await stop_session(desk, visitor, session, (await form_of(request)).get("reason", ""))
    return RedirectResponse("/sessions", 303)


async def stop_session(desk: Desk, visitor: Visitor, session: str, reason: str) -> None:
    """Ask the watchdog to end a session that this visitor may end; 404 for any other."""
    held = await desk.interlocks()
    if not held.sound:
        raise RefusalError(
            503,
            "not_reachable",
            "The watchdog does not answer, so nothing could be stopped from here.",
            "On the plant's machine: penstock isolate all.",
        )
    live = await live_sessions(desk, visitor, held)
    if not any(one.id == session and one.may_stop for one in live):
        raise not_found()
    said = await desk.parts.watchdog(
        {"do": "stop", "session": session, "by": visitor.person.id, "reason": checked_reason(reason)}
    )
    accepted(said)


def accepted(said: Mapping[str, Json]) -> Mapping[str, Json]:
    """The watchdog's answer; RefusalError where it said no."""
    if said.get("ok") is not True:
        why = said.get("error")
        raise RefusalError(
            409, "watchdog_refused", why if isinstance(why, str) else "The watchdog did not do it."
        )
    return said


async def live_sessions(desk: Desk, visitor: Visitor, held: Interlocks) -> tuple[Live, ...]:
    """The sessions in ``held`` that the visitor may see, oldest first."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    found: list[Live] = []
    named = {str(view.get("permit")) for view in held.sessions}
    permits = await desk.parts.approvals.these([PermitId(name) for name in named if is_token(name)])
    for view in held.sessions:
        filed = permits.get(PermitId(str(view.get("permit"))))
        live = _live(desk, visitor, view, filed)
        if live is None:
            continue
        everything = visitor.roles & {Role.SHIFT, Role.AUDITOR}
        if everything or (
            filed is not None
            and holds_over(charter, visitor.person.id, filed.permit.asset, filed.permit.conduit, now)
        ):
            found.append(live)
    return tuple(sorted(found, key=lambda one: (one.opened_at, one.id)))


def _live(desk: Desk, visitor: Visitor, view: Mapping[str, Json], filed: Filed | None) -> Live | None:
    session, permit = str(view.get("session")), str(view.get("permit"))
    if not is_token(session) or not is_token(permit):
        return None
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    # A session whose permit the database has lost can still be stopped by the shift.
    stoppable = Role.SHIFT in visitor.roles or (
        filed is not None and may_stop(charter, visitor.person, visitor.roles, filed.permit, now)
    )
    channels = view.get("channels")
    return Live(
        id=SessionId(session),
        permit=PermitId(permit),
        person=str(view.get("person")),
        vendor=str(view.get("vendor")),
        asset=AssetId(str(view.get("asset"))),
        zone=str(view.get("zone")),
        source=str(view.get("source")),
        opened_at=instant_of(str(view.get("opened_at"))),
        deadline=instant_of(str(view.get("deadline"))),
        channels=", ".join(map(str, channels)) if isinstance(channels, list | tuple) else str(channels),
        bytes_to_asset=_count(view.get("bytes_to_asset")),
        bytes_to_vendor=_count(view.get("bytes_to_vendor")),
        held=tuple(map(str, held)) if isinstance(held := view.get("held"), list | tuple) else (),
        may_stop=stoppable,
    )


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0

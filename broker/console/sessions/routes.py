"""What is live now, as the gates report it through the watchdog; pausing, resuming and stopping it."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.sessions.live import by_site, live_session, live_sessions
from domain.canonical import Json
from domain.said import say

router = page_router()

NOT_YOURS_TO_RESUME = RefusalError(
    403,
    "not_yours_to_resume",
    say("You may pause this session, but not let go on what somebody else paused."),
    say("Ask whoever holds 'connect' over it, or leads incidents there."),
)


@router.get("/sessions")
async def sessions(request: Request) -> Response:
    """The live sessions that are this person's business."""
    desk, visitor = desk_of(request), visitor_of(request)
    held = await desk.interlocks()
    live = await live_sessions(desk, visitor, held)
    groups = by_site(desk.parts.charter(), live)
    alarms = [one for one in await desk.stands() if not one.sound]
    return await page(
        request,
        "sessions/live.html",
        visitor,
        live=live,
        groups=groups,
        sound=held.sound,
        alarms=alarms,
    )


@router.post("/sessions/{session}/stop")
async def stop(request: Request, session: str) -> Response:
    """End one session now. The watchdog does it, and kills a gate that does not obey."""
    return await _done(request, "stop", session)


@router.post("/sessions/{session}/pause")
async def pause(request: Request, session: str) -> Response:
    """Hold what goes towards the asset, until somebody who may resumes it."""
    return await _done(request, "pause", session)


@router.post("/sessions/{session}/resume")
async def resume(request: Request, session: str) -> Response:
    """Let go on what was paused: for whoever decides on that session, or paused it."""
    return await _done(request, "resume", session)


async def _done(request: Request, what: str, session: str) -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await tell_about(desk, visitor, what, session, form.get("reason", ""))
    return RedirectResponse(_back(form.get("back", ""), session), 303)


def _back(wanted: str, session: str) -> str:
    """Where its own page is, for a form that says that it stands there; the list for any other."""
    return f"/sessions/{session}/{wanted}" if wanted in {"attend", "watch"} else "/sessions"


async def tell_about(desk: Desk, visitor: Visitor, what: str, session: str, reason: str) -> None:
    """Ask the watchdog to ``stop``, ``pause`` or ``resume`` a session; 404 where that is not the visitor's business."""
    held = await desk.interlocks()
    if not held.sound:
        raise RefusalError(
            503,
            "not_reachable",
            say("The watchdog does not answer, so nothing could be told to {what} from here.", what=what),
            say("On the plant's machine: penstock isolate all."),
        )
    found = await live_session(desk, visitor, held, session)
    if not found.may_stop:
        raise not_found()
    if what == "resume" and found.paused is not None and not found.may_resume:
        raise NOT_YOURS_TO_RESUME
    said = await desk.parts.watchdog(
        {"do": what, "session": session, "by": visitor.person.id, "reason": checked_reason(reason)}
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

"""Where a company that nobody knows asks to be known. Anybody may write here, so nothing that is written does anything.

A form, bounded and counted by address; then a page under a link that nobody can guess, which says how it stands.
"""

import secrets
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.pages import page
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.signin.routes import FORM_COOKIE, check_form_cookie, source_of
from broker.people.application import MOST_PEOPLE, UnfitError, read
from broker.people.applications import FullError, Invitation
from broker.people.lockouts import minutes
from domain.events import VendorAsked
from domain.said import say

router = page_router()

COUNTED = "register/"
"""Before an address whose wrong invitation codes are counted."""
FIELDS = ("company", "contact", "reach", "word", "invitation")
ROWS = 3
"""How many people the form shows room for at first."""


@router.get("/register")
async def show(request: Request) -> Response:
    """The empty form; an invitation code in the link is filled in."""
    _open(desk_of(request))
    given = {"invitation": request.query_params.get("invitation", "")[:64]}
    return await _form(request, given, [])


@router.post("/register")
async def ask(request: Request) -> Response:
    """Put it into the queue, and lead to its page; or say what can't be taken."""
    desk = desk_of(request)
    _open(desk)
    form = await form_of(request)
    check_form_cookie(request, form.get("form", ""))
    people = list(zip(form.many("person"), form.many("key"), strict=False))[: MOST_PEOPLE + 1]
    given = {name: form.get(name, "") for name in FIELDS}
    source = source_of(request)
    try:
        application = read(given["company"], given["contact"], given["reach"], given["word"], people)
    except UnfitError as error:
        return await _form(request, given, people, status=422, problem=error.args[0])
    invitation = await _invitation(desk, given["invitation"], source)
    if isinstance(invitation, str):
        return await _form(request, given, people, status=403, problem=invitation)
    if not await desk.applications.room(source, invited=invitation is not None):
        raise RefusalError(
            429,
            "too_many_waiting",
            say("Too many companies wait to be answered just now, or too many from your address."),
            say("Call your contact at the plant."),
        )
    id_ = secrets.token_hex(8)
    await desk.parts.ledger.append(
        VendorAsked(
            at=desk.parts.clock.now(),
            application=id_,
            company=application.company,
            keys=tuple(one.fingerprint for one in application.people),
            source=source,
            invited_by=invitation.by if invitation is not None else "",
        )
    )
    try:
        link = await desk.applications.file(id_, application, source, invitation)
    except FullError as error:
        raise RefusalError(
            409,
            "invitation_used",
            say("This invitation was used already."),
            say("Ask your contact at the plant for another."),
        ) from error
    return RedirectResponse(f"/register/{link}", 303)


@router.get("/register/{link}")
async def status(request: Request, link: str) -> Response:
    """How one stands, for whoever has its link."""
    filed = await desk_of(request).applications.by_link(link)
    if filed is None:
        raise not_found()
    return await page(request, "vendors/status.html", None, filed=filed)


async def _form(
    request: Request,
    given: Mapping[str, str],
    people: list[tuple[str, str]],
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    value = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    rows = [*people, *[("", "")] * max(0, ROWS - len(people))][:MOST_PEOPLE]
    answer = await page(
        request,
        "vendors/register.html",
        None,
        status=status,
        given={name: given.get(name, "") for name in FIELDS},
        rows=rows,
        problem=problem,
        form=value,
        invited=desk_of(request).parts.settings.registration != "open",
    )
    answer.set_cookie(FORM_COOKIE, value, secure=True, httponly=True, samesite="strict")
    return answer


async def _invitation(desk: Desk, code: str, source: str) -> Invitation | str | None:
    """Whose code it is; None where there is none and none is needed; else why it can't be taken."""
    if not code.strip():
        if desk.parts.settings.registration == "open":
            return None
        return say("An invitation code is needed here: ask your contact at the plant.")
    if wait_s := await desk.accounts.held_back(None, f"{COUNTED}{source}"):
        return say("Too many wrong codes came from your address: wait {wait}.", wait=minutes(wait_s))
    found = await desk.applications.invitation(code)
    if found is None:
        await desk.accounts.failed(None, f"{COUNTED}{source}")
        return say(
            "This invitation code is not valid, or was used. Ask your contact at the plant for another."
        )
    return found


def _open(desk: Desk) -> None:
    if desk.parts.settings.registration == "off":
        raise not_found()

"""Signing out: here at once, and at the identity provider as well where that is what signed the browser in."""

from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.guard import COOKIE, visitor_of
from broker.console.pages import page
from broker.console.route import page_router
from broker.people.provider_sign_ins import FACTOR
from broker.people.sessions import NAME_CHARS
from domain.errors import EvidenceError
from domain.events import SignedOut
from domain.ids import PersonId
from domain.said import say

log = structlog.get_logger()
router = page_router()


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End this browser's session here, not only its cookie."""
    desk, browser = desk_of(request), visitor_of(request).browser
    away = None
    if browser is not None:
        if await desk.browsers.close(browser.key) is not None:
            await signed_out(desk, browser.person, browser.key, browser.person)
        if FACTOR in browser.factors and desk.parts.provider is not None:
            away = desk.parts.provider.sign_out_url()
    answer: Response = RedirectResponse("/sign-in", 303)
    if away is not None:
        answer = await onward(request, away, say("Signed out here"))
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
    return answer


async def signed_out(desk: Desk, person: PersonId, key: str, by: str) -> None:
    """Tell the ledger of it, afterwards: taking something away needs no evidence first."""
    event = SignedOut(
        at=desk.parts.clock.now(), door="console", person=person, by=by, browser=key[:NAME_CHARS]
    )
    try:
        await desk.parts.ledger.append(event)
    except EvidenceError as error:
        log.warning("sign_out_not_kept", person=person, by=by, fact=error.fact)


async def onward(request: Request, url: str, title: str) -> Response:
    """A page that goes on to ``url`` by itself: a strict cookie would not come along with a redirection from elsewhere."""
    url = quote(url, safe=":/%#?=@[]!$&'()*+,;")  # as a redirection has it: a header holds no other letters
    headers = {"refresh": f"0; url={url}"}
    return await page(request, "signin/onward.html", None, headers=headers, url=url, head=title)

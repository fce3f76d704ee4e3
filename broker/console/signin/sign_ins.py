"""My sign-ins: the browsers in which I am signed in, and ending one, or all but this.

Nothing here needs a code or evidence first: whoever ends their own sign-in only takes something away.
"""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.refusals import not_found
from broker.console.route import page_router
from broker.console.words import AND
from broker.people.sessions import ABSOLUTE, IDLE
from domain.said import listed, say

router = page_router()

FACTORS = {
    "password": say("password"),
    "totp": say("one-time code"),
    "passkey": say("passkey"),
    "oidc": say("the identity provider"),
}


@router.get("/sign-ins")
async def show(request: Request) -> Response:
    """All of the person's own, this one marked and first."""
    visitor = visitor_of(request)
    mine = visitor.browser.key if visitor.browser else ""
    browsers = await desk_of(request).browsers.of(visitor.person.id)
    return await page(
        request,
        "signin/sign_ins.html",
        visitor,
        browsers=sorted(browsers, key=lambda one: one.key != mine),
        mine=mine,
        factors=lambda some: listed((FACTORS.get(one, one) for one in some), AND),
        idle_min=int(IDLE.total_seconds()) // 60,
        absolute_h=int(ABSOLUTE.total_seconds()) // 3600,
    )


@router.post("/sign-ins/{browser}/end")
async def end(request: Request, browser: str) -> Response:
    """End one of the person's own; ``others`` ends all but the one that asks."""
    await end_sign_ins(desk_of(request), visitor_of(request), browser)
    return RedirectResponse("/sign-ins", 303)


async def end_sign_ins(desk: Desk, visitor: Visitor, browser: str) -> None:
    """End the visitor's own of this name, or all but theirs for ``others``; 404 when there is none."""
    held = await desk.browsers.of(visitor.person.id)
    if browser == "others":
        ending = [one for one in held if visitor.browser is None or one.key != visitor.browser.key]
    else:
        ending = [one for one in held if one.name == browser]
        if not ending:
            raise not_found()
    for one in ending:
        await desk.browsers.close(one.key)

"""Which language the pages are in: each browser's own choice, kept for a year, before and after anybody signs in."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.forms import form_of
from broker.console.pages import LANGUAGE_COOKIE
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.signin.routes import safe_path
from broker.console.tongues import LANGUAGES
from domain.said import say

router = page_router()

KEPT_S = 365 * 24 * 3600


@router.post("/language")
async def choose(request: Request) -> Response:
    """Keep the choice, and show the page again that it was made on. It tells nothing and opens nothing."""
    form = await form_of(request)
    wanted = form.get("language", "")
    if wanted not in LANGUAGES:
        raise RefusalError(422, "no_such_language", say("These pages are not kept in that language."))
    answer = RedirectResponse(safe_path(form.get("back", "")), 303)
    answer.set_cookie(LANGUAGE_COOKIE, wanted, max_age=KEPT_S, secure=True, httponly=True, samesite="strict")
    return answer

"""Signing in by the plant's identity provider, and being signed out by it.

The provider proves who somebody is; whether they are anybody here, the charter says, by issuer and subject.
Everything that ties an answer to its question (nonce, PKCE verifier) is made from a secret in the browser's own
cookie, so that neither the database nor whoever reads an address can make an answer fit.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.pages import page
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.signin.routes import (
    BACK_BY_DECISION,
    SHUT_OUT,
    check_form_cookie,
    hold_back,
    note_failure,
    open_browser,
    safe_path,
    shut_out,
    sign_in_page,
    source_of,
)
from broker.console.signin.sign_out import onward, signed_out
from broker.people.proven import Proven, SignInProvider
from broker.people.provider_sign_ins import FACTOR
from domain.errors import ProofError
from domain.parties import Person
from domain.rights import DecisionRight
from domain.said import say

log = structlog.get_logger()
router = page_router()

COOKIE = "__Host-penstock-provider"
PURPOSE = "provider"
WITHIN = timedelta(minutes=10)
"""How long somebody may take at the provider's own pages."""

LONGEST_ANSWER = 4096


@router.post("/sign-in/provider")
async def begin(request: Request) -> Response:
    """Send the browser to the provider. While it is away, local sign-in is on the page that says so."""
    desk, provider = desk_of(request), _provider(desk_of(request))
    form = await form_of(request)
    check_form_cookie(request, form.get("form", ""))
    wanted = safe_path(form.get("next", ""))
    state, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    try:
        url = await provider.begin(state, _made(secret, "nonce", state), _made(secret, "verifier", state))
    except ProofError as error:
        log.warning("provider_not_usable", code=error.code, fact=error.fact)
        problem = say("{fact} {remedy} ({code})", fact=error.fact, remedy=error.remedy, code=error.code)
        return await sign_in_page(request, status=503, problem=problem, wanted=wanted)
    until = desk.parts.clock.now() + WITHIN
    await desk.ceremonies.keep(state, PURPOSE, _bound(secret), wanted.encode(), until)
    answer = await onward(request, url, say("On to {name}", name=provider.name))
    # Not strict: the provider's answer comes from another site, and must find it.
    answer.set_cookie(
        COOKIE, secret, max_age=int(WITHIN.total_seconds()), secure=True, httponly=True, samesite="lax"
    )
    return answer


@router.get("/sign-in/provider/back")
async def back(request: Request) -> Response:
    """The provider's answer: once, in the browser that asked, within ten minutes."""
    desk, provider, source = desk_of(request), _provider(desk_of(request)), source_of(request)
    try:
        proven, wanted = await _proven(request, desk, provider)
        person = await _person(desk, proven)
    except ProofError as error:
        await hold_back(desk, None, source)
        await note_failure(desk, None, source, error.code, unnamed="provider")
        return await _refused(request, desk, provider, error)
    answer = await onward(request, wanted, say("Signed in as {name}", name=person.name))
    browser = await open_browser(request, desk, answer, person.id, (FACTOR,))
    await desk.provider_sign_ins.keep(browser.key, proven.binding, proven.sid)
    _forget(answer)
    return answer


@router.post("/sign-in/provider/logout")
async def logout(request: Request) -> Response:
    """The provider itself says that somebody is signed out (OpenID Connect Back-Channel Logout 1.0). It only ends."""
    desk, provider = desk_of(request), _provider(desk_of(request))
    try:
        said = await provider.logged_out((await form_of(request)).get("logout_token", ""))
        if not await desk.provider_sign_ins.spend(said.issuer, said.jti, said.until_s):
            raise ProofError("This logout token was taken before.", code="oidc_replayed")  # noqa: TRY301 - one no
    except (ProofError, RefusalError) as error:
        log.warning("provider_logout_refused", code=error.code)
        told = {"error": "invalid_request", "error_description": f"[{error.code}] {error}"}
        return JSONResponse(told, 400)
    for key in await desk.provider_sign_ins.meant(said.issuer, said.subject, said.sid):
        person = await desk.browsers.close(key)
        if person is not None:
            await signed_out(desk, person, key, f"provider:{said.issuer}")
    return Response(status_code=200)


async def _proven(request: Request, desk: Desk, provider: SignInProvider) -> tuple[Proven, str]:
    given = request.query_params.multi_items()
    answer = dict(given)
    secret, state = request.cookies.get(COOKIE, ""), answer.get("state", "")
    twice = len(answer) != len(given)
    if twice or not secret or not state.isascii() or len(str(request.query_params)) > LONGEST_ANSWER:
        raise _stale()
    wanted = await desk.ceremonies.take(state, PURPOSE, _bound(secret))
    if wanted is None:
        raise _stale()
    nonce, verifier = _made(secret, "nonce", state), _made(secret, "verifier", state)
    return await provider.redeem(answer, nonce=nonce, verifier=verifier), safe_path(wanted.decode())


async def _person(desk: Desk, proven: Proven) -> Person:
    """Who that is here; ProofError where the charter knows nobody so, or the plant has shut them out."""
    person = desk.parts.charter().person_bound_to(proven.binding)
    if person is None:
        log.warning("provider_subject_unknown", subject=proven.binding.subject)
        raise ProofError(
            say("The identity provider knows you, but this plant does not."),
            code="unknown_subject",
            remedy=say("Nobody is known here unless the plant has decided so."),
        )
    if await shut_out(desk, person.id):
        raise ProofError(
            SHUT_OUT,
            code="person_shut_out",
            remedy=BACK_BY_DECISION,
        )
    return person


async def _refused(request: Request, desk: Desk, provider: SignInProvider, error: ProofError) -> Response:
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    deciding = dict.fromkeys(
        person
        for one in charter.holdings
        if one.right is DecisionRight.IDENTITY and one.window.contains(now)
        for person in one.holders
    )
    asked = [charter.people[one].name for one in deciding] if error.code in ASK else []
    answer = await page(
        request,
        "signin/provider_refused.html",
        None,
        status=403,
        error=error,
        ask=asked,
        provider=provider.name,
    )
    _forget(answer)
    return answer


ASK = frozenset({"unknown_subject", "person_shut_out"})
"""Noes that somebody at the plant can change, and who."""


def _provider(desk: Desk) -> SignInProvider:
    provider = desk.parts.provider
    if provider is None:
        raise not_found()
    return provider


def _stale() -> ProofError:
    return ProofError(
        say("This answer does not belong to a sign-in that this browser began here a moment ago."),
        code="oidc_state",
        remedy=say("Begin again at the sign-in page."),
    )


def _made(secret: str, what: str, state: str) -> str:
    """43 characters of the browser's secret, for one purpose and one attempt (RFC 7636 section 4.1 wants 43 to 128)."""
    digest = hmac.digest(secret.encode(), f"{what}:{state}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _bound(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _forget(answer: Response) -> None:
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")

"""The dependency on every route: who calls, may they, and did their own page send this?"""

import hmac
from dataclasses import dataclass, replace

from fastapi import Request
from starlette.requests import HTTPConnection

from broker.console.access import ACCESS, Door, Row
from broker.console.alone import ALONE, local_sign_in_needed, vouched_for
from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.held_back import refuse_token
from broker.console.refusals import RefusalError, not_signed_in, not_yours
from broker.console.roles import Role, roles_of
from broker.people.sessions import SignedInBrowser
from broker.people.tokens import Token
from domain.errors import EvidenceError
from domain.events import TokenUsed
from domain.ids import PersonId
from domain.parties import Person
from domain.said import say

COOKIE = "__Host-penstock"
CSRF_HEADER = "x-penstock-csrf"
SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is known, and what the charter makes of them at this instant."""

    person: Person
    roles: frozenset[Role]
    browser: SignedInBrowser | None
    """None for a caller of the API."""
    token: Token | None = None
    """By which a caller of the API came."""

    @property
    def csrf(self) -> str:
        """The token that this browser's forms carry."""
        return self.browser.csrf if self.browser else ""


async def guard(request: Request) -> None:
    """Let the request through to its route, or raise RefusalError. A route without a row is shut."""
    row = ACCESS.get((request.method, request.scope["route"].path))
    if row is None:
        raise RefusalError(403, "not_in_table", say("This door is in no table, so it stays shut."))
    desk = desk_of(request)
    if request.method not in SAFE and row.door is not Door.TOKEN and not row.foreign:
        check_origin(request, desk)
    visitor: Visitor | None = None
    if row.door is Door.COOKIE:
        visitor = await _by_cookie(request, desk, row)
    elif row.door is Door.TOKEN:
        visitor = await _by_token(request, desk, row)
    if visitor is not None and row.roles is not None and not visitor.roles & row.roles:
        raise not_yours()


def visitor_of(request: Request) -> Visitor:
    """Who the guard let through. Only for routes whose row asks for somebody."""
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)
    return visitor


def check_origin(request: HTTPConnection, desk: Desk) -> None:
    """Only our own pages may cause anything: their exact origin, port included (SameSite ignores ports)."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin not in desk.parts.settings.origins or site != "same-origin":
        raise RefusalError(403, "foreign_origin", say("This did not come from a page of this console."))


async def known(request: HTTPConnection, desk: Desk, *, active: bool) -> Visitor | None:
    """Whose browser this is, if anybody's the charter still knows."""
    cookie = request.cookies.get(COOKIE)
    browser = await desk.browsers.find(cookie, active=active) if cookie else None
    if browser is None:
        return None
    return _visitor(desk, browser.person, browser)


async def still(request: Request, desk: Desk, visitor: Visitor) -> Visitor | None:
    """Who looks on, as the charter has them by now; None once their sign-in or token counts no longer."""
    if visitor.token is None:
        now = await known(request, desk, active=False)
        return now if now is not None and now.person.id == visitor.person.id else None
    token = await desk.tokens.find(_bearer(request))
    now = None if token is None else _visitor(desk, token.person, None)
    return None if now is None else replace(now, token=token)


async def _by_cookie(request: Request, desk: Desk, row: Row) -> Visitor:
    visitor = await known(request, desk, active=not row.polled)
    if visitor is None:
        raise not_signed_in()
    request.state.visitor = visitor
    if request.method not in SAFE:
        given = request.headers.get(CSRF_HEADER)
        if given is None:
            given = (await form_of(request)).get("csrf", "")
        if not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
            raise RefusalError(
                403,
                "stale_page",
                say("This page is older than your sign-in."),
                say("Load it again, then repeat."),
            )
        way = request.method, request.scope["route"].path
        if way not in ALONE and vouched_for(visitor.browser):
            raise local_sign_in_needed()
    return visitor


async def _by_token(request: Request, desk: Desk, row: Row) -> Visitor:
    given = _bearer(request)
    token = await desk.tokens.find(given) if given else None
    visitor = None if token is None else _visitor(desk, token.person, None)
    source = request.client.host if request.client else "local"
    if token is None or visitor is None:
        raise await refuse_token(desk, source, given.strip())
    if not token.good_from(source):
        await _tell(request, desk, token, source, "wrong_network")
        raise RefusalError(
            403,
            "wrong_network",
            say("This token is not good from here."),
            say("Use it where it was issued for."),
        )
    if row.scope not in token.scopes:
        await _tell(request, desk, token, source, "not_in_scope")
        raise RefusalError(
            403,
            "not_in_scope",
            say("This token is not for that: it lacks `{scope}`.", scope=row.scope),
            say("Issue one that is, under “My tokens”."),
            headers={
                "www-authenticate": f'Bearer realm="penstock", error="insufficient_scope", scope="{row.scope}"'
            },
        )
    if request.method not in SAFE:
        await _tell(request, desk, token, source, "")
    await desk.tokens.used(token, source)
    request.state.visitor = visitor = replace(visitor, token=token)
    return visitor


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


async def _tell(request: Request, desk: Desk, token: Token, source: str, code: str) -> None:
    """Have the ledger know what a token is used for, before it is; each kind of misuse once, for it may be a flood."""
    deed = f"{request.method} {request.scope['route'].path}"
    if code:
        if (token.key, code) in desk.misused:
            return
        desk.misused.add((token.key, code))
    try:
        await desk.parts.ledger.append(
            TokenUsed(
                at=desk.parts.clock.now(),
                token=token.key,
                person=token.person,
                source=source,
                deed=deed,
                code=code,
            )
        )
    except EvidenceError:
        # Whoever stops a session or cuts off needs no evidence first: nothing may keep a hand from the switch.
        # Nor does a directory that says who has left.
        if not deed.endswith(("/stop", "/isolations")) and "/scim/" not in deed:
            raise


def _visitor(desk: Desk, id_: PersonId, browser: SignedInBrowser | None) -> Visitor | None:
    charter = desk.parts.charter()
    person = charter.people.get(id_)
    if person is None:
        return None
    return Visitor(person, roles_of(charter, person, desk.parts.clock.now()), browser)

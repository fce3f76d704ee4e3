"""My tokens: issue one for a script, see what it is for and when it was used, end it.

Issuing takes a one-time code that is spent on it, so that nobody who finds a browser open takes a token away.
"""

import hashlib
from datetime import timedelta

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.people.factors import used_already
from broker.people.tokens import MOST_NETWORKS, Scope, of_row
from domain.events import TokenEnded, TokenIssued
from domain.ids import PersonId
from domain.said import say

router = page_router()

LONGEST_DAYS = 90
LONGEST_LABEL = 60
SAYS = {
    Scope.READ: say("look at permits and sessions"),
    Scope.ASK: say("ask for permits, and take the wish back"),
    Scope.DECIDE: say("refuse and revoke; approve only with a code or a signature beside it"),
    Scope.STOP: say("stop and pause live sessions"),
    Scope.PLANT: say("set operating states and cut off; release only with a code beside it"),
    Scope.SELF: say("end my own sign-ins and tokens, and choose how I am told"),
    Scope.EVIDENCE: say("read the ledger's events and sessions' recordings"),
    Scope.DIRECTORY: say("say who has left, for a corporate directory; it only takes away"),
}


@router.get("/tokens")
async def show(request: Request) -> Response:
    """The person's own, none of them in full."""
    return await _page(request)


@router.post("/tokens")
async def issue(request: Request) -> Response:
    """Issue one; the page that answers is the only one that ever shows it."""
    desk, visitor = desk_of(request), visitor_of(request)
    form, person = await form_of(request), visitor.person.id
    label, days = " ".join(form.get("label", "").split()), form.get("days", "")
    if not label or not label.isprintable() or len(label) > LONGEST_LABEL:
        raise RefusalError(
            422,
            "bad_label",
            say("Say what it is for, in {longest_label} characters at most.", longest_label=LONGEST_LABEL),
        )
    if not (days.isascii() and days.isdigit() and 0 < int(days[:4]) <= LONGEST_DAYS):
        raise RefusalError(
            422, "bad_length", say("A token is good for 1 to {longest_days} days.", longest_days=LONGEST_DAYS)
        )
    now = desk.parts.clock.now()
    expires = now + timedelta(days=int(days))
    try:
        scopes = [Scope(one) for one in form.many("scope")]
        networks = form.get("networks", "").replace(",", " ").split()
        token, row = desk.tokens.prepare(person, label, expires, scopes, networks)
    except ValueError as error:
        raise RefusalError(
            422,
            "no_such_token",
            say("There can be no such token: {error}.", error=f"{error}"),
            say(
                "Choose what it is for, and at most {most_networks} networks such as 192.0.2.0/24.",
                most_networks=MOST_NETWORKS,
            ),
        ) from error
    await _spend(request, form.get("code", ""), row.id)
    made = of_row(row)
    await desk.parts.ledger.append(
        TokenIssued(
            at=now,
            token=made.key,
            person=person,
            by=person,
            label=label,
            scopes=tuple(sorted(made.scopes)),
            networks=made.networks,
            expires=made.expires_at,
        )
    )
    try:
        await desk.tokens.add(row)
    except ValueError as error:
        raise RefusalError(
            409, "too_many_tokens", f"{error}.", say("End one that you no longer need.")
        ) from error
    return await _page(request, issued=token)


@router.post("/tokens/{token}/end")
async def end(request: Request, token: str) -> Response:
    """Make one's own worthless at once; the ledger is told after, since closing needs no evidence first."""
    await end_token(desk_of(request), visitor_of(request).person.id, token)
    return RedirectResponse("/tokens", 303)


async def end_token(desk: Desk, person: PersonId, token: str) -> None:
    """End a token of this person; 404 when they have none of this key."""
    ended = await desk.tokens.end(token, person) if token.isascii() and token.isalnum() else None
    if ended is None:
        raise not_found()
    await desk.parts.ledger.append(
        TokenEnded(at=desk.parts.clock.now(), token=ended.key, person=person, by=person)
    )


async def _page(request: Request, issued: str = "") -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    return await page(
        request,
        "signin/tokens.html",
        visitor,
        tokens=await desk.tokens.of(visitor.person.id),
        issued=issued,
        says=SAYS,
        longest_days=LONGEST_DAYS,
    )


async def _spend(request: Request, code: str, row: str) -> None:
    """Have the gate spend the person's code on exactly this token."""
    desk, person = desk_of(request), visitor_of(request).person.id
    purpose = f"token:{hashlib.sha256(row.encode()).hexdigest()}"
    if await desk.parts.codes.check(person, code, purpose) is not None:
        return
    wait_s = await desk.parts.codes.used(person, code)
    if wait_s is not None:
        raise RefusalError(403, "used_code", used_already(wait_s))
    raise RefusalError(
        403, "wrong_code", say("This code is wrong or too old."), say("Wait for the next one.")
    )

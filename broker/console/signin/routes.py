"""Signing in and out. Every failure looks alike; what was wrong is for the ledger and the operator.

Only a right code that was used before is told apart, to somebody who knew the password too.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection

from approvals.proofs.webauthn import assertion_options, check, proof_of
from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of, object_of, text_of
from broker.console.guard import COOKIE, Visitor, known, visitor_of
from broker.console.held_back import tell_held_back, too_many
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.roles import Role
from broker.console.route import page_router
from broker.people.accounts import HeldBack
from broker.people.factors import used_already
from broker.people.sessions import ABSOLUTE, SignedInBrowser
from broker.watchdog.interlocks import Interlocks
from domain.errors import EvidenceError, PeerError, ProofError
from domain.events import SignedIn, SignInFailed
from domain.ids import PersonId, is_word
from domain.permit import USABLE, WAITING
from domain.said import say

log = structlog.get_logger()
router = page_router()

FORM_COOKIE = "__Host-penstock-form"
PURPOSE = "sign-in"
MOST_LOOKED_AT = 10
"""Of a vendor's newest permits, to know whether one of them still runs."""
NO = say("That did not match. Check the name, the password and that the code is a fresh one.")


SHUT_OUT = say("You are shut out: the plant was told that you need access no longer.")
BACK_BY_DECISION = say("Only a decision of the plant brings you back.")


@router.get("/sign-in")
async def show(request: Request) -> Response:
    """The sign-in page; whoever is signed in goes on to their start page, unless they want to sign in here as well."""
    if "here" not in request.query_params and await known(request, desk_of(request), active=True):
        return RedirectResponse("/", 303)
    return await sign_in_page(request)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Password and one-time code, both or nothing."""
    desk = desk_of(request)
    form = await form_of(request)
    check_form_cookie(request, form.get("form", ""))
    claimed, source = form.get("person", ""), source_of(request)
    person = await _by_password(desk, claimed, form.get("password", ""), form.get("code", ""), source)
    if isinstance(person, _No):
        return await sign_in_page(request, status=401, problem=person.sentence, wanted=form.get("next", ""))
    answer = RedirectResponse(safe_path(form.get("next", "")), 303)
    await open_browser(request, desk, answer, person, ("password", "totp"))
    return answer


@router.post("/sign-in/passkey/begin")
async def passkey_begin(request: Request) -> Response:
    """A challenge for a passkey that says itself whose it is."""
    desk = desk_of(request)
    await object_of(request)
    ceremony, challenge = await desk.ceremonies.begin(PURPOSE, _form_cookie(request))
    options = assertion_options(desk.parts.trust(), (), challenge)
    return JSONResponse({"ceremony": ceremony, "options": json.loads(options)})


@router.post("/sign-in/passkey/finish")
async def passkey_finish(request: Request) -> Response:
    """The answer to that challenge, once, from the same browser."""
    desk = desk_of(request)
    fields = await object_of(request)
    source = source_of(request)
    challenge = await desk.ceremonies.take(text_of(fields, "ceremony"), PURPOSE, _form_cookie(request))
    try:
        person = _by_passkey(desk, json.dumps(fields.get("credential")), challenge)
    except ProofError as error:
        # Only now: a passkey can't be guessed, so a flood from an address keeps nobody out who has one.
        await hold_back(desk, None, source)
        await note_failure(desk, None, source, error.code)
        raise RefusalError(
            401, "sign_in_failed", say("This passkey does not sign anybody in here.")
        ) from error
    answer = JSONResponse({"next": safe_path(_text(fields.get("next")))})
    await open_browser(request, desk, answer, person, ("passkey",))
    return answer


@router.get("/")
async def start(request: Request) -> Response:
    """Each person's first page: what waits for them."""
    visitor = visitor_of(request)
    first = (
        (Role.HOLDER, "/queue"),
        (Role.SHIFT, "/plant"),
        (Role.VENDOR, await _first_of_vendor(desk_of(request), visitor)),
        (Role.AUDITOR, "/evidence"),
    )
    for role, path in first:
        if role in visitor.roles:
            return RedirectResponse(path, 303)
    return await page(request, "signin/nothing.html", visitor)


async def _first_of_vendor(desk: Desk, visitor: Visitor) -> str:
    """Their permits while one waits or is open; else where they ask for one."""
    if Role.VENDOR not in visitor.roles:
        return "/permits"
    try:
        newest = await desk.parts.approvals.filed_of(visitor.person.id, most=MOST_LOOKED_AT)
    except EvidenceError:  # the list says what is wrong
        return "/permits"
    now = desk.parts.clock.now()
    runs = any(one.state in WAITING | USABLE and now < one.permit.window.end for one in newest)
    return "/permits" if runs else "/request"


async def sign_in_page(
    request: Request, *, status: int = 200, problem: str = "", wanted: str = ""
) -> Response:
    """The form, with a token that ties it to this browser before anybody is known."""
    value = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    answer = await page(
        request,
        "signin/sign_in.html",
        None,
        status=status,
        problem=problem,
        form=value,
        wanted=wanted,
        call=desk_of(request).parts.settings.help,
        registration=desk_of(request).parts.settings.registration,
        provider=desk_of(request).parts.provider,
    )
    answer.set_cookie(FORM_COOKIE, value, secure=True, httponly=True, samesite="strict")
    return answer


def source_of(request: HTTPConnection) -> str:
    """The address that the connection comes from. Forwarding headers are not believed."""
    return request.client.host if request.client else "local"


def safe_path(text: str) -> str:
    """``text`` when it names a page of this console, else the start page."""
    parts = urlsplit(text)
    inside = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if inside and not parts.scheme and not parts.netloc and "\\" not in text else "/"


@dataclass(frozen=True, slots=True)
class _No:
    """Why nobody was signed in, as far as the page may say."""

    sentence: str


async def _by_password(desk: Desk, claimed: str, password: str, code: str, source: str) -> PersonId | _No:
    await hold_back(desk, claimed, source)
    # A name that can be nobody's never reaches the database, which may refuse its letters; it takes as long.
    matches = await desk.accounts.password_matches(claimed if is_word(claimed) else "nobody", password)
    person = PersonId(claimed)
    if not matches or not is_word(claimed) or not _is_known(desk, person):
        await note_failure(desk, claimed, source, "bad_password")
        return _No(NO)
    # The code is spent only by somebody who knew the password.
    if await desk.parts.codes.check(person, code, PURPOSE) is None:
        # Their own last code again is no guess: it does not count towards holding them back.
        wait_s = await desk.parts.codes.used(person, code)
        if wait_s is not None:
            await note_failure(desk, claimed, source, "used_code", counted=False)
            return _No(used_already(wait_s))
        await note_failure(desk, claimed, source, "bad_code")
        return _No(NO)
    await desk.accounts.succeeded(person)
    return person


def _by_passkey(desk: Desk, response: str, challenge: bytes | None) -> PersonId:
    if challenge is None:
        raise ProofError(say("The challenge is used up or too old."), code="stale_challenge")
    trust = desk.parts.trust()
    proof = proof_of(response, challenge)
    person = trust.owner(proof.credential_id)
    if person is None or not _is_known(desk, person):
        raise ProofError(say("This passkey is nobody's here."), code="unknown_passkey")
    check(proof, challenge, person, trust)
    return person


async def open_browser(
    request: Request, desk: Desk, answer: Response, person: PersonId, factors: tuple[str, ...]
) -> SignedInBrowser:
    """Evidence, then a session under an id that nobody held before; an older one of this browser ends.

    RefusalError for a vendor's person who has left. Of the plant's own, who signs in here by their own keys is let in.
    """
    source = source_of(request)
    known_as = desk.parts.charter().people.get(person)
    if known_as is not None and known_as.vendor is not None and await shut_out(desk, person):
        await note_failure(desk, person, source, "person_shut_out", counted=False)
        raise RefusalError(403, "person_shut_out", SHUT_OUT, BACK_BY_DECISION)
    await desk.parts.ledger.append(
        SignedIn(at=desk.parts.clock.now(), door="console", person=person, source=source, factors=factors)
    )
    before = await known(request, desk, active=False)
    if before is not None and before.browser is not None:
        await desk.browsers.close(before.browser.key)
    cookie, browser = await desk.browsers.open(person, source, factors)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(ABSOLUTE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="strict",
    )
    answer.delete_cookie(FORM_COOKIE, secure=True, httponly=True, samesite="strict")
    return browser


async def shut_out(desk: Desk, person: PersonId) -> bool:
    """Whether the plant keeps this person out. Nobody is, while the watchdog can't be asked: nothing opens then anyway."""
    try:
        return (
            f"person:{person}"
            in Interlocks.of((await desk.parts.watchdog({"do": "show"}))["interlocks"]).isolated
        )
    except PeerError:
        return False


async def hold_back(desk: Desk, claimed: str | None, source: str) -> None:
    """RefusalError while attempts in this name, or from this address, are not looked at."""
    if wait_s := await desk.accounts.held_back(claimed, source):
        # One leaf each time: anybody can knock a thousand times a second, and must not fill the ledger so.
        if source not in desk.held_back:
            desk.held_back.add(source)
            await note_failure(desk, claimed, source, "held_back", counted=False)
        raise too_many(wait_s)


async def note_failure(
    desk: Desk,
    claimed: str | None,
    source: str,
    code: str,
    *,
    counted: bool = True,
    unnamed: str = "passkey",
) -> None:
    """Have the ledger know of it, and wait longer next time. ``unnamed`` is what was shown where no name was claimed."""
    held: tuple[HeldBack, ...] = ()
    if counted:
        desk.held_back.discard(source)
        held = await desk.accounts.failed(claimed, source)
    log.warning("sign_in_failed", source=source, code=code)
    shortened = unnamed if claimed is None else ascii(claimed[:63])[1:-1]
    await desk.parts.ledger.append(
        SignInFailed(at=desk.parts.clock.now(), door="console", claimed=shortened, source=source, code=code)
    )
    await tell_held_back(desk, held, "console", source)


def _is_known(desk: Desk, person: PersonId) -> bool:
    return person in desk.parts.charter().people


def _form_cookie(request: Request) -> str:
    value = request.cookies.get(FORM_COOKIE)
    if not value:
        raise RefusalError(
            403, "stale_page", say("This page is too old."), say("Load it again, then repeat.")
        )
    return value


def check_form_cookie(request: Request, given: str) -> None:
    """RefusalError unless the form was shown to this browser."""
    if not hmac.compare_digest(given.encode(), _form_cookie(request).encode()):
        raise RefusalError(
            403, "stale_page", say("This page is too old."), say("Load it again, then repeat.")
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""Opening something at an asset from a browser: who is there is proved anew each time, by passkey or one-time code.

The gate draws what is signed and checks it; here is only the key, which is made for the one tab (ADR 0048). ``begin``,
``passkey`` and ``code`` serve every page that opens something; ``purpose`` says which one it is.
"""

import asyncio
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from approvals.service import Filed
from broker.certificate_statement import CertificateStatement
from broker.console.browsing.entry import PROTOCOL, TALLY, Tab, bound, gate_of, own_permit, served
from broker.console.browsing.keys import Asked, Identity, new_key
from broker.console.browsing.talk import Ended, Start, TalkError
from broker.console.browsing.ways import ways
from broker.console.desk import Desk, desk_of
from broker.console.forms import object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.permits.sheet import filed_for
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.shell import TERMINAL_POLICY
from broker.console.signin.routes import source_of
from broker.console.signing import begin_signing, signed_by
from domain.access import ConnectionMethod, PassageKind
from domain.ids import PermitId
from domain.permit import USABLE, WAITING, Permit
from domain.proof import PasskeyProof, ProofKind, counts
from domain.said import say

if TYPE_CHECKING:
    import asyncssh

router = page_router()
sockets = APIRouter()
"""WebSockets ask for themselves who is there: ``entry.served``."""

TERMINAL, SCREEN, PANEL = "terminal", "screen", "panel"
PURPOSES = frozenset({TERMINAL, SCREEN, PANEL})
"""What a browser can be let in for. A tally for one is none for another."""

GOOD_FOR = timedelta(seconds=30)
"""How long a page that was let in may take to connect."""

START_S = 20.0
NO_START = Ended("not_understood", say("The page sent what no page of this console sends."))


@router.get("/permits/{permit}/terminal")
async def terminal(request: Request, permit: str) -> Response:
    """The terminal's page. xterm.js writes styles of its own, which only this page may."""
    # What the first tab needs takes a moment to load, and a keystroke should not wait for it.
    await asyncio.to_thread(import_module, "broker.console.browsing.terminal")
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    asked = filed.permit
    if asked.person != visitor.person.id:
        raise not_found()
    kinds = {one.kind for one in asked.grants}
    return await page(
        request,
        "browsing/terminal.html",
        visitor,
        headers={"content-security-policy": TERMINAL_POLICY},
        shell=PassageKind.SHELL in kinds,
        able=bool(kinds & {PassageKind.SHELL, PassageKind.EXEC}),
        **to_open(desk, visitor, filed),
    )


@router.post("/permits/{permit}/browse/begin")
async def begin(request: Request, permit: str) -> Response:
    """A key for one tab, and a challenge over what the gate has drawn about it."""
    desk, visitor = desk_of(request), visitor_of(request)
    asked = await own_permit(desk, visitor, permit)
    purpose = _purpose_in(text_of(await object_of(request), "purpose"))
    key = new_key()
    drawn = await gate_of(desk).draw_certificate(visitor.person.id, asked.id, key.public, source_of(request))
    name = desk.keys.keep(
        bound(request, visitor, asked.id, purpose), Asked(key, drawn), desk.parts.clock.now(), drawn.until
    )
    return await begin_signing(desk, visitor, _signing(drawn), drawn.digest(), opening=name)


@router.post("/permits/{permit}/browse/passkey")
async def by_passkey(request: Request, permit: str) -> Response:
    """Hand the signature to the gate; what it certifies, one tab may use once."""
    desk, visitor = desk_of(request), visitor_of(request)
    asked = await own_permit(desk, visitor, permit)
    fields = await object_of(request)
    purpose = _purpose_in(text_of(fields, "purpose"))
    bound_to = bound(request, visitor, asked.id, purpose)
    waiting = desk.keys.take(text_of(fields, "opening"), bound_to, desk.parts.clock.now())
    if waiting is None:
        raise RefusalError(
            409, "stale_challenge", say("This signature is too old, or was sent before."), say("Sign again.")
        )
    proof = await signed_by(desk, visitor, fields, _signing(waiting.statement))
    return await _let_in(request, visitor, asked.id, purpose, waiting, proof)


@router.post("/permits/{permit}/browse/code")
async def by_code(request: Request, permit: str) -> Response:
    """The same by a one-time code, where the charter takes one."""
    desk, visitor = desk_of(request), visitor_of(request)
    asked = await own_permit(desk, visitor, permit)
    fields = await object_of(request)
    purpose, code = _purpose_in(text_of(fields, "purpose")), text_of(fields, "code").strip()[:64]
    key = new_key()
    drawn = await gate_of(desk).draw_certificate(visitor.person.id, asked.id, key.public, source_of(request))
    return await _let_in(request, visitor, asked.id, purpose, Asked(key, drawn), code)


@sockets.websocket("/permits/{permit}/terminal/socket")
async def socket(websocket: WebSocket, permit: str) -> None:
    """The terminal's bytes, once its page has shown its tally."""
    await served(websocket, permit, TERMINAL, _terminal, told=True)


async def _terminal(tab: Tab, ssh: "asyncssh.SSHClientConnection", _permit: Permit) -> Ended:
    from broker.console.browsing.terminal import carry_terminal  # noqa: PLC0415 - it brings SSH along

    try:
        async with asyncio.timeout(START_S):
            start = await tab.heard()
    except (TalkError, TimeoutError):
        start = None
    if not isinstance(start, Start):
        return NO_START
    return await carry_terminal(tab, ssh, start.command or None, start.columns, start.rows)


async def _let_in(
    request: Request,
    visitor: Visitor,
    permit: PermitId,
    purpose: str,
    asked: Asked,
    proof: PasskeyProof | str,
) -> Response:
    desk = desk_of(request)
    certificate = await gate_of(desk).certify(visitor.person.id, asked.statement.drawn, proof)
    now = desk.parts.clock.now()
    tally = desk.tallies.keep(
        bound(request, visitor, permit, purpose), Identity(asked.key, certificate), now, now + GOOD_FOR
    )
    return JSONResponse({"protocols": [PROTOCOL, f"{TALLY}{tally}"]})


def _purpose_in(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise RefusalError(422, "field_wrong", say("There is nothing of that name to open."))
    return purpose


def _signing(drawn: CertificateStatement) -> str:
    return f"browse:{drawn.digest().hex()}"


def to_open(desk: Desk, visitor: Visitor, filed: Filed, *, lacking: bool = False) -> dict[str, Any]:
    """What ``browsing/work.html`` asks for of every page that opens something under ``filed``.

    ``lacking``: the plant has not got what this one needs; the page says what.
    """
    asked, parts = filed.permit, desk.parts
    charter = parts.charter()
    conduit = charter.conduits.get(asked.conduit)
    return {
        "permit": asked,
        "by_browser": asked.method is ConnectionMethod.BROWSER,
        "waits": filed.state in WAITING,
        "over": filed.state not in WAITING | USABLE,
        "ways": ways(asked, filed.state, charter.assets.get(asked.asset)),
        "passkey": bool(parts.trust().passkeys.get(visitor.person.id)),
        "code_accepted": conduit is not None and counts(ProofKind.TOTP, conduit.proofs),
        "gate": parts.gate is not None,
        "lacking": lacking,
    }

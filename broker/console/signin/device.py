"""Confirming an SSH connection that waits for its person's passkey (after RFC 8628): type its code, compare, sign.

The code is typed and never comes in a link. What waits is shown as the gate has it, with a warning where this
browser is somewhere else than the connection; the passkey signs exactly that, and the gate checks it itself.
"""

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from broker.browser_statement import BrowserStatement, typed
from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of, object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.signin.routes import source_of
from broker.console.signing import begin_signing, signed_by
from domain.said import say

router = page_router()

DONE = frozenset({"confirmed", "refused"})


@router.get("/device")
async def show(request: Request) -> Response:
    """Where the code is typed; and, after it, what came of it."""
    done = request.query_params.get("done", "")
    return await _page(request, None, done=done if done in DONE else "")


@router.post("/device")
async def found(request: Request) -> Response:
    """What waits under the code that was typed, to be compared."""
    statement = await _found(request, (await form_of(request)).get("code", ""))
    if statement is None:
        problem = say("No connection of yours waits under this code. Compare it with your terminal.")
        return await _page(request, None, status=404, problem=problem)
    return await _page(request, statement)


@router.post("/device/begin")
async def begin(request: Request) -> Response:
    """A challenge over this very connection."""
    desk, visitor = desk_of(request), visitor_of(request)
    statement = await _waiting(request, text_of(await object_of(request), "code"))
    return await begin_signing(desk, visitor, _purpose(statement), statement.digest())


@router.post("/device/confirm")
async def confirm(request: Request) -> Response:
    """Hand the signature to the gate, which lets the connection go on, or says why not."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    statement = await _waiting(request, text_of(fields, "code"))
    proof = await signed_by(desk, visitor, fields, _purpose(statement))
    gate = desk.parts.device
    if gate is None:
        raise _gone()
    await gate.confirm_sign_in(visitor.person.id, statement.code, proof, source_of(request))
    return JSONResponse({"next": "/device?done=confirmed"})


@router.post("/device/refuse")
async def refuse(request: Request) -> Response:
    """It was not mine: turn the connection away now."""
    code, gate = typed((await form_of(request)).get("code", "")), desk_of(request).parts.device
    if gate is None or not code:
        raise _gone()
    await gate.refuse_sign_in(visitor_of(request).person.id, code, source_of(request))
    return RedirectResponse("/device?done=refused", 303)


async def _page(
    request: Request,
    statement: BrowserStatement | None,
    *,
    status: int = 200,
    problem: str = "",
    done: str = "",
) -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    return await page(
        request,
        "signin/device.html",
        visitor,
        status=status,
        statement=statement,
        problem=problem,
        done=done,
        source=source_of(request),
        passkey=_has_passkey(desk, visitor),
    )


async def _waiting(request: Request, code: str) -> BrowserStatement:
    statement = await _found(request, code)
    if statement is None:
        raise _gone()
    return statement


async def _found(request: Request, code: str) -> BrowserStatement | None:
    """What waits under what was typed; the gate is not asked of what can be no code."""
    code, gate = typed(code), desk_of(request).parts.device
    return (
        await gate.found_sign_in(visitor_of(request).person.id, code) if gate is not None and code else None
    )


def _gone() -> RefusalError:
    return RefusalError(
        409,
        "sign_in_gone",
        say("This connection waits no longer."),
        say("Connect again, and type the code that your terminal shows then."),
    )


def _purpose(statement: BrowserStatement) -> str:
    return f"device:{statement.digest().hex()}"


def _has_passkey(desk: Desk, visitor: Visitor) -> bool:
    return bool(desk.parts.trust().passkeys.get(visitor.person.id))

"""My passkeys: register one, read its fingerprint to the OT engineer, who enrols it at the plant."""

import json

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from approvals.proofs.webauthn import register, registration_options
from broker.console.desk import desk_of
from broker.console.forms import object_of, text_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from domain.said import say

router = page_router()

PURPOSE = "register-passkey"
LONGEST_LABEL = 40


@router.get("/passkeys")
async def show(request: Request) -> Response:
    """Keys that count already, and keys that wait to be enrolled."""
    desk, visitor = desk_of(request), visitor_of(request)
    pending = await desk.pending.of(visitor.person.id)
    trust = desk.parts.trust()
    enrolled = trust.passkeys.get(visitor.person.id, ())
    waiting = [one for one in pending if trust.owner(one.credential_id) is None]
    return await page(request, "signin/passkeys.html", visitor, enrolled=enrolled, pending=waiting)


@router.post("/passkeys/begin")
async def begin(request: Request) -> Response:
    """A challenge for a new passkey of the person who is signed in."""
    desk, visitor = desk_of(request), visitor_of(request)
    ceremony, challenge = await desk.ceremonies.begin(PURPOSE, visitor.csrf)
    options = registration_options(desk.parts.trust(), visitor.person.id, visitor.person.name, challenge)
    return JSONResponse({"ceremony": ceremony, "options": json.loads(options)})


@router.post("/passkeys/finish")
async def finish(request: Request) -> Response:
    """Keep the new key as pending. It counts for nothing until the plant's trust file names it."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    challenge = await desk.ceremonies.take(text_of(fields, "ceremony"), PURPOSE, visitor.csrf)
    if challenge is None:
        raise RefusalError(
            409, "stale_challenge", say("This registration is too old."), say("Begin it again.")
        )
    label = text_of(fields, "label").strip()
    if not label.isprintable() or len(label) > LONGEST_LABEL:
        raise RefusalError(
            422,
            "bad_label",
            say("A name for a passkey is one line, {longest_label} characters.", longest_label=LONGEST_LABEL),
        )
    made = register(
        json.dumps(fields.get("credential")),
        challenge,
        desk.parts.trust(),
        label=label or "passkey",
        at=desk.parts.clock.now(),
        by=visitor.person.id,
    )
    await desk.pending.add(
        visitor.person.id,
        made.credential_id,
        made.public_key,
        made.label,
        backup_eligible=made.backup_eligible,
    )
    return JSONResponse({"next": "/passkeys"})


@router.post("/passkeys/{pending}/discard")
async def discard(request: Request, pending: str) -> Response:
    """Forget one that waits. An enrolled one is removed at the plant: `penstock people`."""
    desk, visitor = desk_of(request), visitor_of(request)
    known = pending.isascii() and pending.isalnum()
    if not known or not await desk.pending.discard(visitor.person.id, pending):
        raise not_found()
    return RedirectResponse("/passkeys", 303)

"""Signing something other than a permit with a passkey: a challenge for one person and one thing, used once.

What is signed is 32 random bytes and the thing's digest, so that a signature for one thing is none for another.
"""

import hashlib
import json
from collections.abc import Mapping

from fastapi.responses import JSONResponse

from approvals.proofs.webauthn import NONCE_BYTES, assertion_options, proof_of
from broker.console.desk import Desk
from broker.console.forms import text_of
from broker.console.guard import Visitor
from broker.console.refusals import RefusalError
from domain.attestation import Statement
from domain.canonical import Json
from domain.errors import ProofError
from domain.proof import PasskeyProof
from domain.said import say


async def begin_signing(
    desk: Desk, visitor: Visitor, purpose: str, digest: bytes, **told: Json
) -> JSONResponse:
    """What the browser needs to ask for this person's signature over ``digest``; ``told`` comes along."""
    trust = desk.parts.trust()
    keys = trust.passkeys.get(visitor.person.id, ())
    if not keys:
        raise RefusalError(
            403,
            "no_passkey",
            say("The plant has enrolled no passkey of yours."),
            say("Register one under “My passkeys”."),
        )
    ceremony, challenge = await desk.ceremonies.begin(purpose, bound_to(visitor), suffix=digest)
    options = json.loads(assertion_options(trust, keys, challenge))
    return JSONResponse({"ceremony": ceremony, "options": options, **told})


def statement_in(fields: Mapping[str, Json]) -> Statement:
    """The statement that comes back with the answer; RefusalError 422 where there is none."""
    try:
        return Statement.of(fields.get("statement"))
    except ProofError as error:
        raise RefusalError(422, "no_statement", error.fact, say("Look at the page again.")) from error


async def signed_by(desk: Desk, visitor: Visitor, fields: Mapping[str, Json], purpose: str) -> PasskeyProof:
    """The answer to that challenge, which is used up by it; whether it verifies is for the caller to ask."""
    challenge = await desk.ceremonies.take(text_of(fields, "ceremony"), purpose, bound_to(visitor))
    if challenge is None:
        raise RefusalError(
            409, "stale_challenge", say("This signature is too old, or was sent before."), say("Sign again.")
        )
    return proof_of(json.dumps(fields.get("credential")), challenge[:NONCE_BYTES])


def bound_to(visitor: Visitor) -> str:
    """This browser and this person: nobody else can answer."""
    key = visitor.browser.key if visitor.browser else ""
    return hashlib.sha256(f"{key}:{visitor.person.id}".encode()).hexdigest()

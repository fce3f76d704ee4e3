"""The review of a use of break-glass, signed: by passkey on the plant's page, by SSH key from a terminal.

What is signed is the whole statement. It is drawn up here, for one person and one use, and taken back
once, within minutes; the gate checks the signature again, and believes nothing else of it.
"""

import secrets
from typing import cast

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from approvals.armour import bare
from approvals.proofs.webauthn import NONCE_BYTES as CHALLENGE_NONCE_BYTES
from approvals.reviewing import purpose_of_statement, verify_review
from broker.console.desk import Desk, desk_of
from broker.console.forms import object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.decide import checked_reason
from broker.console.plant.break_glass import file_review, reviewable_by
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.signing import begin_signing, bound_to, signed_by
from domain.break_glass import Glass, Review
from domain.canonical import Json
from domain.errors import ProofError
from domain.glass_review import ReviewStatement, SignedReview
from domain.proof import SshProof
from domain.said import say
from domain.signed_statement import NONCE_BYTES

router = page_router()


@router.post("/plant/break-glass/{permit}/review/begin")
async def begin(request: Request, permit: str) -> Response:
    """A challenge over the statement that says what this person found; the browser brings both back."""
    desk, visitor = desk_of(request), visitor_of(request)
    finding = text_of(await object_of(request), "finding")
    statement, _ceremony = await draw_up(desk, visitor, permit, finding)
    purpose = purpose_of_statement(statement)
    return await begin_signing(desk, visitor, purpose, statement.digest(), statement=statement.document())


@router.post("/plant/break-glass/{permit}/review/passkey")
async def by_passkey(request: Request, permit: str) -> Response:
    """The signed statement, once."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    statement = _statement(fields.get("statement"))
    proof = await signed_by(desk, visitor, fields, purpose_of_statement(statement))
    await _take(desk, visitor, permit, SignedReview(statement, proof))
    return JSONResponse({"next": "/plant"})


async def draw_up(desk: Desk, visitor: Visitor, permit: str, finding: str) -> tuple[ReviewStatement, str]:
    """What this person is to sign of this use, and the ceremony by which an SSH signature over it is taken back."""
    glass = await reviewable_by(desk, visitor, permit)
    try:
        statement = ReviewStatement(
            node=desk.parts.settings.node,
            permit=glass.permit,
            boundary=glass.boundary,
            used_at=glass.at,
            by=visitor.person.id,
            at=desk.parts.clock.now(),
            finding=checked_reason(finding),
            trust=desk.parts.trust().digest().hex(),
            nonce=secrets.token_bytes(NONCE_BYTES),
        )
    except ValueError as error:
        raise RefusalError(
            422, "not_understood", say("This can't be filed: {error}.", error=f"{error}")
        ) from error
    ceremony, _challenge = await desk.ceremonies.begin(
        purpose_of_statement(statement), _by_key(visitor), suffix=statement.digest()
    )
    return statement, ceremony


async def take_ssh(
    desk: Desk, visitor: Visitor, permit: str, ceremony: str, statement: Json, armoured: str
) -> None:
    """File the review that an SSH key signed; RefusalError when it does not count."""
    said = _statement(statement)
    challenge = await desk.ceremonies.take(ceremony, purpose_of_statement(said), _by_key(visitor))
    if challenge is None or challenge[CHALLENGE_NONCE_BYTES:] != said.digest():
        raise RefusalError(
            409, "stale_challenge", say("This signature is too old, or was sent before."), say("Sign again.")
        )
    try:
        proof = SshProof(said.message(), bare(armoured))
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    await _take(desk, visitor, permit, SignedReview(said, proof))


async def _take(desk: Desk, visitor: Visitor, permit: str, signed: SignedReview) -> None:
    glass: Glass = await reviewable_by(desk, visitor, permit)
    statement = signed.statement
    if (statement.by, statement.node) != (visitor.person.id, desk.parts.settings.node):
        raise RefusalError(
            403, "wrong_review", say("What was signed is another's review, or for another node.")
        )
    try:
        verify_review(signed, glass, desk.parts.trust())
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    await file_review(
        desk, glass.permit, Review(statement.by, statement.at, signed=signed), statement.finding
    )


def _statement(document: object) -> ReviewStatement:
    try:
        return ReviewStatement.of(cast("Json", document))
    except ProofError as error:
        raise RefusalError(422, error.code, error.fact, say("Look at the page again.")) from error


def _by_key(visitor: Visitor) -> str:
    # Not the passkey's: one statement may be signed either way, and neither answer can use up the other's challenge.
    return f"ssh:{bound_to(visitor)}"

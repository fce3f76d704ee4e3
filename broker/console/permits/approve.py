"""Saying yes: by a passkey that signs the permit's own bytes, or by a code where the conduit takes one.

The gate verifies every approval again, against the plant's own trust file. A console that lied
here would have filed an approval that opens nothing.
"""

import hashlib
import hmac
import json
import secrets

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from approvals.arbitration import settling
from approvals.proofs import purpose
from approvals.proofs.webauthn import approval_options, proof_of
from approvals.quorum import Ineligible, Terms, may_approve
from approvals.service import Filed
from approvals.shown import shown_digest
from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of, object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.break_glass import breaking, terms_to_break
from broker.console.permits.decide import checked_reason
from broker.console.permits.sheet import filed_for, typed_for
from broker.console.permits.terms import judge, names_of
from broker.console.refusals import RefusalError, of_decision
from broker.console.route import page_router
from broker.people.factors import used_already
from domain.access import NeedsApproval
from domain.dispute import SALT_BYTES, settling_nonce, settling_purpose
from domain.events import ApprovalRejected
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.proof import Approval, Proof, ProofKind, TotpProof
from domain.rights import DecisionRight
from domain.said import say
from policies.facts import Facts

router = page_router()

NONCE_BYTES = 32
LEAD = DecisionRight.INCIDENT_LEAD


@router.post("/permits/{permit}/approve/begin")
async def begin(request: Request, permit: str) -> Response:
    """A challenge for this approver, this permit and this right: 32 random bytes, then the permit's digest."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    fields = await object_of(request)
    right = _right(text_of(fields, "right"))
    _typed(desk, filed.permit, fields.get("typed"))
    await _terms(desk, visitor, filed, right)
    trust = desk.parts.trust()
    if not trust.passkeys.get(visitor.person.id):
        raise RefusalError(
            403,
            "no_passkey",
            say("The plant has enrolled no passkey of yours."),
            say("Register one under “My passkeys”."),
        )
    ceremony, challenge = await desk.ceremonies.begin(
        _purpose(filed, right), _bound_to(visitor), suffix=filed.permit.digest(), nonce=_nonce(filed)
    )
    options = approval_options(trust, visitor.person.id, filed.permit, challenge[:NONCE_BYTES])
    return JSONResponse({"ceremony": ceremony, "options": json.loads(options)})


@router.post("/permits/{permit}/approve/passkey")
async def by_passkey(request: Request, permit: str) -> Response:
    """File the signed approval. The challenge is used up whether it verifies or not."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    fields = await object_of(request)
    right = _right(text_of(fields, "right"))
    challenge = await desk.ceremonies.take(
        text_of(fields, "ceremony"), _purpose(filed, right), _bound_to(visitor)
    )
    if challenge is None:
        await _note(desk, visitor, filed.permit, "stale_challenge", "The challenge was used or is too old.")
        raise RefusalError(
            409,
            "stale_challenge",
            say("This approval is too old, or was sent before."),
            say("Approve again."),
        )
    _same_text(desk, filed.permit, text_of(fields, "shown"))
    proof = proof_of(json.dumps(fields.get("credential")), challenge[:NONCE_BYTES])
    given = fields.get("reason")
    reason = given if isinstance(given, str) and (right is LEAD or filed.dispute is not None) else ""
    await file_approval(desk, visitor, filed, right, proof, reason)
    return JSONResponse({"next": f"/permits/{filed.permit.id}"})


@router.post("/permits/{permit}/approve/code")
async def by_code(request: Request, permit: str) -> Response:
    """Approve with a one-time code, spent at the gate on exactly this permit."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    form = await form_of(request)
    _same_text(desk, filed.permit, form.get("shown", ""))
    _typed(desk, filed.permit, form.get("typed"))
    right, code = _right(form.get("right", "")), form.get("code", "")
    await approve_by_code(desk, visitor, filed, right, code, form.get("reason", ""))
    return RedirectResponse(f"/permits/{filed.permit.id}", 303)


async def approve_by_code(
    desk: Desk, visitor: Visitor, filed: Filed, right: DecisionRight, code: str, reason: str = ""
) -> PermitState:
    """Spend the code, then file the approval; a code that is not accepted here is not spent.

    ``reason`` is needed under ``incident_lead``, by which the glass is broken, and to settle a dispute.
    """
    terms, _ = await _terms(desk, visitor, filed, right)
    if _breaks(terms, right) or filed.dispute is not None:
        checked_reason(reason)
    if ProofKind.TOTP not in terms.proofs:
        raise RefusalError(
            403,
            "passkey_needed",
            say("This conduit accepts approval by passkey only."),
            say("Approve with your passkey."),
        )
    step = await desk.parts.codes.check(visitor.person.id, code, _spent_on(filed))
    if step is None:
        wait_s = await desk.parts.codes.used(visitor.person.id, code)
        if wait_s is not None:
            sentence = used_already(wait_s)
            await _note(desk, visitor, filed.permit, "used_code", sentence)
            raise RefusalError(403, "used_code", sentence)
        await _note(desk, visitor, filed.permit, "wrong_code", "The one-time code was wrong or too old.")
        raise RefusalError(
            403, "wrong_code", say("This code is wrong or too old."), say("Wait for the next one.")
        )
    return await file_approval(desk, visitor, filed, right, TotpProof(step=step, code=code), reason)


async def file_approval(
    desk: Desk, visitor: Visitor, filed: Filed, right: DecisionRight, proof: Proof, reason: str = ""
) -> PermitState:
    """Hand the approval to the approvals service, which verifies it before it counts."""
    terms, facts = await _terms(desk, visitor, filed, right)
    permit = filed.permit
    approval = Approval(
        permit_digest=permit.digest(),
        right=right,
        approver=visitor.person.id,
        at=desk.parts.clock.now(),
        shown_digest=shown_digest(permit, names_of(permit, desk.parts.charter())),
        proof=proof,
        settles=filed.dispute.digest() if filed.dispute is not None else None,
    )

    def spent(person: PersonId, step: int, on: str) -> bool:
        # The gate has just spent this very step on this permit, and will look it up itself again.
        same = isinstance(proof, TotpProof) and proof.step == step
        return same and person == visitor.person.id and on == _spent_on(filed)

    trust, approvals = desk.parts.trust(), desk.parts.approvals
    if filed.dispute is not None:
        return await approvals.settle(permit.id, approval, checked_reason(reason), terms, trust, spent)
    if not _breaks(terms, right):
        return await approvals.approve(permit.id, approval, terms, trust, spent)
    broken = breaking(desk, filed, facts, checked_reason(reason))
    return await approvals.approve(permit.id, approval, terms, trust, spent, broken)


async def _terms(desk: Desk, visitor: Visitor, filed: Filed, right: DecisionRight) -> tuple[Terms, Facts]:
    """The terms and the facts that they rest on, once this visitor may exercise this right over this permit now.

    ``incident_lead`` is no right that a permit asks for: whoever approves under it breaks the glass, or confirms
    what a standing template that names it allows.
    """
    facts = await desk.parts.admission.facts_for(filed.permit.person, filed.permit.asset)
    judged = judge(filed.permit, facts)
    if not isinstance(judged.decision, NeedsApproval):
        raise of_decision(judged.decision)
    terms = judged.terms
    if _breaks(terms, right):
        terms = terms_to_break(judged, filed, visitor, facts)
    if (dispute := filed.dispute) is not None:
        answer = settling(terms, dispute, visitor.person.id, facts.now)
    else:
        answer = may_approve(terms, right, visitor.person.id, facts.now)
    if isinstance(answer, Ineligible):
        await _note(desk, visitor, filed.permit, answer.code, answer.sentence)
        raise RefusalError(403, answer.code, answer.sentence)
    return terms, facts


def _breaks(terms: Terms, right: DecisionRight) -> bool:
    """Whether a yes under ``right`` breaks the glass; where a standing template asks for it, it confirms."""
    return right is LEAD and terms.beforehand is None


def _same_text(desk: Desk, permit: Permit, given: str) -> None:
    """What the page showed must be what is signed now; the charter may have changed in between."""
    now = shown_digest(permit, names_of(permit, desk.parts.charter())).hex()
    if not hmac.compare_digest(now.encode(), given.encode()):
        raise RefusalError(
            409,
            "shown_text_changed",
            say("What this permit says has changed since it was shown."),
            say("Read it again."),
        )


def _typed(desk: Desk, permit: Permit, given: object) -> None:
    wanted = typed_for(permit, desk.parts.charter())
    if wanted and given != wanted:
        raise RefusalError(
            422,
            "not_typed",
            say("This zone needs a deliberate yes: type {wanted} first.", wanted=wanted),
            say("Type the asset's name, then approve."),
        )


def _purpose(filed: Filed, right: DecisionRight) -> str:
    permit = filed.permit
    plain = f"approve:{right}:{permit.id}:{permit.digest().hex()}"
    return plain if filed.dispute is None else settling_purpose(plain, filed.dispute.digest())


def _spent_on(filed: Filed) -> str:
    """What a code is spent on: this permit, or the dispute that it is in."""
    plain = purpose(filed.permit)
    return plain if filed.dispute is None else settling_purpose(plain, filed.dispute.digest())


def _nonce(filed: Filed) -> bytes:
    """Random, and an arbiter's names what it settles."""
    if filed.dispute is None:
        return secrets.token_bytes(NONCE_BYTES)
    return settling_nonce(secrets.token_bytes(SALT_BYTES), filed.dispute.digest())


def _bound_to(visitor: Visitor) -> str:
    key = visitor.browser.key if visitor.browser else ""
    return hashlib.sha256(f"{key}:{visitor.person.id}".encode()).hexdigest()


def _right(text: str) -> DecisionRight:
    try:
        return DecisionRight(text)
    except ValueError as error:
        raise RefusalError(422, "no_such_right", say("There is no decision right of this name.")) from error


async def _note(desk: Desk, visitor: Visitor, permit: Permit, code: str, sentence: str) -> None:
    await desk.parts.ledger.append(
        ApprovalRejected(
            at=desk.parts.clock.now(),
            permit=permit.id,
            person=visitor.person.id,
            code=code,
            sentence=sentence,
        )
    )

"""Standing templates: what holders have agreed to beforehand, written, signed, seen and ended by people.

A page proposes: what counts is the signatures on the plant's disk, which the gate reads for itself.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import NoReturn

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from approvals.attesting import Attestation, purpose_of, verify_attestation
from broker.charter.standing_templates import end, new_template_id, write_down
from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.forms import Form, form_of, object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.permits.sheet import filed_for
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, holds_over
from broker.console.route import page_router
from broker.console.signing import begin_signing, signed_by, statement_in
from domain.attestation import Statement
from domain.errors import DecisionError, ProofError
from domain.events import RightAttested
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.proof import kind_of
from domain.rights import DecisionRight
from domain.said import say
from domain.template import Template, subject_of
from domain.template import signed_by as signatures
from domain.window import TimeWindow
from policies.template import may_sign, unsigned

router = page_router()

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}


@dataclass(frozen=True, slots=True)
class Shown:
    """One template as a page shows it to one visitor."""

    template: Template
    signed: tuple[tuple[DecisionRight, PersonId], ...]
    missing: tuple[DecisionRight, ...]
    """The rights under which nobody who may has signed it."""
    ended: bool
    over: bool
    mine: tuple[DecisionRight, ...]
    """The rights under which this visitor may sign it."""
    may_end: bool

    @property
    def counts(self) -> bool:
        """Whether a wish inside it needs a confirmation only."""
        return not (self.ended or self.over or self.missing)


@router.get("/standing")
async def show(request: Request) -> Response:
    """Every template that is the visitor's business, what counts first."""
    return await _page(request, None)


@router.post("/standing")
async def write(request: Request) -> Response:
    """Write one down, out of a permit that shows what is meant. It counts for nothing until it is signed."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    filed = await filed_for(desk, visitor, form.get("permit", ""))
    template = _template(desk, filed.permit, form)
    try:
        await write_down(
            _file(desk),
            template,
            visitor.person.id,
            desk.parts.charter(),
            desk.parts.ledger,
            desk.parts.clock,
        )
    except DecisionError as error:
        _refuse(error)
    return RedirectResponse(f"/standing#{template.id}", 303)


@router.post("/standing/{template}/sign/begin")
async def begin(request: Request, template: str) -> Response:
    """A challenge for this person, this template and one right."""
    desk, visitor = desk_of(request), visitor_of(request)
    one = _found(desk, visitor, template)
    right = _right(text_of(await object_of(request), "right"))
    _may_sign(desk, visitor, one, right)
    statement = Statement(
        subject_of(right, one.digest()), visitor.person.id, desk.parts.clock.now(), secrets.token_bytes(16)
    )
    return await begin_signing(
        desk, visitor, purpose_of(statement), statement.digest(), statement=statement.document()
    )


@router.post("/standing/{template}/sign/passkey")
async def sign(request: Request, template: str) -> Response:
    """Keep the signature, once it verifies; the ledger is told before it counts."""
    desk, visitor = desk_of(request), visitor_of(request)
    one = _found(desk, visitor, template)
    fields = await object_of(request)
    statement = statement_in(fields)
    proof = await signed_by(desk, visitor, fields, purpose_of(statement))
    right = next(
        (each for each in DecisionRight if subject_of(each, one.digest()) == statement.subject), None
    )
    _may_sign(desk, visitor, one, right)
    attestation = Attestation(statement, proof)
    try:
        verify_attestation(attestation, desk.parts.trust(), lambda _person, _step, _purpose: False)
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    await desk.parts.ledger.append(
        RightAttested(
            at=statement.at,
            person=statement.person,
            subject=statement.subject,
            statement=statement.digest().hex(),
            kind=kind_of(proof),
        )
    )
    desk.parts.attest(attestation)
    return JSONResponse({"next": f"/standing#{one.id}"})


@router.post("/standing/{template}/end")
async def stop(request: Request, template: str) -> Response:
    """End it for good, with a reason, and what was opened by it."""
    desk, visitor = desk_of(request), visitor_of(request)
    one = await end_template(desk, visitor, template, (await form_of(request)).get("reason", ""))
    return RedirectResponse(f"/standing#{one.id}", 303)


async def end_template(desk: Desk, visitor: Visitor, template: str, reason: str) -> Template:
    """End one for good, and what was opened by it; 403 for who holds nothing there and is not on shift."""
    one = _found(desk, visitor, template)
    if not _may_end(desk, visitor, one):
        raise RefusalError(403, "not_holder", say("You hold no right over this way and are not on shift."))

    async def bar(name: PermitId, by: PersonId, reason: str) -> None:
        said = await desk.parts.watchdog({"do": "revoke", "permit": name, "by": by, "reason": reason})
        if said.get("ok") is not True:
            raise DecisionError(str(said.get("error", "The watchdog did not keep this.")), code="not_kept")

    parts, reason = desk.parts, " ".join(reason.split())
    try:
        await end(one, visitor.person.id, reason, parts.approvals, bar, parts.ledger, parts.clock)
    except DecisionError as error:
        _refuse(error)
    return one


def standing_for(desk: Desk, visitor: Visitor, ended: frozenset[PermitId]) -> tuple[Shown, ...]:
    """What of the plant's templates is this visitor's business: a vendor's own company's, everything else's readers'."""
    charter, now, person = desk.parts.charter(), desk.parts.clock.now(), visitor.person
    found = [
        Shown(
            template=one,
            signed=signatures(one.digest(), charter.statements),
            missing=unsigned(charter, one, now),
            ended=PermitId(one.id) in ended,
            over=not one.window.contains(now),
            mine=may_sign(charter, one, person.id, now) if person.vendor is None else (),
            may_end=_may_end(desk, visitor, one),
        )
        for one in charter.templates
        if person.vendor in {None, one.vendor}
    ]
    return tuple(sorted(found, key=lambda one: (not one.counts, one.template.title, one.template.id)))


async def _page(request: Request, problem: str | None) -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    ended = (await desk.parts.admission.facts_now()).revoked
    pattern, wanted = None, request.query_params.get("from", "")
    if wanted and Role.HOLDER in visitor.roles:
        pattern = (await filed_for(desk, visitor, wanted)).permit
    return await page(
        request,
        "standing/standing.html",
        visitor,
        listed=standing_for(desk, visitor, ended),
        pattern=pattern,
        rights=[DecisionRight.INCIDENT_LEAD, DecisionRight.CONNECT],
        passkey=bool(desk.parts.trust().passkeys.get(visitor.person.id)),
        problem=problem,
    )


def _template(desk: Desk, permit: Permit, form: Form) -> Template:
    zone = desk.parts.charter().place_of(permit.asset).time_zone
    now = desk.parts.clock.now().replace(microsecond=0)
    try:
        until = words.of_input(form.get("until", ""), zone).astimezone(UTC)
        return Template(
            id=new_template_id(),
            title=" ".join(form.get("title", "").split()),
            vendor=permit.vendor,
            persons=frozenset() if form.get("anybody") else frozenset({permit.person}),
            assets=frozenset({permit.asset}),
            conduit=permit.conduit,
            grants=permit.grants,
            actions=permit.actions,
            limits=permit.limits,
            states=permit.states,
            longest=timedelta(minutes=int(form.get("minutes", "0"))),
            uses=int(form.get("uses", "0")),
            period=PERIODS[form.get("period", "week")],
            confirm=DecisionRight(form.get("confirm", "incident_lead")),
            window=TimeWindow(now, until),
        )
    except (KeyError, ValueError) as error:
        raise RefusalError(
            422,
            "no_template",
            say("This can't be a template: {error}.", error=f"{error}"),
            say("Mend the form, and send it again."),
        ) from error


def _found(desk: Desk, visitor: Visitor, template: str) -> Template:
    one = next((each for each in desk.parts.charter().templates if each.id == template), None)
    if one is None or visitor.person.vendor is not None:
        raise not_found()
    return one


def _may_sign(desk: Desk, visitor: Visitor, one: Template, right: DecisionRight | None) -> None:
    if right not in may_sign(desk.parts.charter(), one, visitor.person.id, desk.parts.clock.now()):
        raise RefusalError(
            403,
            "not_holder",
            say("You do not hold this right over all of the way, or signed under it before."),
        )


def _may_end(desk: Desk, visitor: Visitor, one: Template) -> bool:
    if visitor.person.vendor is not None:
        return False
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    holds = any(holds_over(charter, visitor.person.id, asset, one.conduit, now) for asset in one.assets)
    return holds or bool(visitor.roles & {Role.SHIFT, Role.LEAD})


def _right(text: str) -> DecisionRight:
    try:
        return DecisionRight(text)
    except ValueError as error:
        raise RefusalError(422, "no_such_right", say("There is no decision right of this name.")) from error


def _file(desk: Desk) -> Path:
    if desk.parts.templates is None:
        raise RefusalError(503, "no_node", say("This console has no node to keep a template at."))
    return desk.parts.templates


def _refuse(error: DecisionError) -> NoReturn:
    raise RefusalError(422, error.code, error.fact, error.remedy) from error

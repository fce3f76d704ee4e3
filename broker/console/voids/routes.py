"""The void report: where nobody may decide, or nobody else could, and who is told of it when."""

import asyncio
import secrets
from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from approvals.attesting import Attestation, purpose_of, verify_attestation
from broker.charter.age import in_effect_since
from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of, object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.signing import begin_signing, signed_by, statement_in
from broker.people.factors import used_already
from domain.attestation import Statement, of_delegation
from domain.errors import ProofError
from domain.events import RightAttested
from domain.proof import TotpProof, kind_of
from domain.said import say
from policies.attestation import Due, due
from policies.charter.tolerated import tolerated
from policies.charter.void import VoidReport, void_report
from policies.charter.void_export import report_csv, report_document
from policies.charter.void_fold import folded, ways
from policies.workarounds import KINDS, Workaround, workarounds

router = page_router()

AHEAD = timedelta(days=30)
"""How early a right that will lapse is told: time enough to name somebody."""

MOST_LEAVES = 20_000
"""How far back the page looks for signs of workarounds; `penstock charter findings` reads the whole ledger."""


@router.get("/voids")
async def show(request: Request) -> Response:
    """The matrix of this instant, and what comes within a month when nobody acts."""
    desk = desk_of(request)
    report = await report_of(desk)
    charter, now = desk.parts.charter(), report.at
    today = {(one.kind, one.right, one.boundary) for one in report.voids}
    ahead = void_report(charter, now + AHEAD)
    coming = [one for one in ahead.voids if one.refuses and (one.kind, one.right, one.boundary) not in today]
    return await page(
        request,
        "voids/voids.html",
        visitor_of(request),
        report=report,
        coming=coming,
        due=due_of(desk),
        subjects={of_delegation(one): one for one in charter.given},
        names=charter.names(),
        rows=folded(charter, report),
        ways=ways,
        days=AHEAD.days,
        excepted=tolerated(charter, now),
        passkey=bool(desk.parts.trust().passkeys.get(visitor_of(request).person.id)),
        signs=await asyncio.to_thread(signs_of, desk, now),
    )


@router.post("/voids/attest")
async def attest(request: Request) -> Response:
    """Say, with a one-time code, that one answers for what one took over. The ledger is told before it counts."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await attest_by_code(desk, visitor, form.get("subject", ""), form.get("code", ""))
    return RedirectResponse("/voids", 303)


async def attest_by_code(desk: Desk, visitor: Visitor, subject: str, code: str) -> None:
    """Spend the code on the visitor's statement, tell the ledger, and let it count."""
    statement = _statement(desk, visitor, subject)
    step = await desk.parts.codes.check(visitor.person.id, code, purpose_of(statement))
    if step is None:
        wait_s = await desk.parts.codes.used(visitor.person.id, code)
        sentence = "This code is wrong or too old." if wait_s is None else used_already(wait_s)
        raise RefusalError(
            403, "wrong_code" if wait_s is None else "used_code", sentence, say("Wait for the next one.")
        )
    await _keep(desk, Attestation(statement, TotpProof(step, code)))


@router.post("/voids/attest/begin")
async def begin(request: Request) -> Response:
    """A challenge for this person and one statement, which the browser brings back with the answer."""
    desk, visitor = desk_of(request), visitor_of(request)
    statement = _statement(desk, visitor, text_of(await object_of(request), "subject"))
    return await begin_signing(
        desk, visitor, purpose_of(statement), statement.digest(), statement=statement.document()
    )


@router.post("/voids/attest/passkey")
async def by_passkey(request: Request) -> Response:
    """Say the same with a passkey, which signs the statement itself."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    statement = statement_in(fields)
    proof = await signed_by(desk, visitor, fields, purpose_of(statement))
    _waits(desk, visitor, statement.subject)
    attestation = Attestation(statement, proof)
    try:
        verify_attestation(attestation, desk.parts.trust(), lambda _person, _step, _purpose: False)
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    await _keep(desk, attestation)
    return JSONResponse({"next": "/voids"})


def _statement(desk: Desk, visitor: Visitor, subject: str) -> Statement:
    _waits(desk, visitor, subject)
    return Statement(subject, visitor.person.id, desk.parts.clock.now(), secrets.token_bytes(16))


def _waits(desk: Desk, visitor: Visitor, subject: str) -> None:
    if subject not in {one.subject for one in due_of(desk) if one.person == visitor.person.id}:
        raise RefusalError(
            409,
            "nothing_to_attest",
            say("There is nothing of this name for you to attest."),
            say("Look at the page again."),
        )


async def _keep(desk: Desk, attestation: Attestation) -> None:
    statement = attestation.statement
    await desk.parts.ledger.append(
        RightAttested(
            at=statement.at,
            person=statement.person,
            subject=statement.subject,
            statement=statement.digest().hex(),
            kind=kind_of(attestation.proof),
        )
    )
    desk.parts.attest(attestation)


@router.get("/voids.csv")
async def as_csv(request: Request) -> Response:
    """The voids for a spreadsheet; no cell of it is a formula."""
    desk = desk_of(request)
    text = report_csv(await report_of(desk), desk.parts.charter().names())
    return Response(text, media_type="text/csv; charset=utf-8", headers=_saved("voids.csv"))


@router.get("/voids.json")
async def as_json(request: Request) -> Response:
    """The whole matrix for a machine."""
    desk = desk_of(request)
    document = report_document(await report_of(desk), desk.parts.charter().names())
    return JSONResponse(document, headers=_saved("voids.json"))


def due_of(desk: Desk) -> tuple[Due, ...]:
    """What somebody took over and has not attested yet."""
    charter = desk.parts.charter()
    return due(
        charter.register, charter.given, charter.inheritances, charter.statements, desk.parts.clock.now()
    )


async def report_of(desk: Desk) -> VoidReport:
    """Where nobody may decide at this instant, or nobody else could."""
    charter = desk.parts.charter()
    loaded = await asyncio.to_thread(in_effect_since, desk.parts.log, charter.digest)
    return void_report(charter, desk.parts.clock.now(), loaded=loaded)


def signs_of(desk: Desk, now: datetime) -> tuple[Workaround, ...]:
    """Signs of workarounds in the newest leaves; reads the ledger, so call it off the loop."""
    log = desk.parts.log
    recent = log.find(event=KINDS, start=log.size - MOST_LEAVES, newest_first=False, limit=MOST_LEAVES)
    return workarounds(desk.parts.charter(), (kept.event for kept in recent), now)


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

"""The API's permits: the same decisions as the pages, through the same functions."""

import hmac
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request

from approvals.bundle import read_answer
from approvals.filed import Filed
from approvals.register import Sought, place_of
from approvals.shown import shown_digest
from broker.console.api.documents import (
    InstantText,
    PermitPath,
    ReasonDocument,
    Reasoned,
    Word,
    instant,
    instant_or_422,
)
from broker.console.api.paging import Paged, Paging
from broker.console.api.permit_documents import (
    AnswerDocument,
    ApprovalByCode,
    BundleDocument,
    ExplainedDocument,
    KeyDocument,
    PermitDocument,
    PermitList,
    ProofsDocument,
    ShownDocument,
    Smaller,
    ToBeSigned,
    Wish,
    permit_document,
)
from broker.console.api.route import api_router, only_if_fresh
from broker.console.desk import Desk, desk_of
from broker.console.evidence.views import viewed
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.approve import approve_by_code
from broker.console.permits.by_hand import AT_ONCE
from broker.console.permits.decide import narrow_permit, narrower, refuse_permit, revoke_permit
from broker.console.permits.sheet import Sheet, filed_for, sheet
from broker.console.refusals import RefusalError, of_decision
from broker.console.requests.keys import keys_of
from broker.console.roles import Role, sees_permit
from broker.console.signin.routes import source_of
from domain.access import AccessRequest, Deny, Grant, Stated
from domain.ids import AssetId, ConduitId, ToolId
from domain.limits import limit_texts, limits_of
from domain.permit import PermitState
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.explain import outward
from policies.tools import by_method, selectable

router = api_router("permits")

MOST_LOOKS = 5
"""How many pages of the database one page of a list may cost: most of it may be nobody's business here."""


@router.get("/permits", operation_id="list_permits")
async def permits(
    request: Request,
    paging: Paged,
    state: Annotated[list[PermitState] | None, Query(max_length=10, description="Any of these.")] = None,
    asset: Word | None = None,
    vendor: Word | None = None,
    person: Annotated[Word | None, Query(description="Who asked.")] = None,
    since: Annotated[InstantText | None, Query(description="Whose window reaches beyond this.")] = None,
    until: Annotated[InstantText | None, Query(description="Whose window begins before this.")] = None,
    mine: Annotated[bool, Query(description="Only what waits for the caller's decision.")] = False,
) -> PermitList:
    """The permits that are the caller's business, newest first."""
    sought = Sought(
        frozenset(state or ()),
        person or "",
        vendor or "",
        asset or "",
        instant_or_422(since),
        instant_or_422(until),
    )
    found, more = await _sought(desk_of(request), visitor_of(request), sought, paging, mine=mine)
    return PermitList(permits=[permit_document(one) for one in found], next=paging.next(more))


@router.post("/permits", operation_id="ask_for_permit", status_code=201)
async def ask(request: Request, wish: Wish) -> PermitDocument:
    """Ask for a permit; 403 with the rule's own code when the charter refuses."""
    desk, visitor = desk_of(request), visitor_of(request)
    asking = _request_of(wish, visitor, desk.parts.charter(), source_of(request))
    try:
        asked = await desk.parts.admission.ask(
            asking,
            purpose=asking.stated.purpose,
            work_order=asking.stated.work_order,
            back_out=asking.stated.back_out,
            failure=asking.stated.failure,
            conduit=asking.conduit,
            states=frozenset(wish.states) if wish.states else None,
        )
    except ValueError as error:
        raise _not_askable(error) from error
    if asked.permit is None:
        raise of_decision(asked.decision)
    return await _document(desk, visitor, asked.permit.id)


@router.post("/permits/explain", operation_id="explain_wish")
async def explain(request: Request, wish: Wish) -> ExplainedDocument:
    """What the charter would say to this wish, and whose yes it would need. Nothing is filed."""
    desk, visitor = desk_of(request), visitor_of(request)
    asking = _request_of(wish, visitor, desk.parts.charter(), source_of(request))
    facts = await desk.parts.admission.facts_for(asking.person, asking.asset)
    if asking.conduit is None and (way := facts.matter(asking).conduit) is not None:
        asking = replace(asking, conduit=way.id)
    decision = decide(asking, facts, facts.charter.rules)
    refused = isinstance(decision, Deny)
    reasons = [outward(decision)] if isinstance(decision, Deny) else []
    return ExplainedDocument(
        decision="refused" if refused else "needs-approval",
        reasons=[ReasonDocument(code=one.code, sentence=one.sentence, remedy=one.remedy) for one in reasons],
        keys=[
            KeyDocument(right=one.right, count=one.count, able=list(one.able))
            for one in keys_of(asking, decision, facts)
        ],
    )


@router.get("/permits/{permit}", operation_id="read_permit")
async def permit(request: Request, permit: PermitPath) -> PermitDocument:
    """One permit, with who may decide it, who is called for it and what became of it."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    await _viewed(desk, visitor, filed)
    return permit_document(await sheet(desk, visitor, filed))


@router.get("/permits/{permit}/shown", operation_id="read_shown_text")
async def shown(request: Request, permit: PermitPath) -> ShownDocument:
    """What an approver reads before they say yes."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = await sheet(desk, visitor, await filed_for(desk, visitor, permit))
    return ShownDocument(
        shown=found.shown,
        sha256=shown_digest(found.permit, found.names).hex(),
        digest=found.permit.digest().hex(),
    )


@router.get("/permits/{permit}/proofs", operation_id="read_proofs")
async def proofs(request: Request, permit: PermitPath) -> ProofsDocument:
    """The signatures and codes by which it was approved."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    await _viewed(desk, visitor, filed)
    signed = filed.permit.document()
    approvals = [one.document() for one in filed.approvals]
    return ProofsDocument.model_validate(
        {"digest": filed.permit.digest().hex(), "permit": signed, "approvals": approvals}
    )


@router.post("/permits/{permit}/approve", operation_id="approve_permit")
async def approve(request: Request, permit: PermitPath, given: ApprovalByCode) -> PermitDocument:
    """Approve by one-time code, where the conduit accepts one. A token alone approves nothing."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    if not hmac.compare_digest(filed.permit.digest().hex().encode(), given.digest.encode()):
        raise RefusalError(409, "wrong_digest", "The digest is not this permit's.", "Read the permit again.")
    await approve_by_code(desk, visitor, filed, given.right, given.code, given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/bundle", operation_id="draw_up_decision")
async def bundle(request: Request, permit: PermitPath, given: ToBeSigned) -> BundleDocument:
    """Draw up the caller's own decision, for their SSH key to sign within five minutes. It decides nothing yet."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    drawn = await desk.by_hand.draw_up(
        filed.permit.id, visitor.person.id, given.right, AT_ONCE, refuses=given.refuse
    )
    return BundleDocument(bundle=drawn.write())


@router.post("/permits/{permit}/answer", operation_id="take_signed_decision")
async def answer(request: Request, permit: PermitPath, given: AnswerDocument) -> PermitDocument:
    """Take the caller's own signed decision. The signature decides; the token only carries it here."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    signed = read_answer(given.answer)
    decision = signed.decision()
    if (decision.person, decision.permit.id) != (visitor.person.id, filed.permit.id):
        raise RefusalError(403, "not_yours", "This answer is another person's, or to another permit.")
    await desk.by_hand.take(signed)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/narrow", operation_id="narrow_permit", status_code=201)
async def narrow(request: Request, permit: PermitPath, given: Smaller) -> PermitDocument:
    """Put a smaller permit in the place of a wish. It has an id of its own, and is then decided like any other."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    start, end = instant_or_422(given.start), instant_or_422(given.end)
    try:
        grants = frozenset(map(Grant.of, given.grants)) if given.grants else filed.permit.grants
    except ValueError as error:
        raise _not_askable(error) from error
    smaller = narrower(desk, filed.permit, start, end, grants)
    await narrow_permit(desk, visitor, filed, smaller)
    return await _document(desk, visitor, smaller.id)


@router.post("/permits/{permit}/refuse", operation_id="refuse_permit")
async def refuse(request: Request, permit: PermitPath, given: Reasoned) -> PermitDocument:
    """Refuse a waiting permit, with a reason that the vendor reads."""
    desk, visitor = desk_of(request), visitor_of(request)
    await refuse_permit(desk, visitor, await _read(request, permit), given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/revoke", operation_id="revoke_permit")
async def revoke(request: Request, permit: PermitPath, given: Reasoned) -> PermitDocument:
    """Take an approved permit back; its live session ends now."""
    desk, visitor = desk_of(request), visitor_of(request)
    await revoke_permit(desk, visitor, await _read(request, permit), given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/withdraw", operation_id="withdraw_permit")
async def withdraw(request: Request, permit: PermitPath) -> PermitDocument:
    """Take one's own wish back."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    await desk.parts.approvals.withdraw(filed.permit.id, visitor.person.id)
    return await _document(desk, visitor, permit)


async def _sought(
    desk: Desk, visitor: Visitor, sought: Sought, paging: Paging, *, mine: bool
) -> tuple[list[Sheet], tuple[int, str] | None]:
    """Sheets of what is sought and the visitor's business, and the place to go on from, unless it is the end."""
    facts = await desk.parts.admission.facts_now()
    who, roles, found = visitor.person, visitor.roles, list[Sheet]()
    if Role.VENDOR in roles:
        if sought.person not in {"", who.id}:
            return [], None
        sought = Sought(
            sought.states, who.id, sought.vendor, sought.asset, sought.ends_after, sought.starts_before
        )
    given = paging.after(int, str)
    after = None if given is None else (int(given[0]), str(given[1]))
    for _look in range(MOST_LOOKS):
        filed = await desk.parts.approvals.page(sought, limit=paging.limit, after=after)
        for one in filed:
            if sees_permit(facts.charter, who, roles, one.permit, facts.now):
                seen = await sheet(desk, visitor, one, facts)
                found += [seen] if seen.mine or not mine else []
            after = place_of(one)
            if len(found) == paging.limit:
                return found, after
        if len(filed) < paging.limit:
            return found, None
    return found, after


async def _read(request: Request, permit: str) -> Filed:
    """The permit that is to be decided on, as the caller has read it; 412 when it is another by now."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    if "if-match" in request.headers:
        only_if_fresh(request, permit_document(await sheet(desk, visitor, filed)))
    return filed


async def _viewed(desk: Desk, visitor: Visitor, filed: Filed) -> None:
    if Role.AUDITOR in visitor.roles:
        await viewed(desk, visitor, f"permit:{filed.permit.id}", "API")


async def _document(desk: Desk, visitor: Visitor, permit: str) -> PermitDocument:
    return permit_document(await sheet(desk, visitor, await filed_for(desk, visitor, permit)))


def _not_askable(error: ValueError) -> RefusalError:
    return RefusalError(422, "not_understood", f"This wish can't be asked for: {error}.")


def _request_of(wish: Wish, visitor: Visitor, charter: Charter, source: str) -> AccessRequest:
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    able = selectable(charter, vendor) if vendor is not None else frozenset[ToolId]()
    try:
        return AccessRequest(
            person=visitor.person.id,
            asset=AssetId(wish.asset),
            passage=tuple(sorted({Grant.of(text) for text in wish.grants})),
            actions=frozenset(wish.actions),
            limits=frozenset(limit_texts(limits_of(wish.limits))),
            source=source,
            window=_window(instant(wish.start), instant(wish.end)),
            conduit=ConduitId(wish.conduit) if wish.conduit else None,
            tools=by_method(charter, frozenset(ToolId(one) for one in wish.tools) or able, wish.method),
            networks=frozenset(vendor.networks) if vendor is not None else frozenset(),
            method=wish.method,
            stated=Stated(
                purpose=_line(wish.purpose),
                work_order=_line(wish.work_order),
                back_out=_line(wish.back_out),
                failure=_line(wish.failure),
            ),
        )
    except ValueError as error:
        raise _not_askable(error) from error


def _window(start: datetime, end: datetime) -> TimeWindow:
    if start.microsecond or end.microsecond:
        raise ValueError("a window is in whole seconds")
    return TimeWindow(start, end)


def _line(text: str) -> str:
    return " ".join(text.split())

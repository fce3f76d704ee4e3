"""The API's permits: the same decisions as the pages, through the same functions."""

import hmac
from datetime import UTC, datetime

from fastapi import Request

from approvals.bundle import read_answer
from approvals.filed import Filed
from broker.console.api.documents import (
    AnswerDocument,
    ApprovalByCode,
    BundleDocument,
    Me,
    PermitDocument,
    PermitList,
    Reasoned,
    ToBeSigned,
    Wish,
    permit_document,
)
from broker.console.api.route import api_router, only_if_fresh
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.approve import approve_by_code
from broker.console.permits.by_hand import AT_ONCE
from broker.console.permits.decide import refuse_permit, revoke_permit
from broker.console.permits.routes import listed
from broker.console.permits.sheet import filed_for, sheet
from broker.console.refusals import RefusalError, of_decision
from broker.console.signin.routes import source_of
from domain.access import AccessRequest, Action, ConnectionMethod, Grant
from domain.ids import AssetId, ConduitId, ToolId, is_word
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.tools import selectable

router = api_router("permits")


@router.get("/me")
async def me(request: Request) -> Me:
    """Whose token this is, and what the charter makes of them now."""
    visitor = visitor_of(request)
    person = visitor.person
    return Me(person=person.id, name=person.name, vendor=person.vendor, roles=sorted(visitor.roles))


@router.get("/permits")
async def permits(request: Request) -> PermitList:
    """The permits that are the caller's business, newest first."""
    sheets = await listed(desk_of(request), visitor_of(request))
    return PermitList(permits=[permit_document(one) for one in sheets])


@router.post("/permits", status_code=201)
async def ask(request: Request, wish: Wish) -> PermitDocument:
    """Ask for a permit; 403 with the rule's own code when the charter refuses."""
    desk, visitor = desk_of(request), visitor_of(request)
    try:
        asked = await desk.parts.admission.ask(
            _request_of(wish, visitor, desk.parts.charter(), source_of(request)),
            purpose=" ".join(wish.purpose.split()),
            work_order=" ".join(wish.work_order.split()),
            back_out=" ".join(wish.back_out.split()),
            failure=" ".join(wish.failure.split()),
            conduit=ConduitId(wish.conduit) if wish.conduit else None,
            states=frozenset(map(OperatingState, wish.states)) if wish.states else None,
        )
    except ValueError as error:
        raise RefusalError(422, "not_understood", f"This wish can't be asked for: {error}.") from error
    if asked.permit is None:
        raise of_decision(asked.decision)
    return await _document(desk, visitor, asked.permit.id)


@router.get("/permits/{permit}")
async def one(request: Request, permit: str) -> PermitDocument:
    """One permit."""
    return await _document(desk_of(request), visitor_of(request), permit)


@router.post("/permits/{permit}/approve")
async def approve(request: Request, permit: str, given: ApprovalByCode) -> PermitDocument:
    """Approve by one-time code, where the conduit accepts one."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    if not hmac.compare_digest(filed.permit.digest().hex().encode(), given.digest.encode()):
        raise RefusalError(409, "wrong_digest", "The digest is not this permit's.", "Read the permit again.")
    await approve_by_code(desk, visitor, filed, _right(given.right), given.code, given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/bundle")
async def bundle(request: Request, permit: str, given: ToBeSigned) -> BundleDocument:
    """Draw up the caller's own decision, for their SSH key to sign within five minutes. It decides nothing yet."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    right, person = _right(given.right), visitor.person.id
    drawn = await desk.by_hand.draw_up(filed.permit.id, person, right, AT_ONCE, refuses=given.refuse)
    return BundleDocument(bundle=drawn.write())


@router.post("/permits/{permit}/answer")
async def answer(request: Request, permit: str, given: AnswerDocument) -> PermitDocument:
    """Take the caller's own signed decision. The signature decides; the token only carries it here."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    signed = read_answer(given.answer)
    decision = signed.decision()
    if (decision.person, decision.permit.id) != (visitor.person.id, filed.permit.id):
        raise RefusalError(403, "not_yours", "This answer is another person's, or to another permit.")
    await desk.by_hand.take(signed)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/refuse")
async def refuse(request: Request, permit: str, given: Reasoned) -> PermitDocument:
    """Refuse a waiting permit, with a reason that the vendor reads."""
    desk, visitor = desk_of(request), visitor_of(request)
    await refuse_permit(desk, visitor, await _read(request, permit), given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/revoke")
async def revoke(request: Request, permit: str, given: Reasoned) -> PermitDocument:
    """Take an approved permit back; its live session ends now."""
    desk, visitor = desk_of(request), visitor_of(request)
    await revoke_permit(desk, visitor, await _read(request, permit), given.reason)
    return await _document(desk, visitor, permit)


@router.post("/permits/{permit}/withdraw")
async def withdraw(request: Request, permit: str) -> PermitDocument:
    """Take one's own wish back."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await _read(request, permit)
    await desk.parts.approvals.withdraw(filed.permit.id, visitor.person.id)
    return await _document(desk, visitor, permit)


async def _read(request: Request, permit: str) -> Filed:
    """The permit that is to be decided on, as the caller has read it; 412 when it is another by now."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    if "if-match" in request.headers:
        only_if_fresh(request, permit_document(await sheet(desk, visitor, filed)))
    return filed


async def _document(desk: Desk, visitor: Visitor, permit: str) -> PermitDocument:
    return permit_document(await sheet(desk, visitor, await filed_for(desk, visitor, permit)))


def _right(text: str) -> DecisionRight:
    try:
        return DecisionRight(text)
    except ValueError as error:
        raise RefusalError(422, "no_such_right", "There is no decision right of this name.") from error


def _request_of(wish: Wish, visitor: Visitor, charter: Charter, source: str) -> AccessRequest:
    if not is_word(wish.asset) or (wish.conduit is not None and not is_word(wish.conduit)):
        raise ValueError("asset and conduit are the charter's ids")
    if not all(is_word(one) for one in wish.tools):
        raise ValueError("a tool is named by its id in the charter")
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    able = selectable(charter, vendor) if vendor is not None else frozenset[ToolId]()
    return AccessRequest(
        person=visitor.person.id,
        asset=AssetId(wish.asset),
        passage=tuple(sorted({Grant.of(text) for text in wish.grants})),
        actions=frozenset(Action(text) for text in wish.actions),
        source=source,
        window=TimeWindow(_instant(wish.start), _instant(wish.end)),
        conduit=ConduitId(wish.conduit) if wish.conduit else None,
        tools=frozenset(ToolId(one) for one in wish.tools) or able,
        networks=frozenset(vendor.networks) if vendor is not None else frozenset(),
        method=ConnectionMethod.SSH,
    )


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return instant.astimezone(UTC)

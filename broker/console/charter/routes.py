"""The proposed version of the charter: what it changes in words, who must sign, and signing by passkey.

The console carries the signature; it can't make one, and the gate verifies the whole step itself before
it goes by it. The page shows what this node works out from the two charters, never what a proposal claims.
"""

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from broker.charter.desk import CharterDesk
from broker.charter.store import Proposed
from broker.console.desk import Desk, desk_of
from broker.console.forms import object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import fragment, page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.signing import begin_signing, signed_by
from domain.errors import ProofError
from domain.events import Event
from domain.proof import proof_document
from domain.said import say
from policies.charter.application import Signature
from policies.charter.change import Effect
from policies.charter.consent import summary
from policies.charter.impact import DAYS, Weighing

MOST_FLIPS = 50

router = page_router()

NONE = RefusalError(
    409,
    "no_proposal",
    say("Nothing waits for a signature any more."),
    say("Propose it again: penstock charter apply."),
)


@router.get("/charter")
async def show(request: Request) -> Response:
    """The version in force, and the one that waits, if one does."""
    desk, visitor = desk_of(request), visitor_of(request)
    drafts = desk.parts.drafts
    now = desk.parts.clock.now()
    proposed = None if drafts is None else await asyncio.to_thread(drafts.waiting)
    if drafts is None or proposed is None:
        return await page(request, "charter/proposed.html", visitor, proposal=None)
    in_force, charter = await asyncio.to_thread(lambda: (drafts.in_force(), proposed.charter()))
    differences = summary(in_force, charter)
    missing = await asyncio.to_thread(drafts.missing, proposed, now)
    me = visitor.person.id
    return await page(
        request,
        "charter/proposed.html",
        visitor,
        proposal=proposed.proposal,
        digest=proposed.proposal.digest().hex(),
        relaxing=[one for one in differences if one.effect is Effect.RELAXING],
        others=[one for one in differences if one.effect is not Effect.RELAXING],
        missing=missing,
        signed=sorted(await asyncio.to_thread(drafts.signed, proposed)),
        mine=any(me in one.able for one in missing),
        passkey=bool(desk.parts.trust().passkeys.get(me)),
        impact=proposed.impact,
        most=MOST_FLIPS,
        days=DAYS,
    )


@router.get("/charter/impact")
async def impact(request: Request) -> Response:
    """What it would decide otherwise as of now: how far the work is, or what came of it."""
    desk, visitor = desk_of(request), visitor_of(request)
    drafts, proposed = await _shown(desk, request.query_params.get("digest", ""))
    digest = proposed.proposal.digest().hex()

    async def begin_work() -> Weighing:
        return await _weighing(desk, drafts, proposed)

    weighing = await desk.works.look((visitor.person.id, digest), begin_work)
    return fragment(
        request,
        "charter/impact.html",
        visitor,
        weighing=weighing,
        digest=digest,
        most=MOST_FLIPS,
        days=DAYS,
    )


@router.post("/charter/sign/begin")
async def begin(request: Request) -> Response:
    """A challenge for this person and this proposal: 32 random bytes, then the proposal's digest."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    _drafts, proposed = await _shown(desk, text_of(fields, "digest"))
    if proposed.proposal.impact.hex() != fields.get("impact", ""):
        raise RefusalError(
            409,
            "impact_not_seen",
            say("What this version would change was not before you when you signed."),
            say("Open the page again, look at what it would change, and sign there."),
        )
    return await begin_signing(desk, visitor, _purpose(proposed), proposed.proposal.digest())


@router.post("/charter/sign/passkey")
async def sign(request: Request) -> Response:
    """Keep the signature; with the last one that is needed the version is put in force."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    drafts, proposed = await _shown(desk, text_of(fields, "digest"))
    proof = proof_document(await signed_by(desk, visitor, fields, _purpose(proposed)))
    assert isinstance(proof, dict)
    signature = Signature(visitor.person.id, "passkey", proof["fields"])
    try:
        proposed = await asyncio.to_thread(drafts.sign, proposed, signature)
    except ProofError as error:
        raise RefusalError(403, error.code, error.fact, error.remedy) from error
    now = desk.parts.clock.now()
    if not await asyncio.to_thread(drafts.missing, proposed, now):
        await _apply(desk, drafts, proposed, visitor)
    return JSONResponse({"next": "/charter"})


async def _apply(desk: Desk, drafts: CharterDesk, proposed: Proposed, visitor: Visitor) -> None:
    loop = asyncio.get_running_loop()

    def append(event: Event) -> int:
        return asyncio.run_coroutine_threadsafe(desk.parts.ledger.append(event), loop).result()

    await asyncio.to_thread(
        drafts.apply, proposed, by=visitor.person.id, at=desk.parts.clock.now(), append=append
    )


async def _weighing(desk: Desk, drafts: CharterDesk, proposed: Proposed) -> Weighing:
    """The work of trying it on what was, with what holders attested counting on both sides."""
    before = await asyncio.to_thread(drafts.in_force)
    said = desk.parts.charter().statements
    after = proposed.charter().attested(said)
    log = desk.parts.log
    size = log.size
    events = ((one.index, one.event) for one in log.events(0, size))
    standings = await desk.parts.admission.live_standings()
    old = after if before is None else before.attested(said)
    return Weighing(old, after, events, size, standings, desk.parts.clock.now())


async def _shown(desk: Desk, digest: str) -> tuple[CharterDesk, Proposed]:
    """What waits, if it is what the person was shown."""
    drafts = desk.parts.drafts
    proposed = None if drafts is None else await asyncio.to_thread(drafts.waiting)
    if drafts is None or proposed is None or proposed.proposal.digest().hex() != digest:
        raise NONE
    return drafts, proposed


def _purpose(proposed: Proposed) -> str:
    return f"charter:{proposed.proposal.digest().hex()}"

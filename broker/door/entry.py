"""From a wish to a running session: ask, wait where somebody may still say yes, open, connect.

One live session per permit and connection; later channels join it, and share its one connection to
the asset. Every no leaves a leaf before it is said.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from broker.conduits.far_end import FarEnd
from broker.conduits.lines import LineTarget
from broker.conduits.registry import SIGNED_IN
from broker.conduits.seams import Passage
from broker.conduits.target import HostKeyError, Target, UnreachableError, connect
from broker.door.seams import Charter, LiveSession, Parts, Passed
from broker.door.wake import Wakes
from broker.door.words import Refusal, refusal_of
from broker.exit_status import COME_BACK, REFUSED, UNREACHABLE
from domain.access import AccessRequest, Allow, Deny, Grant, NeedsApproval
from domain.errors import DecisionError, EvidenceError, PeerError, PenstockError, TransitionError
from domain.events import HostKeyMismatch, InwardRefused, PassageRefused
from domain.ids import AssetId, PermitId, SessionId
from domain.permit import Permit
from domain.plant import LINES, TERMINALS, Asset, Endpoint
from policies.explain import awaited
from policies.matter import endpoint_for
from policies.rules.somebody_told import UNHEARD

log = structlog.get_logger()

LONGEST_WAIT = timedelta(minutes=30)
LOOK_AGAIN_S = 5.0
"""How long at most until a change of the permit is noticed, should nobody announce it."""

SAY_AGAIN = timedelta(minutes=1)

UNTOLD_WAIT = timedelta(minutes=2)
"""How long a client is held until somebody of the plant has confirmed that they know of the start."""

UNTOLD = "penstock: approved; waiting until somebody of the plant has confirmed that they know of the start"
OUR_FAULT = "Tell the plant; this is a fault of the gate, not of your request."


class RefusedError(PenstockError):
    """The wish ends here, with these words. Raised on the way in, caught at the channel it was for."""

    def __init__(self, refusal: Refusal, exact: str = "", wish: AccessRequest | None = None) -> None:
        super().__init__(refusal.sentence, remedy=refusal.remedy)
        self.refusal = refusal
        self.exact = exact or refusal.code
        """The code for the evidence, where the one for the vendor tells less."""
        self.wish = wish
        """What was asked, where that became clear only on the way."""


@dataclass(slots=True)
class Seat:
    """A live session on this connection, and its one way to the asset."""

    live: LiveSession
    permit: Permit
    asset: Asset
    target: Target | LineTarget | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    wrong_codes: int = 0
    """Since it was locked, on this connection's terminals."""


class Entry:
    """One connection's way in."""

    def __init__(self, parts: Parts, wakes: Wakes) -> None:
        self._parts = parts
        self._wakes = wakes
        self._seats: dict[PermitId, Seat] = {}
        self._turn = asyncio.Lock()

    async def seat(self, request: AccessRequest, *, attended: bool, say: Callable[[str], None]) -> Seat:
        """A seat in a live session for ``request``; RefusedError when there is none to be had.

        While the permit waits for approval an attended client is held, and told so through ``say``.
        """
        passed = await self._allowed(request, attended=attended, say=say)
        allow, permit = passed.decision, passed.permit
        if not isinstance(allow, Allow) or permit is None:
            raise RefusedError(Refusal("no_permit", "There is no permit to go through on.", OUR_FAULT))
        async with self._turn:
            seat = self._seats.get(permit.id)
            if seat is None or seat.live.over:
                seat = await self._open(request, allow, permit, passed.approvals)
                self._seats[permit.id] = seat
            return seat

    async def admit(self, seat: Seat, passage: Passage, grant: Grant, detail: str) -> int:
        """The number of a new channel of the session; RefusedError when its opening can't be kept."""
        try:
            return await self._parts.supervisor.admit_channel(seat.live, passage, grant, detail)
        except (EvidenceError, TransitionError) as error:
            raise _cannot(error) from error

    async def target(self, seat: Seat, endpoint: Endpoint) -> Target | LineTarget:
        """The session's connection to its asset, opened when first needed; RefusedError without one."""
        async with seat.turn:
            if seat.target is not None and not seat.target.closed():
                return seat.target
            if seat.live.over:
                raise RefusedError(Refusal("session_over", "The session has ended.", "Connect again."))
            try:
                target = await self._reached(seat.asset.id, endpoint)
            except HostKeyError as error:
                await self.record_mismatch(seat, error.shown)
                raise RefusedError(Refusal(error.code, error.fact, error.remedy)) from error
            except UnreachableError as error:
                raise RefusedError(Refusal(error.code, error.fact, error.remedy, UNREACHABLE)) from error
            except PenstockError as error:
                raise RefusedError(Refusal("no_credential", error.fact, error.remedy or OUR_FAULT)) from error
            seat.target = target
            seat.live.keep(target)  # which aborts it at once, should the session have ended meanwhile
            return target

    async def _reached(self, asset: AssetId, endpoint: Endpoint) -> Target | LineTarget:
        if endpoint.protocol not in LINES:
            return await connect(
                endpoint, self._parts.vault.credential(asset), asset, self._parts.clock.now()
            )
        signs_in = endpoint.line is not None and endpoint.line.log_in is not None
        return LineTarget(endpoint, self._parts.vault.credential(asset) if signs_in else None)

    def far_end(self, seat: Seat, endpoint: Endpoint) -> FarEnd:
        """What a filter of this session may know of the asset; RefusedError where the vault can't be read."""
        if endpoint.protocol not in SIGNED_IN:
            return FarEnd.of(endpoint)
        try:
            held = self._parts.vault.held(seat.asset.id, endpoint.protocol)
        except PenstockError as error:
            raise RefusedError(Refusal("no_credential", error.fact, error.remedy or OUR_FAULT)) from error
        return FarEnd.of(endpoint, held.username, held.password) if held is not None else FarEnd.of(endpoint)

    async def record_mismatch(self, seat: Seat, shown: str) -> None:
        """Leave the alert that the asset showed ``shown`` and not what is pinned; nothing was sent to it."""
        event = HostKeyMismatch(
            at=self._parts.clock.now(), asset=seat.asset.id, session=seat.live.id, shown=shown
        )
        await self._parts.ledger.append(event)

    async def record_inward(self, seat: Seat, detail: str, count: int) -> None:
        """Leave the alert that a vendor tried to send something in over an outbound conduit; nothing went in."""
        event = InwardRefused(
            at=self._parts.clock.now(),
            session=seat.live.id,
            conduit=seat.permit.conduit,
            asset=seat.asset.id,
            detail=detail,
            dropped_bytes=count,
        )
        log.warning("inward_refused", session=seat.live.id, conduit=seat.permit.conduit, bytes=count)
        try:
            await self._parts.ledger.append(event)
        except EvidenceError as error:
            log.error("inward_refused_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all

    async def record_refusal(self, request: AccessRequest, error: RefusedError, session: str = "") -> None:
        """Leave the leaf of a no. If it can't be kept the no stands anyway: nothing takes effect."""
        await note_refusal(self._parts, request, error.exact, error.refusal.sentence, session)

    def session_of(self, request: AccessRequest) -> str:
        """The id of a live session on this connection to the request's asset, for the evidence."""
        here = (
            seat for seat in self._seats.values() if seat.asset.id == request.asset and not seat.live.over
        )
        return next((seat.live.id for seat in here), "")

    def sessions(self) -> tuple[SessionId, ...]:
        """The sessions on this connection that are not over."""
        return tuple(seat.live.id for seat in self._seats.values() if not seat.live.over)

    async def _allowed(self, request: AccessRequest, *, attended: bool, say: Callable[[str], None]) -> Passed:
        given_up: datetime | None = None
        untold: datetime | None = None
        said = ""
        say_again: datetime | None = None
        while True:
            with self._wakes.watch() as woken:
                passed = await self._parts.admission.through(request)
                decision = passed.decision
                if isinstance(decision, Allow):
                    return passed
                now = self._parts.clock.now()
                if isinstance(decision, Deny):
                    untold = untold or now + UNTOLD_WAIT
                    if not attended or not _only_untold(decision) or now >= untold:
                        raise RefusedError(refusal_of(decision), _exact(decision))
                    line = UNTOLD
                else:
                    given_up = given_up or _patience(now, passed.permit, self._parts.charter())
                    line = self._waiting(request.asset, decision, given_up)
                    if not attended or now >= given_up:
                        raise RefusedError(_come_back(decision, line))
                if line != said or say_again is None or now >= say_again:
                    say(line)
                    said, say_again = line, now + SAY_AGAIN
                await woken.within(LOOK_AGAIN_S)

    def _waiting(self, asset: AssetId, decision: NeedsApproval, until: datetime) -> str:
        charter = self._parts.charter()
        local = until.astimezone(ZoneInfo(charter.place_of(asset).time_zone))
        names = awaited(decision, charter.people)
        return f"penstock: waiting for {names}, until {local:%H:%M %Z}; you may also leave and come back"

    async def _open(
        self, request: AccessRequest, allow: Allow, permit: Permit, approvals: tuple[str, ...]
    ) -> Seat:
        charter = self._parts.charter()
        asset, person = charter.assets.get(request.asset), charter.people.get(request.person)
        if asset is None or person is None:
            raise RefusedError(Refusal("charter_changed", "The charter has changed just now.", "Try again."))
        try:
            live = await self._parts.supervisor.open(
                allow, permit, approvals, person=person, asset=asset, source=request.source, came=request
            )
        except DecisionError as error:
            raise RefusedError(Refusal(error.code, error.fact, error.remedy)) from error
        except (EvidenceError, TransitionError) as error:
            raise _cannot(error) from error
        live.wish = request
        return Seat(live, permit, asset)


def terminal_endpoint(grant: Grant, asset: Asset) -> Endpoint:
    """Where a passage of this kind leads; RefusedError when the asset has no such endpoint."""
    endpoint = endpoint_for(grant, asset)
    if endpoint is None or (grant.port == 0 and endpoint.protocol not in TERMINALS):
        raise RefusedError(
            Refusal(
                "no_endpoint",
                "The asset has no such endpoint.",
                "See 'assets' in the lobby for the ports it has.",
            )
        )
    return endpoint


def refusal_by(error: PeerError) -> Refusal:
    """How the vendor is told that an asset is not as the charter says, or can't be reached."""
    code = str(getattr(error, "code", "asset_unreachable"))
    status = UNREACHABLE if isinstance(error, UnreachableError) else REFUSED
    return Refusal(code, error.fact, error.remedy or OUR_FAULT, status)


async def note_refusal(
    parts: Parts, request: AccessRequest, code: str, sentence: str, session: str = ""
) -> None:
    """Append the leaf of a refused passage; a ledger that can't is logged, for the refusal stands anyway."""
    event = PassageRefused(
        at=parts.clock.now(),
        session=session,
        person=request.person,
        asset=request.asset,
        source=request.source,
        passage=", ".join(map(str, request.passage)),
        detail=request.detail,
        code=code,
        sentence=sentence,
    )
    try:
        await parts.ledger.append(event)
    except EvidenceError as error:
        log.error("refusal_not_kept", code=code, fact=error.fact)  # noqa: TRY400 - the fact says it all


def _patience(now: datetime, permit: Permit | None, charter: Charter) -> datetime:
    until = now + LONGEST_WAIT
    if permit is None:
        return until
    return min(until, charter.timers_of(permit.asset, permit.conduit).decide_by(permit))


def _come_back(decision: NeedsApproval, line: str) -> Refusal:
    what = line.removeprefix("penstock: ").partition(", until")[0]
    permit = f" (permit {decision.permit})" if decision.permit else ""
    return Refusal(
        "waiting_for_approval", f"Still {what}{permit}.", "Come back once it is approved.", COME_BACK
    )


def _only_untold(deny: Deny) -> bool:
    """Whether nothing is missing but that somebody of the plant hears of the start, which takes a moment."""
    return bool(deny.reasons) and all(one.code == UNHEARD.code for one in deny.reasons)


def _exact(deny: Deny) -> str:
    return deny.reasons[0].code if deny.reasons else "no_rule"


def _cannot(error: PenstockError) -> RefusedError:
    code = "evidence_unavailable" if isinstance(error, EvidenceError) else "session_over"
    return RefusedError(Refusal(code, error.fact, error.remedy or OUR_FAULT))

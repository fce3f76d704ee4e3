"""Functions that need a proof of their own: what a connection's filters are given, and how a person proves one.

A proof is a sign-in that is younger than what it is for, and it proves one request: ``ssh you@gate confirm SESSION ID``. What the ID stands
for was said where it was held, and is told by ``confirm SESSION``.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog

from broker.conduits.framed import Framed
from broker.conduits.step_up import Listed, StepUp
from broker.conduits.tcp.filter import Filter
from broker.door.entry import Seat
from broker.door.house import House
from broker.door.proving import NotProved
from broker.door.seams import LiveSession, Parts
from broker.door.unlocking import NO_SESSION, keep_refusal
from broker.door.visitor import Visitor
from broker.door.words import Refusal
from broker.sessions.step_ups import GOOD_FOR_S, Waiting
from domain.errors import EvidenceError
from domain.events import FunctionConfirmed, FunctionPassed
from domain.ids import SessionId
from domain.plant import Protocol
from recorder.format.frame import Kind
from recorder.format.payloads import mark
from recorder.replay import inert

log = structlog.get_logger()

PURPOSE = "confirm"
NOT_WAITING = Refusal(
    "not_waiting", "Nothing of that name waits in this session (any more).", "See: confirm SESSION"
)
NOT_FRESH = Refusal(
    "sign_in_again",
    "A function is confirmed by a sign-in of its own, with a code or a passkey, after it was held.",
    "Sign in anew: ssh you@gate confirm SESSION ID",
)
NOTHING = "Nothing waits for a proof in this session.\n"


def demand(
    filter_: Filter,
    seat: Seat,
    protocol: Protocol,
    parts: Parts,
    start: Callable[[Coroutine[Any, Any, None]], object],
) -> Filter:
    """``filter_``, which holds until it is proved what the charter in force names for the session's conduit, or for its zone."""
    charter = parts.charter()
    way = charter.conduits.get(seat.permit.conduit)
    if way is None or not isinstance(filter_, Framed):
        return filter_
    limits = [one for one in way.step_up if one.protocol is protocol]
    actions = charter.step_up_actions(way)
    if not limits and not actions:
        return filter_
    live = seat.live

    def missing(request: str, exact: bytes) -> str:
        now_s = parts.clock.boottime_s()
        waiting, passes = live.step_ups.ask(str(protocol), request, exact, now_s)
        if passes:
            live.note(Kind.MARK, 0, mark("confirmed", step=waiting.id, what=waiting.what))
            start(_passed(parts, seat, waiting))
            return ""
        how = f"ssh {seat.permit.person}@gate confirm {live.id} {waiting.id}"
        if waiting.since_s == now_s:
            live.tell(
                f"penstock: held until you confirm it: {inert(request)}. What to do: {how}, then send it again."
            )
        return f"This needs a proof of its own: {request}. It is given by: {how}."

    filter_.step_up = StepUp(Listed(limits), missing, actions)
    return filter_


async def _passed(parts: Parts, seat: Seat, waiting: Waiting) -> None:
    event = FunctionPassed(
        at=parts.clock.now(),
        session=seat.live.id,
        permit=seat.permit.id,
        step=waiting.id,
        what=waiting.what,
        digest=waiting.digest,
    )
    try:
        await parts.ledger.append(event)
    except EvidenceError as error:
        # The proof is in the ledger, and the recording says that it passed.
        log.error("passed_function_not_kept", session=seat.live.id, fact=error.fact)  # noqa: TRY400 - the fact says it all


def listed(live: LiveSession, now_s: float) -> str:
    """What waits for a proof in a session, two lines for each."""
    return (
        "".join(
            f"{one.id}  {inert(one.what)}\n"
            f"    to let it pass once: ssh {live.permit.person}@gate confirm {live.id} {one.id}\n"
            for one in live.step_ups.waiting(now_s)
        )
        or NOTHING
    )


async def confirm(house: House, visitor: Visitor, session: SessionId, step: str) -> Refusal | str:
    """What to say to who confirmed ``step``, or to who asks what there is (empty); why not, where nothing may pass by it."""
    parts, live = house.parts, house.parts.supervisor.session(session)
    if live is None or live.permit.person != visitor.sign_in.person:
        return NO_SESSION
    now_s = parts.clock.boottime_s()
    if not step:
        return listed(live, now_s)
    waiting = next((one for one in live.step_ups.waiting(now_s) if one.id == step), None)
    if waiting is None:
        return NOT_WAITING
    factor = visitor.sign_in.factor
    if not factor or visitor.entered_s <= waiting.since_s or visitor.spent:
        refused = NotProved(NOT_FRESH.code, NOT_FRESH.sentence, guessed=False)
        await keep_refusal(house, session, live.permit, PURPOSE, "lobby", visitor.source, refused)
        return NOT_FRESH
    visitor.spent = True  # before anything is waited for: one sign-in proves one thing
    at = parts.clock.now()
    await parts.ledger.append(
        FunctionConfirmed(
            at=at,
            session=session,
            permit=live.permit.id,
            person=live.permit.person,
            asset=live.permit.asset,
            protocol=waiting.protocol,
            what=waiting.what,
            step=waiting.id,
            digest=waiting.digest,
            door="lobby",
            source=visitor.source,
            factor=factor,
            until=at + timedelta(seconds=GOOD_FOR_S),
        )
    )
    if live.over or not live.step_ups.prove(waiting, parts.clock.boottime_s()):
        return NOT_WAITING
    return (
        f"Confirmed: {inert(waiting.what)}. Send it again within {GOOD_FOR_S:.0f} seconds; it passes once.\n"
    )

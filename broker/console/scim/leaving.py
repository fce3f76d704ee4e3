"""Somebody has left, says the corporate directory: it takes away at once, and never gives.

A vendor's person goes as on the vendor's own word: the watchdog keeps it, their sessions end, their permits are
void. Of somebody of the plant it takes what the corporate side could have given (sign-ins, tokens, and the way in by
the provider); their own keys are the charter's business, so that whoever captured the directory leaves the plant its staff.
"""

from datetime import datetime

import structlog

from broker.console.desk import Desk
from broker.console.sessions.routes import accepted
from broker.console.signin.sign_out import signed_out
from broker.leaving import isolate_line, notice_line, void_permits
from broker.watchdog.interlocks import Interlocks
from domain.errors import EvidenceError, PeerError
from domain.events import TokenEnded
from domain.ids import PersonId
from domain.parties import Person
from policies.charter.charter import Charter
from policies.suspension import seats

log = structlog.get_logger()

REASON = "terminated, says the directory"


def speaks_of(charter: Charter, speaker: PersonId, person: Person, at: datetime) -> bool:
    """Whether the bearer of a token may say it of ``person``: whoever would decide that they come back."""
    return any(speaker in one.holders for one in seats(charter, f"person:{person.id}", at))


def is_in(person: Person, held: Interlocks, at: datetime) -> bool:
    """Whether they have any access, as far as charter and watchdog say."""
    until = held.leaving.get(person.id)
    gone = person.leaving is not None and at >= person.leaving.until
    return not (
        gone
        or person.high_risk
        or f"person:{person.id}" in held.isolated
        or (until is not None and until <= at)
    )


async def take_away(desk: Desk, person: Person, by: str) -> None:
    """All of it, now; PeerError when the watchdog, who keeps it, can't be told. Safe to repeat."""
    now = desk.parts.clock.now()
    try:
        if person.vendor is None:
            accepted(await desk.parts.watchdog(isolate_line(person.id, by=by, reason=REASON)))
        else:
            await _notice(desk, person.id, now, by)
    finally:
        # Whatever the watchdog says: what the console itself holds is taken away.
        await _sign_ins(desk, person.id, by)
    if person.vendor is not None:
        try:
            await void_permits(desk.parts.approvals, person.id)
        except EvidenceError as error:
            log.warning(
                "permits_not_voided", person=person.id, fact=error.fact
            )  # the gate voids them within seconds


async def _notice(desk: Desk, person: PersonId, now: datetime, by: str) -> None:
    try:
        accepted(await desk.parts.watchdog(notice_line(person, now, by=by, reason=REASON)))
    except PeerError:
        accepted(await desk.parts.watchdog(isolate_line(person, by=by, reason=REASON)))


async def _sign_ins(desk: Desk, person: PersonId, by: str) -> None:
    for browser in await desk.browsers.of(person):
        if await desk.browsers.close(browser.key) is not None:
            await signed_out(desk, person, browser.key, by)
    await desk.browsers.close_all(person)
    for token in await desk.tokens.of(person):
        if await desk.tokens.end(token.key, person) is None:
            continue
        event = TokenEnded(at=desk.parts.clock.now(), token=token.key, person=person, by=by)
        try:
            await desk.parts.ledger.append(event)
        except EvidenceError as error:
            log.warning("token_end_not_kept", person=person, fact=error.fact)
    await desk.tokens.withdraw_all(person)

"""How a locked session is unlocked: by a code on its own terminal, or by signing in anew in the lobby.

Whoever unlocks it has that kept first. What is typed on the terminal meanwhile is for the gate: it is shown nowhere, recorded nowhere, and
none of it reaches the asset.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from broker.door.entry import Seat
from broker.door.house import House
from broker.door.lobby.line import Line
from broker.door.proving import NotProved, by_code
from broker.door.seams import LiveSession
from broker.door.visitor import Visitor
from broker.door.words import Refusal
from broker.governor import Cause, Hold
from domain.errors import EvidenceError
from domain.events import ProofRefused, SessionUnlocked
from domain.ids import SessionId
from domain.permit import Permit

log = structlog.get_logger()

WRONG_CODES = 3
"""With so many at one lock the session ends."""

CODE_DIGITS = 6
PURPOSE = "unlock"
ASKED = "penstock: one-time code, to go on (it is not shown): "
NOT_KEPT = "This can't be written down now. Try again."

NO_SESSION = Refusal("no_session", "There is no such session of yours.", "See 'sessions' in the lobby.")
NOT_LOCKED = Refusal("not_locked", "This session is not locked.", "Go on.")
NOT_FRESH = Refusal(
    "sign_in_again",
    "A session is unlocked by whoever signed in after it was locked, with a code or a passkey.",
    "Sign in anew: ssh you@gate unlock SESSION",
)


class TerminalQuestion:
    """The gate's question on one terminal of a locked session."""

    def __init__(
        self, house: House, seat: Seat, source: str, start: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._house = house
        self._seat = seat
        self._source = source
        self._start = start
        self._line = Line(terminal=False)
        self._write: Callable[[str], None] = _nowhere
        self._busy = False

    def begin(self, write: Callable[[str], None]) -> None:
        """Ask."""
        self._write, self._line, self._busy = write, Line(terminal=False), False
        self._seat.wrong_codes = 0
        write(ASKED)

    def typed(self, data: bytes) -> None:
        """Bytes of the vendor's client; what comes while a code is looked at is forgotten."""
        if self._busy:
            return
        read = self._line.type(data)
        if read.interrupted:
            self._write(f"\r\n{ASKED}")
        for line in read.lines[:1]:
            code = "".join(line.split())
            if len(code) == CODE_DIGITS and code.isascii() and code.isdigit():
                self._busy = True
                self._start(self._try(code))
            else:
                self._write(f"\r\npenstock: a one-time code is {CODE_DIGITS} digits.\r\n{ASKED}")

    async def _try(self, code: str) -> None:
        try:
            await self._look_at(code)
        except EvidenceError as error:
            log.error("unlock_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
            self._write(f"\r\npenstock: {NOT_KEPT}\r\n{ASKED}")
        finally:
            self._busy = False

    async def _look_at(self, code: str) -> None:
        live, permit = self._seat.live, self._seat.permit
        wrong = await by_code(self._house, permit.person, code, f"{PURPOSE}:{live.id}", self._source)
        if wrong is None:
            await unlocked(self._house, live, permit, "terminal", self._source, "code")
            return
        self._seat.wrong_codes += wrong.guessed
        await keep_refusal(self._house, live.id, permit, PURPOSE, "terminal", self._source, wrong)
        if self._seat.wrong_codes >= WRONG_CODES:
            live.must_end(Cause.UNPROVED)
        elif Hold.LOCKED in live.holds:
            self._write(f"\r\npenstock: {wrong.sentence}\r\n{ASKED}")


async def unlocked(
    house: House, live: LiveSession, permit: Permit, door: str, source: str, factor: str, digest: str = ""
) -> None:
    """Keep that its person proved who they are, and let the input go on. EvidenceError, and it stays locked."""
    if Hold.LOCKED not in live.holds:
        return
    await house.parts.ledger.append(
        SessionUnlocked(
            at=house.parts.clock.now(),
            session=live.id,
            permit=permit.id,
            person=permit.person,
            door=door,
            source=source,
            factor=factor,
            digest=digest,
        )
    )
    live.may_go_on(Hold.LOCKED)


async def unlock_by_sign_in(house: House, visitor: Visitor, session: SessionId) -> Refusal | None:
    """Unlock a session for who signed in since it was locked; why not, where it stays locked."""
    live = house.parts.supervisor.session(session)
    if live is None or live.permit.person != visitor.sign_in.person:
        return NO_SESSION
    if Hold.LOCKED not in live.holds:
        return NOT_LOCKED
    factor = visitor.sign_in.factor
    if not factor or visitor.entered_s <= live.locked_s:
        refused = NotProved(NOT_FRESH.code, NOT_FRESH.sentence, guessed=False)
        await keep_refusal(house, session, live.permit, PURPOSE, "lobby", visitor.source, refused)
        return NOT_FRESH
    await unlocked(house, live, live.permit, "lobby", visitor.source, factor)
    return None


async def keep_refusal(
    house: House, session: SessionId, permit: Permit, purpose: str, door: str, source: str, why: NotProved
) -> None:
    """The leaf of a proof that did not count; one that can't be kept is logged, for nothing takes effect."""
    event = ProofRefused(
        at=house.parts.clock.now(),
        session=session,
        permit=permit.id,
        person=permit.person,
        purpose=purpose,
        door=door,
        source=source,
        code=why.code,
    )
    try:
        await house.parts.ledger.append(event)
    except EvidenceError as error:
        log.error("refusal_not_kept", code=why.code, fact=error.fact)  # noqa: TRY400 - the fact says it all


def _nowhere(_text: str) -> None:
    """Nobody was asked yet."""

"""What follows when a session's input is held: a leaf, somebody asked again, a leaf, and on it goes.

Holding is safe, so it is in force before its leaf. Letting go is not, so its leaf comes first.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from broker.governor import Cause, Hold
from broker.sessions.course import Witness
from broker.sessions.live_session import Agreed, LiveSession
from domain.access import AccessRequest
from domain.errors import EvidenceError, PenstockError
from domain.events import SessionHeld, SessionReleased
from domain.ids import SessionId
from domain.permit import Permit
from domain.plant import OperatingState

log = structlog.get_logger()

LOOK_S = 1.0
"""How often an answer is looked for by itself; usually somebody says that there is one."""


@dataclass(frozen=True, slots=True)
class Yes:
    """Whoever decides agreed to the new state; SHA-256 of each approval, in hex."""

    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class No:
    """Whoever decides did not, or can't any more."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Nobody has answered."""


Answer = Yes | No | NotYet


class Asker(Protocol):
    """Asks whoever decides about a live session's work once more, for one more state of its zone."""

    async def ask(self, permit: Permit, state: OperatingState) -> Permit | None:
        """File the same wish for ``state`` alone; None when nobody could ever say yes to it."""
        ...

    async def answer(self, wish: Permit, came: AccessRequest | None) -> Answer:
        """What has become of that wish, for the client that ``came`` when the session opened."""
        ...

    async def take_back(self, wish: Permit) -> None:
        """Nobody needs an answer any more."""
        ...


class NobodyToAsk:
    """Stands in where no wish can be filed: the session ends."""

    async def ask(self, permit: Permit, state: OperatingState) -> Permit | None:  # noqa: ARG002 - the protocol's
        """Nobody can say yes."""
        return None

    async def answer(self, wish: Permit, came: AccessRequest | None) -> Answer:  # noqa: ARG002 - the protocol's
        """No."""
        return No()

    async def take_back(self, wish: Permit) -> None:
        """There is nothing to take back."""


class HoldCourse:
    """Sees holds through, for all sessions of a gate. ``weigh`` has a session measured once more."""

    def __init__(self, witness: Witness, asker: Asker, weigh: Callable[[LiveSession], None]) -> None:
        self._witness = witness
        self._asker = asker
        self._weigh = weigh
        self._poke = asyncio.Event()
        self._lifting: set[tuple[SessionId, Hold]] = set()

    def changed(self) -> None:
        """A permit changed, or the gate is closing: look now."""
        self._poke.set()
        self._poke = asyncio.Event()

    async def begin(self, session: LiveSession, hold: Hold, state: OperatingState | None) -> None:
        """Keep that ``session`` is held; while it waits for a yes, ask for one and see what comes of it."""
        permit = session.permit.id
        at, now_in = self._witness.clock.now(), str(state or "")
        await self._witness.keep(
            SessionHeld(at=at, session=session.id, permit=permit, hold=hold, state=now_in)
        )
        if hold is Hold.STATE and state is not None:
            try:
                await self._ask(session, state)
            except Exception:  # whatever went wrong, nobody has said yes, and the others must not end with it
                log.exception("asking_again_failed", session=session.id)
                session.must_end(Cause.STATE_CHANGE)

    async def lift(
        self, session: LiveSession, hold: Hold, state: OperatingState | None, still: Callable[[], bool]
    ) -> None:
        """Keep that nothing holds ``session`` for this cause any more, and only then let go.

        ``still`` says whether that is so at the very end; if it is not, the hold stays.
        """
        if (session.id, hold) in self._lifting:
            return
        self._lifting.add((session.id, hold))
        try:
            agreed = session.agreed.get(state) if hold is Hold.STATE and state is not None else None
            event = SessionReleased(
                at=self._witness.clock.now(),
                session=session.id,
                permit=session.permit.id,
                hold=hold,
                state=str(state or ""),
                agreed=agreed.permit if agreed else "",
                digest=agreed.digest if agreed else "",
                approvals=agreed.approvals if agreed else (),
            )
            while still():
                try:
                    await self._witness.ledger.append(event)
                except EvidenceError as error:
                    log.warning("release_not_kept", session=session.id, fact=error.fact)
                    await self._wait()
                    continue
                break
            if still():
                session.may_go_on(hold)
            elif hold in session.holds:
                at, now_in = self._witness.clock.now(), event.state
                held = SessionHeld(at=at, session=session.id, permit=event.permit, hold=hold, state=now_in)
                await self._witness.keep(held)
        finally:
            self._lifting.discard((session.id, hold))

    async def _ask(self, session: LiveSession, state: OperatingState) -> None:
        wish = await self._asker.ask(session.permit, state)
        if wish is None:
            session.must_end(Cause.STATE_CHANGE)
            return
        answered = False
        while Hold.STATE in session.holds and not answered:
            match await self._answer(session, wish):
                case Yes(approvals):
                    answered = True
                    session.agreed[state] = Agreed(wish.id, wish.digest().hex(), approvals)
                    self._weigh(session)
                case No():
                    answered = True
                    session.must_end(Cause.STATE_CHANGE)
                case NotYet():
                    await self._wait()
        if not answered:
            with suppress(PenstockError):
                await self._asker.take_back(wish)

    async def _answer(self, session: LiveSession, wish: Permit) -> Answer:
        try:
            return await self._asker.answer(wish, session.came)
        except PenstockError as error:
            log.warning("answer_not_seen", permit=wish.id, fact=error.fact)
            return NotYet()

    async def _wait(self) -> None:
        poke = self._poke
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await poke.wait()

"""A newly applied charter takes effect in the running gate: who no longer may, ends.

The gate goes by the new charter from the moment it verified it; every live session is then judged by
it, once. A session goes on only while the same wish would be let through now, to the same machine, and
for as long as it was. Nothing is lengthened by a new charter.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from broker.charter_chain import Version
from broker.governor import Cause
from broker.live_session import LiveSession
from broker.session_view import SessionView
from domain.access import AccessRequest, Allow, Decision, Deny
from domain.clock import Clock
from domain.events import CharterLoaded, Event
from domain.ids import SessionId
from domain.plant import Asset
from policies.charter.charter import Charter

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
PASSING = frozenset({"node_not_sound", "disk_filling", "backlog_full", "facts_missing"})
"""Refusals that say nothing about the charter: the session is judged again at the next look."""


class Charters(Protocol):
    """The charter in force, and a look for a newer one."""

    def __call__(self) -> Charter: ...
    def look(self) -> Version | None:
        """The version that came into force since; blocks."""
        ...


class Passed(Protocol):
    """An answer."""

    @property
    def decision(self) -> Decision: ...


class Judge(Protocol):
    """The one way to a decision."""

    async def through(self, request: AccessRequest, /) -> Passed:
        """Whether this may pass now."""
        ...


class Sessions(Protocol):
    """The live sessions of this gate."""

    def sessions(self) -> tuple[SessionView, ...]:
        """All that have not ended."""
        ...

    def session(self, number: SessionId, /) -> LiveSession | None:
        """One of them."""
        ...

    async def end(self, scope: str, cause: str) -> tuple[SessionId, ...]:
        """End what is in scope, and wait until it has."""
        ...


class Guest(Protocol):
    """A connection."""

    def sessions(self) -> tuple[SessionId, ...]:
        """The sessions on it."""
        ...

    def close(self) -> None:
        """End it now."""
        ...


class TakeUp:
    """Of one gate. ``run`` it beside the door. ``strangers`` are connections whose key no longer counts."""

    def __init__(
        self,
        charters: Charters,
        sessions: Sessions,
        judge: Judge,
        strangers: Callable[[], Sequence[Guest]],
        keep: Callable[[Event], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._charters = charters
        self._sessions = sessions
        self._judge = judge
        self._strangers = strangers
        self._keep = keep
        self._clock = clock
        self._held: dict[SessionId, str] = {}

    async def run(self) -> None:
        """Look every second, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.once()

    async def once(self) -> None:
        """Take up a new charter if there is one, and judge every session that no look has judged by it yet."""
        version = await asyncio.to_thread(self._charters.look)
        if version is not None:
            log.info("charter_taken_up", version=version.application.proposal.version)
            digest = version.charter.digest.hex()
            await self._keep(CharterLoaded(at=self._clock.now(), digest=digest, by="gate"))
            for guest in self._strangers():
                for number in guest.sessions():
                    await self._sessions.end(f"session:{number}", Cause.CHARTER_CHANGED)
                guest.close()
        digest = self._charters().digest.hex()
        live = [one.session for one in self._sessions.sessions()]
        self._held = {number: self._held[number] for number in live if number in self._held}
        for number in live:
            session = self._sessions.session(number)
            if session is not None and not session.over and self._held.get(number, session.charter) != digest:
                await self._judge_anew(session, digest)

    async def _judge_anew(self, session: LiveSession, digest: str) -> None:
        permit = session.permit
        first = session.wish or AccessRequest(permit.person, permit.asset, (), frozenset(), session.source)
        wish = replace(
            first,
            passage=tuple(sorted(permit.grants)),
            actions=permit.actions,
            permit=permit.id,
            conduit=permit.conduit,
        )
        decision = (await self._judge.through(wish)).decision
        if isinstance(decision, Deny) and {one.code for one in decision.reasons} <= PASSING:
            return
        if (
            isinstance(decision, Allow)
            and decision.until >= session.deadline
            and _same_machine(self._charters().assets.get(session.asset.id), session.asset)
        ):
            self._held[session.id] = digest
            return
        log.warning("session_not_under_new_charter", session=session.id)
        await self._sessions.end(f"session:{session.id}", Cause.CHARTER_CHANGED)


def _same_machine(now: Asset | None, then: Asset) -> bool:
    return now is not None and (now.zone, now.endpoints) == (then.zone, then.endpoints)

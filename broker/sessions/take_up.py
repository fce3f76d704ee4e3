"""A newly applied charter, and a changed trust file, take effect in the running gate: who no longer may, ends.

The gate goes by the new charter from the moment it verified it; every live session is then judged by
it, once. A session goes on only while the same wish would be let through now, to the same machine, and
for as long as it was. Nothing is lengthened by a new charter.

An approver's key that is taken out of the trust file approves nothing any more: a session whose permit
rests on it ends. What else the plant looks like by then is not asked again for that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from broker.charter.chain import Version
from broker.governor import Cause
from broker.sessions.live_session import LiveSession
from domain.access import AccessRequest, Allow, Decision, Deny
from domain.clock import Clock
from domain.errors import PenstockError
from domain.events import CharterLoaded, Event
from domain.ids import SessionId
from domain.plant import Asset
from policies.charter.charter import Charter

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
PASSING = frozenset({"node_not_sound", "disk_filling", "backlog_full", "facts_missing"})
"""Refusals that say nothing about the charter: the session is judged again at the next look."""
WARY_LOOKS = 3
"""For how many looks after a change sessions that appear are judged too: one may have been let in by the file before."""
UNAPPROVED = frozenset({"approval_not_valid", "waiting_for_approval"})
"""What is said of a permit whose approvals do not suffice any more."""


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

    def numbers(self) -> tuple[SessionId, ...]:
        """Of all that have not ended."""
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
    """Of one gate. ``run`` it beside the door. ``strangers`` are connections whose key no longer counts; ``trust`` is
    the digest of the trust file as it is now, and raises PenstockError where that can't be read.
    """

    def __init__(
        self,
        charters: Charters,
        sessions: Sessions,
        judge: Judge,
        strangers: Callable[[], Sequence[Guest]],
        keep: Callable[[Event], Awaitable[None]],
        clock: Clock,
        trust: Callable[[], bytes],
    ) -> None:
        self._charters = charters
        self._sessions = sessions
        self._judge = judge
        self._strangers = strangers
        self._keep = keep
        self._clock = clock
        self._held: dict[SessionId, str] = {}
        self._trust = trust
        self._trusted = trust()
        self._wary = 0
        self._looked: set[SessionId] = set()
        """Sessions whose approvals were looked at since the trust file changed."""

    async def run(self) -> None:
        """Look every second, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.once()

    async def once(self) -> None:
        """Take up a new charter if there is one, and judge every session that no look has judged by it yet; then
        every session's approvals, if the trust file changed.
        """
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
        live = self._sessions.numbers()
        self._held = {number: self._held[number] for number in live if number in self._held}
        for number in live:
            session = self._sessions.session(number)
            if session is not None and not session.over and self._held.get(number, session.charter) != digest:
                await self._judge_anew(session, digest)
        await self._ask_for_approvals(live)

    async def _ask_for_approvals(self, live: Sequence[SessionId]) -> None:
        try:
            trusted = await asyncio.to_thread(self._trust)
        except (
            PenstockError
        ) as error:  # nothing opens meanwhile; what it will say is seen once it can be read
            log.warning("trust_not_read", fact=str(error))
            return
        if trusted != self._trusted:
            self._trusted = trusted
            self._looked, self._wary = set(), WARY_LOOKS
        if not self._wary:
            return
        self._wary -= 1
        for number in set(live) - self._looked:
            session = self._sessions.session(number)
            if session is None or session.over:
                continue
            decision = (await self._judge.through(_wish(session))).decision
            if isinstance(decision, Deny) and {one.code for one in decision.reasons} <= PASSING:
                self._wary = WARY_LOOKS
                continue
            self._looked.add(number)
            if not isinstance(decision, Allow) and {one.code for one in decision.reasons} & UNAPPROVED:
                log.warning("session_not_approved_any_more", session=number)
                await self._sessions.end(f"session:{number}", Cause.KEY_REVOKED)

    async def _judge_anew(self, session: LiveSession, digest: str) -> None:
        decision = (await self._judge.through(_wish(session))).decision
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


def _wish(session: LiveSession) -> AccessRequest:
    """What the session may do by its permit, as if it were asked for now."""
    permit = session.permit
    first = session.wish or AccessRequest(permit.person, permit.asset, (), frozenset(), session.source)
    return replace(
        first,
        passage=tuple(sorted(permit.grants)),
        actions=permit.actions,
        permit=permit.id,
        conduit=permit.conduit,
    )


def _same_machine(now: Asset | None, then: Asset) -> bool:
    return now is not None and (now.zone, now.endpoints) == (then.zone, then.endpoints)

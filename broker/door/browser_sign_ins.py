"""Connections whose second factor is a passkey in the person's browser (after RFC 8628), and who confirms them.

The person types the code that their own terminal shows into the console, compares what is asked, and signs.
The code is typed, not offered for a click: nobody can be worn down by questions that pop up (RFC 8628 section
5.4), and whoever has only stolen the key must talk its owner into typing. All is in this process's memory;
a gate that stops forgets every one of them, and their connections are gone with it.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from approvals.proofs import webauthn
from approvals.trust import Trust
from broker.browser_statement import ALPHABET, BrowserStatement
from broker.door.limits import Attempts, Patience
from broker.people.lockouts import PERSON, alarm
from domain.clock import Clock
from domain.errors import DecisionError, ProofError
from domain.events import BrowserSignInEnded, BrowserSignInShown, Event
from domain.ids import PersonId
from domain.proof import PasskeyProof

GOOD_FOR = timedelta(minutes=5)
MOST_OF_PERSON = 2
MOST_OF_SOURCE = 8
MOST = 64
TYPED_WRONG = Patience(free=5, first_lock_s=60.0, longest_lock_s=900.0)
"""Codes that were typed into one person's browser and are nobody's who waits in their name (RFC 8628 section 5.1)."""


class Outcome(StrEnum):
    """How one ended."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    LEFT = "left"


@dataclass(slots=True, eq=False)
class Waiting:
    """One connection that waits; ``ended`` is set once, by whoever comes first."""

    statement: BrowserStatement
    ended: asyncio.Future[Outcome] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class BrowserSignIns:
    """All of one gate. ``keep`` appends a leaf, or raises EvidenceError: what can't be kept does not happen."""

    def __init__(
        self,
        url: str,
        trust: Callable[[], Trust],
        clock: Clock,
        keep: Callable[[Event], Awaitable[object]],
        good_for: timedelta = GOOD_FOR,
    ) -> None:
        self.good_for = good_for
        self.url = url
        """Where the person types the code. It holds no code: a link that does could be sent to them."""
        self._trust = trust
        self._clock = clock
        self._keep = keep
        self._waiting: dict[str, Waiting] = {}
        self._wrong = Attempts(TYPED_WRONG)

    def possible(self, person: PersonId) -> bool:
        """Whether the plant has enrolled a passkey of theirs."""
        return bool(self._trust().passkeys.get(person))

    async def begin(
        self, person: PersonId, *, source: str, key: str, asked: str, connection: str
    ) -> Waiting | None:
        """Have this connection wait, and the ledger know of it; None where too many wait already."""
        all_ = [one.statement for one in self._waiting.values()]
        mine = sum(one.person == person for one in all_)
        here = sum(one.source == source for one in all_)
        if mine >= MOST_OF_PERSON or here >= MOST_OF_SOURCE or len(all_) >= MOST:
            return None
        at = self._clock.now()
        statement = BrowserStatement(
            connection, person, source, key, asked, self._fresh(), at, at + self.good_for
        )
        waiting = Waiting(statement)
        self._waiting[statement.code] = waiting
        try:
            await self._keep(
                BrowserSignInShown(
                    at=at, person=person, source=source, key=key, asked=asked, connection=connection
                )
            )
        except BaseException:
            self._waiting.pop(statement.code, None)
            raise
        return waiting

    async def outcome(self, waiting: Waiting) -> Outcome:
        """How it ends: at the latest when its time is over. Whoever stops waiting for it has left."""
        outcome = Outcome.LEFT
        try:
            async with asyncio.timeout(self.good_for.total_seconds()):
                outcome = await asyncio.shield(waiting.ended)
        except TimeoutError:
            outcome = Outcome.EXPIRED
        finally:
            self.forget(waiting)
        return outcome

    def forget(self, waiting: Waiting) -> None:
        """Its client is gone before it waited: nobody can confirm it any more."""
        self._waiting.pop(waiting.statement.code, None)
        if not waiting.ended.done():
            waiting.ended.set_result(Outcome.LEFT)

    async def tell(self, waiting: Waiting, outcome: Outcome) -> None:
        """Leave the leaf of one that nobody decided: it expired, or its client left."""
        await self._told(waiting, outcome, "")

    async def found_sign_in(self, person: PersonId, code: str) -> BrowserStatement | None:
        """What waits under this code for this person; None for none. DecisionError while they typed too many wrong ones."""
        now_s = self._clock.boottime_s()
        if self._wrong.locked(person, now_s):
            raise DecisionError(
                "Too many wrong codes were typed.",
                code="too_many_attempts",
                remedy="Wait a few minutes, then connect again for another code.",
            )
        waiting = self._live(person, code)
        if waiting is not None:
            self._wrong.succeeded(person)
            return waiting.statement
        lock_s = self._wrong.failed(person, now_s)
        subject, failures = f"{PERSON}{person}", self._wrong.failures(person)
        if locked := alarm(self._clock.now(), subject, "browser", failures, lock_s):
            await self._keep(locked)
        return None

    async def confirm_sign_in(self, person: PersonId, code: str, proof: PasskeyProof, browser: str) -> None:
        """Let the connection go on: by a signature over exactly it, once. DecisionError or ProofError else.

        ``browser`` is the address that the browser has; it is kept, and decides nothing.
        """
        waiting = self._live(person, code)
        if waiting is None:
            raise _gone()
        challenge = challenge_of(waiting.statement, proof.nonce)
        webauthn.check(proof, challenge, person, self._trust())
        await self._told(waiting, Outcome.CONFIRMED, browser)
        if waiting.ended.done():
            raise _gone()  # it left while the ledger wrote
        waiting.ended.set_result(Outcome.CONFIRMED)

    async def refuse_sign_in(self, person: PersonId, code: str, browser: str) -> None:
        """Turn the connection away: it was not theirs, or not meant. DecisionError when it is gone."""
        waiting = self._live(person, code)
        if waiting is None:
            raise _gone()
        waiting.ended.set_result(Outcome.REFUSED)  # a no needs no evidence first
        await self._told(waiting, Outcome.REFUSED, browser)

    def _live(self, person: PersonId, code: str) -> Waiting | None:
        waiting = self._waiting.get(code)
        if waiting is None or waiting.statement.person != person or waiting.ended.done():
            return None
        return waiting if self._clock.now() < waiting.statement.until else None

    async def _told(self, waiting: Waiting, outcome: Outcome, browser: str) -> None:
        one = waiting.statement
        await self._keep(
            BrowserSignInEnded(
                at=self._clock.now(),
                person=one.person,
                source=one.source,
                connection=one.connection,
                outcome=str(outcome),
                browser=browser,
            )
        )

    def _fresh(self) -> str:
        while True:
            letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
            code = f"{letters[:4]}-{letters[4:]}"
            if code not in self._waiting:
                return code


def challenge_of(statement: BrowserStatement, nonce: bytes) -> bytes:
    """What the passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(f"The nonce is {webauthn.NONCE_BYTES} bytes.", code="wrong_nonce")
    return nonce + statement.digest()


def _gone() -> DecisionError:
    return DecisionError(
        "No connection of yours waits under this code any more.",
        code="sign_in_gone",
        remedy="Connect again, and type the code that your terminal shows then.",
    )

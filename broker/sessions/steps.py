"""Steps that must not be interrupted: a person of the plant holds a session's expiry, once and for a while.

The gate believes nobody's word for it: the person's one-time code is spent on exactly this session, the
charter says whether they attend, and the leaf is kept before time waits. A kill, a revocation, an
isolation, a change of state or a lost recorder never waits.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from broker.people.factors import SecondFactor
from broker.sessions.course import Witness
from broker.sessions.live_session import LiveSession
from domain.errors import DecisionError
from domain.events import StepDeclared, StepDone
from domain.ids import PermitId, PersonId, SessionId
from domain.permit import LONGEST_TEXT
from policies.charter.charter import Charter
from policies.steps import may_declare, refusal


def purpose_of(session: SessionId) -> str:
    """What the declaring person's one-time code is spent on."""
    return f"step:{session}"


class Steps:
    """Of one gate. ``declared`` are the permits of which the ledger tells that they had their step.

    Nothing that runs survives the gate; that a permit has had its step does, for the ledger tells it.
    """

    def __init__(
        self,
        session: Callable[[SessionId], LiveSession | None],
        charter: Callable[[], Charter],
        codes: SecondFactor,
        witness: Witness,
        declared: Iterable[PermitId] = (),
    ) -> None:
        self._session = session
        self._charter = charter
        self._codes = codes
        self._witness = witness
        self._declared = set(declared)

    async def declare(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Hold the expiry of ``session`` for ``length`` from now; when time ends it now.

        DecisionError with a stable code when it is not for this person, not now, or too long; EvidenceError
        when it can't be kept; TransitionError when the session is over. Time waits in none of these.
        """
        live, charter, now = self._live(session), self._charter(), self._witness.clock.now()
        permit, reason = live.permit, _worded(reason)
        declared = permit.id in self._declared
        longest = charter.longest_step
        no = refusal(charter, permit, person, length, longest, now, declared=declared)
        if no is not None:
            raise DecisionError(no.sentence, code=no.code, remedy=no.remedy)
        # Taken before anything is awaited: two who declare at once are one.
        self._declared.add(permit.id)
        step = await self._codes.check(person, code, purpose_of(session))
        if step is None:
            self._declared.discard(permit.id)
            raise DecisionError(
                "The one-time code is not right, or was used already.",
                code="wrong_code",
                remedy="Type the next one that your authenticator shows.",
            )
        until = self._witness.clock.now() + length
        await self._witness.ledger.append(
            StepDeclared(
                at=self._witness.clock.now(),
                session=session,
                permit=permit.id,
                by=person,
                reason=reason,
                until=until,
                step=step,
            )
        )
        return live.hold(until - self._witness.clock.now(), longest)

    async def done(self, session: SessionId, person: PersonId) -> datetime:
        """Give the session its own end back. Needs no code: it can only end sooner. Kept afterwards."""
        live, now = self._live(session), self._witness.clock.now()
        if not may_declare(self._charter(), live.permit, person, now):
            raise DecisionError("This step is not yours to end.", code="not_attending")
        live.release()
        await self._witness.keep(StepDone(at=now, session=session, by=person))
        return live.deadline

    def _live(self, session: SessionId) -> LiveSession:
        live = self._session(session)
        if live is None:
            raise DecisionError("No such session is open.", code="no_session")
        return live


def _worded(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise DecisionError(
            "A step needs a reason: one printable line.",
            code="no_reason",
            remedy="Say what must not break off.",
        )
    return text

"""A live session's zone changed its state: the same wish again, for the new state alone.

A permit is never changed, so this is a new one; whoever decides gives their yes to its own bytes,
as to any other. It stays usable until the first one's window ends.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol as Face

from broker.admission import Admission, now_in_whole_seconds
from broker.sessions.hold_course import Answer, No, NotYet, Yes
from domain.access import AccessRequest, Allow, Deny
from domain.clock import Clock
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.window import TimeWindow
from policies.asked import asked_again
from policies.charter.charter import Charter
from policies.matter import passages_of

OVER = frozenset(
    {"permit_refused", "permit_withdrawn", "permit_narrowed", "permit_revoked", "grant_lapsed",
     "permit_completed", "window_over", "no_permit"}
)  # fmt: skip
"""Refusals after which no yes to this very wish can come any more. All others may pass: a clock that settles,
a disk that has room again, a zone that is released."""

DOOR = "state"


class Withdrawing(Face):
    """Takes a person's own wish back."""

    async def __call__(self, permit: PermitId, person: PersonId, /) -> object: ...


class AskingAgain:
    """Files the wish and reads the answer through the one way to a decision."""

    def __init__(
        self, admission: Admission, charter: Callable[[], Charter], withdraw: Withdrawing, clock: Clock
    ) -> None:
        self._admission = admission
        self._charter = charter
        self._withdraw = withdraw
        self._clock = clock

    async def ask(self, permit: Permit, state: OperatingState) -> Permit | None:
        """File exactly what ``permit`` says for ``state``, until its window ends; None when that is refused."""
        now = now_in_whole_seconds(self._clock)
        if now >= permit.window.end:
            return None
        request = replace(asked_again(permit), window=TimeWindow(now, permit.window.end))
        try:
            asked = await self._admission.ask(
                request,
                purpose=permit.purpose,
                work_order=permit.work_order,
                back_out=permit.back_out,
                failure=permit.failure,
                time_zone=permit.time_zone,
                conduit=permit.conduit,
                states=frozenset({state}),
                door=DOOR,
            )
        except ValueError:  # a state in which it could never hold
            return None
        return asked.permit

    async def answer(self, wish: Permit, came: AccessRequest | None) -> Answer:
        """Asked of the engine as at the door, by the client that came: what is approved, and verifies here and now."""
        if came is None:
            return No()
        charter = self._charter()
        request = replace(
            came,
            permit=wish.id,
            passage=passages_of(wish, charter.assets.get(wish.asset), charter.conduits.get(wish.conduit)),
            actions=wish.actions,
            window=None,
            conduit=None,
        )
        passed = await self._admission.through(request)
        match passed.decision:
            case Allow(permit=permit) if permit == wish.id:
                return Yes(passed.approvals)
            case Deny(reasons=(first, *_)) if first.code in OVER:
                return No()
            case _:
                return NotYet()

    async def take_back(self, wish: Permit) -> None:
        """Withdraw it in the name of whose session it was for."""
        await self._withdraw(wish.id, wish.person)

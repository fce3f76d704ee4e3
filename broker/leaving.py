"""A vendor says that one of its people needs access no longer. This way only ever takes access away."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from approvals.lifecycle import TRANSITIONS
from approvals.service import Approvals
from broker.kill_switch import ask_watchdog
from broker.settings import Layout
from domain.canonical import instant_text
from domain.clock import Clock
from domain.errors import DecisionError, PeerError
from domain.ids import PersonId
from domain.parties import LeavingKind
from policies.charter.charter import Charter
from policies.leaving import leaving_deadline

CLOCK = PersonId("clock")
"""Who did what time did."""


def give_notice(
    layout: Layout,
    charter: Charter,
    person: PersonId,
    kind: LeavingKind,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> datetime:
    """Have the watchdog keep it; from when on the person has no access. PeerError when nothing was kept.

    A termination takes effect without the watchdog too: the kill switch then shuts the person out.
    """
    known = charter.people.get(person)
    if known is None or known.vendor is None:
        raise DecisionError(
            f"The charter knows no vendor's person '{person}'.",
            code="person_unknown",
            remedy="Say the person's id; the plant has the list.",
        )
    until = leaving_deadline(kind, at, ZoneInfo(charter.organisation.time_zone))
    command = {"do": "notice", "person": person, "until": instant_text(until), "by": by, "reason": reason}
    try:
        answer = ask_watchdog(layout, command)
    except PeerError:
        if kind is not LeavingKind.TERMINATED:
            raise
        answer = ask_watchdog(
            layout, {"do": "isolate", "scope": f"person:{person}", "by": by, "reason": reason}
        )
    if answer.get("ok") is not True:
        raise PeerError(f"The watchdog did not keep this: {answer.get('error')}.")
    return until


async def void_permits(approvals: Approvals, person: PersonId) -> None:
    """Revoke every permit of somebody who left, for good: being admitted again brings none of them back."""
    for filed in await approvals.filed_of(person):
        if TRANSITIONS[filed.state]:
            await approvals.revoke(filed.permit.id, CLOCK, f"{person} needs access no longer")


class Notices:
    """The door's way: for one's own company only."""

    def __init__(self, layout: Layout, charter: Callable[[], Charter], clock: Clock) -> None:
        self._layout = layout
        self._charter = charter
        self._clock = clock

    async def give(self, by: PersonId, person: PersonId, kind: LeavingKind) -> datetime:
        """``by`` says it of ``person``; DecisionError when that is none of their company's people."""
        charter, at = self._charter(), self._clock.now()
        speaker, meant = charter.people.get(by), charter.people.get(person)
        if speaker is None or meant is None or speaker.vendor is None or speaker.vendor != meant.vendor:
            raise DecisionError(
                f"'{person}' is nobody of your company.",
                code="not_your_company",
                remedy="Say the id of one of your own company's people.",
            )
        reason = f"{kind}, says the vendor"
        return await asyncio.to_thread(
            lambda: give_notice(self._layout, charter, person, kind, by=by, reason=reason, at=at)
        )

"""A vendor says that one of its people needs access no longer. This way only ever takes access away."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from approvals.lifecycle import TRANSITIONS
from approvals.service import Approvals
from broker.layout import Layout
from broker.watchdog.kill_switch import ask_watchdog
from domain.canonical import instant_text
from domain.clock import Clock
from domain.errors import DecisionError, PeerError
from domain.ids import PersonId
from domain.parties import LeavingKind
from domain.said import say
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
            say("The charter knows no vendor's person '{person}'.", person=person),
            code="person_unknown",
            remedy=say("Say the person's id; the plant has the list."),
        )
    until = deadline_of(charter, kind, at)
    try:
        answer = ask_watchdog(layout, notice_line(person, until, by=by, reason=reason))
    except PeerError:
        if kind is not LeavingKind.TERMINATED:
            raise
        answer = ask_watchdog(layout, isolate_line(person, by=by, reason=reason))
    if answer.get("ok") is not True:
        raise PeerError(say("The watchdog did not keep this: {get}.", get=answer.get("error")))
    return until


def deadline_of(charter: Charter, kind: LeavingKind, at: datetime) -> datetime:
    """From when on the person has no access, by the plant's own clock."""
    return leaving_deadline(kind, at, ZoneInfo(charter.organisation.time_zone))


def notice_line(person: PersonId, until: datetime, *, by: str, reason: str) -> dict[str, str]:
    """What the watchdog is told of a notice."""
    return {"do": "notice", "person": person, "until": instant_text(until), "by": by, "reason": reason}


def isolate_line(person: PersonId, *, by: str, reason: str) -> dict[str, str]:
    """What it is told where a notice of a termination was not kept: shut out at once."""
    return {"do": "isolate", "scope": f"person:{person}", "by": by, "reason": reason}


def check_company(charter: Charter, by: PersonId, person: PersonId) -> None:
    """DecisionError unless both are of the same vendor: nobody says it of another's people."""
    speaker, meant = charter.people.get(by), charter.people.get(person)
    if speaker is None or meant is None or speaker.vendor is None or speaker.vendor != meant.vendor:
        raise DecisionError(
            say("'{person}' is nobody of your company.", person=person),
            code="not_your_company",
            remedy=say("Say the id of one of your own company's people."),
        )


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
        check_company(charter, by, person)
        reason = f"{kind}, says the vendor"
        return await asyncio.to_thread(
            lambda: give_notice(self._layout, charter, person, kind, by=by, reason=reason, at=at)
        )

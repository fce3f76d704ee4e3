"""A plant that has been at work for a while: permits by the thousand, filed straight into the database, for speed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.filed import columns_of, microseconds
from approvals.lifecycle import PermitEvent, apply
from approvals.tables import HistoryRow, PermitRow
from broker.admission import new_permit_id
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.window import TimeWindow

LIVES: Mapping[PermitState, tuple[PermitEvent, ...]] = {
    PermitState.LAPSED: (PermitEvent.LAPSE,),
    PermitState.ACTIVE: (PermitEvent.APPROVE, PermitEvent.ACTIVATE),
    PermitState.REQUESTED: (),
}
"""By which edges a permit came where it stands; in the order in which they are filed."""

OVER = frozenset({PermitState.LAPSED})


async def file_many(
    engine: AsyncEngine, like: Permit, counts: Mapping[PermitState, int], now: datetime, people: Sequence[str]
) -> dict[PermitState, list[Permit]]:
    """So many permits ``like`` that one in each state, of ``people`` in turn; what is over was over yesterday."""
    made = {state: list(_like(like, state, counts.get(state, 0), now, people)) for state in LIVES}
    rows = [(permit, state) for state, permits in made.items() for permit in permits]
    steps = [step for permit, state in rows for step in _steps(permit, state)]
    async with engine.begin() as work:
        await work.execute(insert(PermitRow), [_row(permit, state) for permit, state in rows])
        if steps:
            await work.execute(insert(HistoryRow), steps)
    return made


def _like(
    one: Permit, state: PermitState, count: int, now: datetime, people: Sequence[str]
) -> Iterator[Permit]:
    for number in range(count):
        start = now - timedelta(days=1, minutes=count - number) if state in OVER else now
        yield replace(
            one,
            id=new_permit_id(),
            person=PersonId(people[number % len(people)]),
            nonce=number.to_bytes(16, "big"),
            window=TimeWindow(start, start + timedelta(hours=2)),
            requested_at=start,
        )


def _row(permit: Permit, state: PermitState) -> dict[str, Any]:
    return columns_of(permit) | {
        "document": permit.canonical(),
        "state": state.value,
        "version": 1 + len(LIVES[state]),
        "filed_us": microseconds(permit.requested_at),
        "door": "console",
    }


def _steps(permit: Permit, state: PermitState) -> Iterator[dict[str, Any]]:
    before = PermitState.REQUESTED
    for version, event in enumerate(LIVES[state], 2):
        after = apply(before, event)
        yield {
            "permit": permit.id,
            "version": version,
            "before": before.value,
            "event": event.value,
            "after": after.value,
            "by": "clock" if event is PermitEvent.LAPSE else "petra",
            "reason": "The window ended." if event is PermitEvent.LAPSE else "",
            "at_us": microseconds(permit.window.end if event is PermitEvent.LAPSE else permit.requested_at),
        }
        before = after

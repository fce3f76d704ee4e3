"""The permits, for reading. None of this waits for a decision that is being made."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from approvals.filed import Filed, microseconds
from approvals.store import (
    OpenOne,
    Store,
    among,
    any_of,
    ending_after,
    filed_before,
    in_states,
    of_asset,
    of_assets,
    of_person,
    of_template,
    of_vendor,
    starting_before,
    within,
)
from approvals.transactions import available, looking
from domain.ids import AssetId, PermitId, PersonId, VendorId
from domain.permit import USABLE, WAITING, PermitState
from domain.window import TimeWindow

LONGEST_LIST = 500

APPROVED_ONCE = USABLE | {PermitState.COMPLETED}
"""States that a permit reaches by an approval alone."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed down to. Whatever is empty narrows nothing."""

    states: frozenset[PermitState] = frozenset()
    person: str = ""
    vendor: str = ""
    asset: str = ""
    ends_after: datetime | None = None
    """Whose window reaches beyond this instant."""
    starts_before: datetime | None = None
    """Whose window begins before this instant, which is not inside."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The same for the database."""
        yield from any_of(self.states)
        if self.person:
            yield of_person(self.person)
        if self.vendor:
            yield of_vendor(self.vendor)
        if self.asset:
            yield of_asset(self.asset)
        if self.ends_after is not None:
            yield ending_after(self.ends_after)
        if self.starts_before is not None:
            yield starting_before(self.starts_before)


def place_of(filed: Filed) -> tuple[int, str]:
    """Where a permit stands in the order of filing; it never stands anywhere else."""
    return microseconds(filed.filed_at), filed.permit.id


class Register:
    """Looks permits up. EvidenceError when rows do not hold together: such a permit opens nothing.

    PenstockError when the database can't be used.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._looking = looking(engine)

    async def filed(self, permit: PermitId) -> Filed | None:
        """One permit with its approvals and history."""
        async with self._look() as store:
            return await store.load(permit)

    async def these(self, permits: Collection[PermitId]) -> Mapping[PermitId, Filed]:
        """All of these that are filed, looked up at once."""
        if not permits:
            return {}
        async with self._look() as store:
            found = await store.find(among(permits), limit=len(permits))
        return {one.permit.id: one for one in found}

    async def filed_for(
        self, person: PersonId, asset: AssetId, *, most: int = LONGEST_LIST
    ) -> tuple[Filed, ...]:
        """This person's permits for this asset, open ones first, then the newest."""
        async with self._look() as store:
            return await store.find(of_person(person), of_asset(asset), limit=most, open_first=True)

    async def filed_by(self, vendor: VendorId, asset: AssetId, *, most: int) -> tuple[Filed, ...]:
        """The permits that this vendor's people asked for on this asset, newest first."""
        async with self._look() as store:
            return await store.find(of_vendor(vendor), of_asset(asset), limit=most)

    async def filed_within(self, assets: Collection[AssetId], window: TimeWindow) -> tuple[Filed, ...]:
        """The permits for these assets whose window touches ``window``, newest first, up to LONGEST_LIST."""
        async with self._look() as store:
            return await store.find(of_assets(assets), *within(window), limit=LONGEST_LIST)

    async def approved_for(self, person: PersonId, asset: AssetId, *, most: int) -> tuple[Filed, ...]:
        """The newest of this person's permits for this asset that somebody approved and nobody took back."""
        async with self._look() as store:
            return await store.find(of_person(person), of_asset(asset), in_states(*APPROVED_ONCE), limit=most)

    async def filed_of(self, person: PersonId, *, most: int = LONGEST_LIST) -> tuple[Filed, ...]:
        """What this person asked for, newest first."""
        async with self._look() as store:
            return await store.find(of_person(person), limit=most)

    async def inside(self, template: str) -> tuple[Filed, ...]:
        """Everything that names this standing template, newest first."""
        async with self._look() as store:
            return await store.find(of_template(template), limit=LONGEST_LIST)

    async def pending(self) -> tuple[Filed, ...]:
        """Everything that waits for a decision, newest first."""
        async with self._look() as store:
            return await store.find(in_states(*WAITING), limit=LONGEST_LIST)

    async def all(
        self,
        *,
        limit: int = 50,
        before: PermitId | None = None,
        states: frozenset[PermitState] = frozenset(),
    ) -> tuple[Filed, ...]:
        """The newest permits; ``before`` is the last id of the page before. No states means every one."""
        async with self._look() as store:
            conditions = list(any_of(states))
            if before is not None:
                filed_us = await store.filed_us(before)
                if filed_us is None:
                    return ()
                conditions.append(filed_before(filed_us, before))
            return await store.find(*conditions, limit=min(limit, LONGEST_LIST))

    async def page(
        self, sought: Sought, *, limit: int, after: tuple[int, str] | None = None
    ) -> tuple[Filed, ...]:
        """The newest permits that are ``sought``; ``after`` is ``place_of`` the last one of the page before."""
        async with self._look() as store:
            conditions = list(sought.conditions())
            if after is not None:
                conditions.append(filed_before(after[0], PermitId(after[1])))
            return await store.find(*conditions, limit=min(limit, LONGEST_LIST))

    async def open_ones(self, now: datetime) -> Mapping[PermitId, OpenOne]:
        """Every permit to which something may still happen. Cheap: one look, and nothing but its row is read."""
        async with self._look() as store:
            return await store.open_ones(now)

    @asynccontextmanager
    async def _look(self) -> AsyncIterator[Store]:
        with available():
            async with AsyncSession(self._looking) as session:
                yield Store(session)

"""The approvals service with everything it needs, and what it told to whom."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.service import Approvals
from domain.ids import PermitId, PersonId
from domain.permit import Permit, PermitState
from tests.approvals.desk import BEA, CONNECT, DAN, SAM, Desk, ListLedger, permit, terms
from tests.clock import FrozenClock


class Office:
    """One node's approvals, its approvers' keys and its ledger."""

    def __init__(self, engine: AsyncEngine, clock: FrozenClock) -> None:
        self.ledger = ListLedger()
        self.told: list[tuple[str, PermitId]] = []
        self.clock = clock
        self.engine = engine
        self.desk = Desk().enrol(BEA, DAN, SAM)
        self.approvals = Approvals(engine, self.ledger, clock, self.notify)

    async def notify(self, what: str, wish: PermitId) -> None:
        self.told.append((what, wish))

    async def asked(self, **changed: Any) -> Permit:
        wish = permit(**changed)
        await self.approvals.request(wish, "console")
        return wish

    async def approve(self, wish: Permit, person: PersonId = BEA, **how: Any) -> PermitState:
        right = how.pop("right", CONNECT)
        asked = how.pop("terms", terms())
        way = how.pop("way", "by_passkey")
        approval = getattr(self.desk, way)(wish, person, right, at=self.clock.now(), **how)
        return await self.approvals.approve(wish.id, approval, asked, self.desk.trust, self.desk.spent)

    async def approved(self, **changed: Any) -> Permit:
        wish = await self.asked(**changed)
        await self.approve(wish)
        return wish

    async def state(self, wish: Permit) -> PermitState:
        filed = await self.approvals.filed(wish.id)
        assert filed is not None
        return filed.state

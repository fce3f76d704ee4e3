"""The approvals service with everything it needs, and what it told to whom."""

import secrets
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.proofs.webauthn import approval_options, proof_of
from approvals.service import Approvals
from domain.dispute import SALT_BYTES, Dispute, settling_nonce
from domain.ids import PermitId, PersonId
from domain.permit import Permit, PermitState
from domain.proof import Approval
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


def yes_of(office: Office, wish: Permit, dispute: Dispute, nonce: bytes | None = None) -> Approval:
    """Its arbiter's yes, by passkey, over the permit's bytes and naming the dispute."""
    person = dispute.arbiter
    nonce = nonce or settling_nonce(secrets.token_bytes(SALT_BYTES), dispute.digest())
    answer = office.desk.devices[person].get(approval_options(office.desk.trust, person, wish, nonce))
    return Approval(
        permit_digest=wish.digest(),
        right=dispute.right,
        approver=person,
        at=office.clock.now(),
        shown_digest=bytes(32),
        proof=proof_of(answer, nonce),
        settles=dispute.digest(),
    )

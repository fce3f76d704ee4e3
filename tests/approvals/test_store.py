from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from approvals.lifecycle import PermitEvent
from approvals.store import Store, approval_digest, proof_key
from domain.errors import DecisionError, TransitionError
from domain.permit import Permit, PermitState
from domain.proof import TotpProof
from tests.approvals.desk import BEA, DAN, NOW, Desk, permit
from tests.domain.samples import approval


@asynccontextmanager
async def store(engine: AsyncEngine) -> AsyncIterator[Store]:
    async with AsyncSession(engine) as session, session.begin():
        yield Store(session)


async def filed(engine: AsyncEngine) -> Permit:
    wish = permit()
    async with store(engine) as opened:
        await opened.add(wish, "ssh", NOW)
    return wish


async def test_what_a_change_returns_is_what_is_read_back(plant: AsyncEngine) -> None:
    wish = await filed(plant)
    async with store(plant) as opened:
        before = await opened.load(wish.id, decide=True)
        assert before is not None
        kept = await opened.add_approval(before, Desk().enrol(BEA).by_passkey(wish), 5)
        moved = await opened.move(kept, PermitEvent.APPROVE, BEA, "Go ahead.", NOW)
    async with store(plant) as opened:
        assert await opened.load(wish.id) == moved
    assert (moved.state, moved.version) == (PermitState.APPROVED, 3)


async def test_a_decision_on_a_permit_as_it_no_longer_is_loses(plant: AsyncEngine) -> None:
    wish = await filed(plant)
    async with store(plant) as opened:
        seen = await opened.load(wish.id)
        assert seen is not None
        await opened.move(seen, PermitEvent.REFUSE, BEA, "No.", NOW)
    late = [
        lambda opened: opened.move(seen, PermitEvent.APPROVE, DAN, "", NOW),
        lambda opened: opened.add_approval(seen, approval(permit_digest=wish.digest()), 0),
    ]
    for decision in late:
        with pytest.raises(DecisionError) as raised:
            async with store(plant) as opened:
                await decision(opened)
        assert raised.value.code == "lost_race"
    async with store(plant) as opened:
        now = await opened.load(wish.id)
        assert now is not None
        assert (now.state, now.version, now.approvals) == (PermitState.REFUSED, 2, ())


async def test_an_edge_that_is_not_in_the_table_is_not_even_tried(plant: AsyncEngine) -> None:
    wish = await filed(plant)
    with pytest.raises(TransitionError):
        async with store(plant) as opened:
            seen = await opened.load(wish.id)
            assert seen is not None
            await opened.move(seen, PermitEvent.ACTIVATE, BEA, "", NOW)


async def test_one_permit_is_filed_once_by_id_and_by_bytes(plant: AsyncEngine) -> None:
    wish = await filed(plant)
    for again in (wish, replace(wish, purpose="Another purpose")):
        with pytest.raises(DecisionError) as raised:
            async with store(plant) as opened:
                await opened.add(again, "ssh", NOW)
        assert raised.value.code == "already_filed"


async def test_the_highest_counter_is_over_every_permit_that_the_passkey_approved(plant: AsyncEngine) -> None:
    desk = Desk().enrol(BEA, DAN)
    for sign_count in (3, 9, 4):
        wish = await filed(plant)
        async with store(plant) as opened:
            seen = await opened.load(wish.id)
            assert seen is not None
            await opened.add_approval(seen, desk.by_passkey(wish), sign_count)
    async with store(plant) as opened:
        assert await opened.highest_sign_count(desk.devices[BEA].credential_id) == 9
        assert await opened.highest_sign_count(desk.devices[DAN].credential_id) == 0


def test_a_proof_s_key_names_what_may_be_used_once() -> None:
    assert proof_key(approval()) == f"passkey:{bytes(32).hex()}"
    by_code = approval(proof=TotpProof(7, "123456"))
    assert proof_key(by_code) == "totp:bea:7"
    # The code's spelling, the right and the date do not make it another proof.
    assert proof_key(replace(by_code, proof=TotpProof(7, "654321"), shown_digest=b"\1" * 32)) == "totp:bea:7"


def test_an_approval_s_digest_covers_all_of_it() -> None:
    digests = {
        approval_digest(one)
        for one in (approval(), approval(approver=DAN), approval(shown_digest=b"\1" * 32))
    }
    assert len(digests) == 3
    assert all(len(digest) == 64 for digest in digests)

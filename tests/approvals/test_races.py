"""Abuse case 6: many decide at once; exactly one wins, on both databases, and the ledger says so once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.service import Approvals
from broker.database.engine import open_engine
from domain.access import Action
from domain.errors import DecisionError
from domain.events import ApprovalRejected, PermitApproved, PermitChanged
from domain.permit import PermitState
from tests.approvals.desk import ANA, BEA, CONNECT, DAN, LEAD, SAM, permit, terms
from tests.approvals.office import Office
from tests.clock import FrozenClock

MANY = 200
ROUNDS = max(1, settings.default.max_examples // 100)
"""One in a quick run, fifty in a deep one."""


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


async def outcome(decision: Awaitable[object]) -> str:
    try:
        await decision
    except DecisionError as error:
        return error.code
    return "won"


async def outcomes(decisions: list[Awaitable[object]]) -> Counter[str]:
    return Counter(await asyncio.gather(*map(outcome, decisions)))


async def test_abuse_06_two_approvers_race_and_exactly_one_wins(office: Office) -> None:
    for _ in range(ROUNDS):
        await race_to_approve(office)


async def race_to_approve(office: Office) -> None:
    office.ledger.events.clear()
    wish = await office.asked()
    decisions: list[Awaitable[object]] = [
        office.approve(wish, BEA if number % 2 else DAN) for number in range(MANY)
    ]
    assert await outcomes(decisions) == {"won": 1, "lost_race": MANY - 1}
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert (filed.state, filed.version, len(filed.approvals)) == (PermitState.APPROVED, 3, 1)
    assert len(office.ledger.of(PermitApproved)) == len(office.ledger.of(PermitChanged)) == 1
    assert len(office.ledger.of(ApprovalRejected)) == MANY - 1


async def test_abuse_06_t36_approve_refuse_withdraw_narrow_and_lapse_race_and_exactly_one_wins(
    office: Office,
) -> None:
    for _ in range(5):
        office.clock.advance(timedelta(minutes=1))  # a fresh one-time code
        wish = await office.asked()
        less = permit()
        less = replace(wish, id=less.id, nonce=less.nonce, narrows=wish.id, actions=frozenset({Action.VIEW}))
        before = len(office.ledger.of(PermitChanged))

        async def lapse(end: datetime = wish.window.end, name: str = wish.id) -> None:
            if name not in await office.approvals.lapse(end):
                raise DecisionError("It did not lapse.", code="lost_race")

        decisions: list[Awaitable[object]] = []
        for _ in range(4):
            decisions += [
                office.approve(wish, BEA),
                office.approve(wish, DAN, way="by_code"),
                office.approvals.refuse(wish.id, BEA, "No.", terms()),
                office.approvals.narrow(wish.id, less, DAN, terms()),
                lapse(),
            ]
        found = await outcomes(decisions)
        # An approved permit may still lapse, by design: then there are two edges, in that order.
        filed = await office.approvals.filed(wish.id)
        assert filed is not None
        edges = [str(step.after) for step in filed.history]
        assert edges in (["approved"], ["approved", "lapsed"], ["refused"], ["narrowed"], ["lapsed"])
        assert found["won"] == len(edges)
        assert found.total() - found["won"] == found["lost_race"]
        told = office.ledger.of(PermitChanged)[before:]
        assert [one.after for one in told if one.permit == wish.id] == edges


async def test_abuse_06_two_rights_at_once_both_count(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    for _ in range(10):
        wish = await office.asked()
        decisions: list[Awaitable[object]] = [
            office.approve(wish, BEA, terms=both),
            office.approve(wish, SAM, right=LEAD, terms=both),
        ]
        assert await outcomes(decisions) == {"won": 2}
        assert await office.state(wish) is PermitState.APPROVED


async def test_abuse_06_decisions_by_two_nodes_race_and_exactly_one_wins(office: Office) -> None:
    url = office.engine.url.render_as_string(hide_password=False)
    second = open_engine(url)
    try:
        there = Approvals(second, office.ledger, office.clock, office.notify)
        for _ in range(5):
            wish = await office.asked()
            decisions: list[Awaitable[object]] = []
            for node in (office.approvals, there) * 10:
                decisions += [
                    node.refuse(wish.id, BEA, "No.", terms()),
                    node.approve(
                        wish.id,
                        office.desk.by_passkey(wish),
                        terms(),
                        office.desk.trust,
                        office.desk.spent,
                    ),
                ]
            assert await outcomes(decisions) == {"won": 1, "lost_race": 39}
    finally:
        await second.dispose()


async def test_abuse_07_one_proof_sent_many_times_at_once_counts_once(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    wish = await office.asked()
    approval = office.desk.by_passkey(wish)
    decisions: list[Awaitable[object]] = [
        office.approvals.approve(wish.id, approval, both, office.desk.trust, office.desk.spent)
        for _ in range(50)
    ]
    assert await outcomes(decisions) == {"won": 1, "already_approved": 49}


async def test_abuse_06_revocation_and_first_use_race_and_revocation_stands(office: Office) -> None:
    for _ in range(5):
        wish = await office.approved()
        decisions: list[Awaitable[object]] = [
            office.approvals.activate(wish.id),
            office.approvals.revoke(wish.id, BEA, "Stop."),
            office.approvals.withdraw(wish.id, ANA),
        ]
        await outcomes(decisions)
        assert await office.state(wish) in {PermitState.REVOKED, PermitState.WITHDRAWN}

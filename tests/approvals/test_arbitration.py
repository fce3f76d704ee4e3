"""A no against a yes: who settles it, by what, until when; and that nothing else does."""

import secrets
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.arbitration import dispute_of, may_end, may_settle, settling
from approvals.quorum import Terms
from approvals.service import NO_DEADLINE, Approvals
from domain.dispute import Dispute, settling_purpose
from domain.errors import DecisionError, EvidenceError, ProofError
from domain.events import PermitChanged, PermitDisputed, PermitSettled
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.proof import Approval
from domain.rights import DecisionRight, Side
from domain.timers import Timers
from tests.approvals.desk import ANA, BEA, CONNECT, DAN, EVE, LEAD, NOW, SAM, SIDES, holding, terms
from tests.approvals.office import Office, yes_of
from tests.clock import FrozenClock

S = PermitState
HOUR = timedelta(hours=1)
SAFETY = DecisionRight.SAFETY
SPLIT = terms(CONNECT, LEAD, holdings={CONNECT: holding(arbiter=EVE, side=Side.OT), LEAD: holding(LEAD)})
"""Bea holds connect for OT, and Eve is its arbiter; Sam holds the other right, which has none."""
NOBODY = frozenset[PersonId]()


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    office = Office(plant, clock)
    office.desk.enrol(EVE)
    office.approvals = Approvals(
        office.engine,
        office.ledger,
        clock,
        office.notify,
        timers=lambda _: replace(NO_DEADLINE, arbiter_within=HOUR),
    )
    return office


async def refused(decision: Awaitable[object]) -> str:
    with pytest.raises((DecisionError, ProofError)) as raised:
        await decision
    return raised.value.code


async def disputed(office: Office, asked: Terms = SPLIT) -> tuple[Permit, Dispute]:
    """Sam has said yes and Bea no."""
    wish = await office.asked()
    await office.approve(wish, SAM, right=LEAD, terms=asked)
    await office.approvals.refuse(wish.id, BEA, "Not while we start up.", asked)
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert filed.dispute is not None
    return wish, filed.dispute


async def settle(
    office: Office, wish: Permit, approval: Approval, asked: Terms = SPLIT, reason: str = "The line stands."
) -> PermitState:
    return await office.approvals.settle(
        wish.id, approval, reason, asked, office.desk.trust, office.desk.spent
    )


async def test_a_no_against_a_yes_goes_to_the_arbiter_and_opens_nothing(office: Office) -> None:
    """B14, S-24: default deny; both positions with their reasons stand in the leaf."""
    wish, dispute = await disputed(office)
    assert await office.state(wish) is S.DISPUTED
    assert (dispute.right, dispute.arbiter, dispute.until) == (CONNECT, EVE, office.clock.now() + HOUR)
    (leaf,) = office.ledger.of(PermitDisputed)
    assert leaf.agreed == (f"sam (incident_lead): {wish.purpose}",)
    assert leaf.refused == ("bea (connect): Not while we start up.",)
    assert leaf.dispute == dispute.digest().hex()
    assert await refused(office.approvals.activate(wish.id)) == "wrong_state"
    for person in (BEA, DAN):
        assert await refused(office.approve(wish, person, terms=SPLIT)) == "in_dispute"


async def test_the_arbiter_s_signed_yes_takes_the_place_of_the_one_that_was_refused(office: Office) -> None:
    """B14, S-24: the decision is recorded with both positions, and its own reason."""
    wish, dispute = await disputed(office)
    assert await settle(office, wish, yes_of(office, wish, dispute)) is S.APPROVED
    (leaf,) = office.ledger.of(PermitSettled)
    assert (leaf.by, leaf.allows, leaf.reason) == (EVE, True, "The line stands.")
    assert (len(leaf.agreed), len(leaf.refused)) == (1, 1)
    assert leaf.approval
    moves = [(one.before, one.after) for one in office.ledger.of(PermitChanged)]
    assert moves == [("requested", "disputed"), ("disputed", "requested"), ("requested", "approved")]
    assert await office.approvals.activate(wish.id) is S.ACTIVE


async def test_an_arbiter_may_settle_by_a_code_that_was_spent_on_that(office: Office) -> None:
    from approvals.proofs import purpose  # noqa: PLC0415 - read beside its use

    wish, dispute = await disputed(office)
    code = office.desk.by_code(wish, EVE, CONNECT, at=office.clock.now(), settles=dispute.digest())
    assert await refused(settle(office, wish, code)) == "code_not_spent_on_this"  # spent on a plain yes
    step = code.proof.step  # type: ignore[union-attr]  # a code's
    office.desk.register[EVE, step] = settling_purpose(purpose(wish), dispute.digest())
    assert await settle(office, wish, code) is S.APPROVED


async def test_an_arbiter_s_no_or_silence_is_a_refusal(office: Office) -> None:
    """B14: denied at T, and who said nothing has said no."""
    kept: list[str] = []

    async def bar(_permit: object, by: PersonId, _reason: str) -> None:
        kept.append(by)

    first, dispute = await disputed(office)
    office.approvals._bar = bar
    await office.approvals.refuse(first.id, EVE, "It can wait.", SPLIT)
    second, _ = await disputed(office)
    assert await office.approvals.lapse(dispute.until - timedelta(microseconds=1)) == ()
    assert await office.approvals.lapse(dispute.until) == (second.id,)
    assert [await office.state(one) for one in (first, second)] == [S.REFUSED, S.REFUSED]
    said = [(one.by, one.allows, one.approval) for one in office.ledger.of(PermitSettled)]
    assert said == [(EVE, False, ""), ("clock", False, "")]
    assert kept == [EVE, "clock"]  # no edited row brings either back


async def test_what_is_not_the_arbiter_s_own_word_on_this_very_dispute_settles_nothing(
    office: Office,
) -> None:
    """B14, J15: nor does anybody else's, of whatever rank."""
    wish, dispute = await disputed(office)
    good = yes_of(office, wish, dispute)
    tries = {
        "not_arbiter": replace(good, approver=SAM),
        "wrong_dispute": replace(good, settles=bytes(32)),
        "wrong_time": replace(good, at=office.clock.now() - HOUR),
    }
    for code, wrong in tries.items():
        assert await refused(settle(office, wish, wrong)) == code
    plain = yes_of(office, wish, dispute, nonce=secrets.token_bytes(32))
    assert await refused(settle(office, wish, plain)) == "wrong_dispute"
    assert await refused(settle(office, wish, replace(good, right=LEAD))) == "not_arbiter"
    assert await refused(settle(office, wish, good, reason=" ")) == "no_reason"
    other = await office.asked()
    assert await refused(settle(office, other, good)) == "not_disputed"
    assert await refused(office.approve(other, EVE, terms=SPLIT, settles=dispute.digest())) == "not_holder"
    assert await office.state(wish) is S.DISPUTED
    office.clock.advance(HOUR)
    assert await refused(settle(office, wish, yes_of(office, wish, dispute))) == "decision_lapsed"


async def test_without_a_yes_or_an_arbiter_a_no_is_the_end_of_it(office: Office) -> None:
    """B14: a split without an arbiter is denied."""
    alone = await office.asked()
    assert await office.approvals.refuse(alone.id, BEA, "No.", SPLIT) is S.REFUSED
    wish = await office.asked()
    await office.approve(wish, terms=SPLIT)  # Bea agrees; Sam's right has no arbiter
    assert await office.approvals.refuse(wish.id, SAM, "No.", SPLIT) is S.REFUSED
    own = await office.asked()
    await office.approve(own, SAM, right=LEAD, terms=SPLIT)
    assert await office.approvals.refuse(own.id, SAM, "I was wrong.", SPLIT) is S.REFUSED


async def test_a_second_no_of_another_right_ends_it_and_one_of_the_same_does_not(office: Office) -> None:
    """J15: shutting stays everybody's, but nobody speaks in the arbiter's place."""
    wish, _ = await disputed(office)
    for person in (BEA, DAN, ANA):
        assert await refused(office.approvals.refuse(wish.id, person, "No!", SPLIT)) in {
            "not_arbiter",
            "own_request",
        }
    assert await office.approvals.refuse(wish.id, SAM, "Then not.", SPLIT) is S.REFUSED


async def test_whoever_else_must_agree_still_must(office: Office) -> None:
    """B14, J15: an arbiter's yes is one yes under one right."""
    held = {**SPLIT.holdings, SAFETY: holding(SAFETY, holder=DAN)}
    held[CONNECT] = holding(arbiter=EVE, deputy=None)
    three = terms(CONNECT, LEAD, SAFETY, holdings=held)
    wish, dispute = await disputed(office, three)
    assert await settle(office, wish, yes_of(office, wish, dispute), three) is S.REQUESTED
    assert await office.approve(wish, DAN, right=SAFETY, terms=three) is S.APPROVED


async def test_a_dispute_s_row_that_was_edited_makes_the_permit_unreadable(office: Office) -> None:
    wish, _ = await disputed(office)
    async with office.engine.begin() as work:
        await work.execute(text("DELETE FROM permit_dispute"))
    with pytest.raises(EvidenceError, match="disputes"):
        await office.approvals.filed(wish.id)


def test_only_an_eligible_arbiter_of_that_side_may_settle() -> None:
    """J15: an OT seat is settled by OT."""

    def code(asked: Terms = SPLIT, person: PersonId = EVE, right: DecisionRight = CONNECT) -> str:
        answer = may_settle(asked, right, person, NOW, NOBODY)
        return "" if answer else answer.code  # type: ignore[union-attr]  # it says why not

    assert code() == ""
    assert code(person=SAM) == "not_arbiter"
    assert code(right=LEAD) == "no_arbiter"
    assert code(right=SAFETY) == "void"
    assert code(replace(SPLIT, sides={**SIDES, EVE: Side.IT})) == "no_arbiter"
    assert code(replace(SPLIT, sides={BEA: Side.OT})) == "no_arbiter"
    assert code(replace(SPLIT, outsiders=frozenset({EVE}))) == "no_arbiter"
    assert code(replace(SPLIT, requester=EVE)) == "no_arbiter"
    assert not may_settle(SPLIT, CONNECT, EVE, NOW, frozenset({EVE}))
    assert not may_settle(SPLIT, CONNECT, EVE, NOW + timedelta(days=31), NOBODY)


def test_a_dispute_ends_with_the_window_at_the_latest() -> None:
    from tests.approvals.test_deadlines import YES, filed  # noqa: PLC0415 - the sample beside it

    waiting = filed(S.REQUESTED, replace(YES, right=LEAD, approver=SAM))
    found = dispute_of(waiting, SPLIT, BEA, "No.", NOW, Timers(arbiter_within=timedelta(days=9)))
    assert found is not None
    assert found.until == waiting.permit.window.end
    assert not settling(SPLIT, found, DAN, NOW)
    assert may_end(SPLIT, found, SAM, NOW)
    assert not may_end(SPLIT, found, DAN, NOW)

"""Decisions as they are filed, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.proofs import verify
from approvals.service import MOST_WAITING, Approvals, worded
from approvals.store import approval_digest
from domain.access import Action, RequestField
from domain.errors import DecisionError, EvidenceError, PenstockError, ProofError
from domain.events import ApprovalRejected, PermitApproved, PermitChanged, PermitRequested
from domain.ids import PermitId, PersonId
from domain.permit import Permit, PermitState
from domain.proof import ProofKind
from domain.rights import DecisionRight
from tests.approvals.desk import (
    ANA,
    BEA,
    BOTH_KINDS,
    CONNECT,
    DAN,
    EVE,
    LEAD,
    SAM,
    ListLedger,
    holding,
    permit,
    terms,
    token,
)
from tests.approvals.office import Office
from tests.clock import FrozenClock

S = PermitState
HOUR = timedelta(hours=1)


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


async def refused(decision: Awaitable[object]) -> str:
    with pytest.raises((DecisionError, ProofError)) as raised:
        await decision
    return raised.value.code


async def test_a_wish_is_filed_as_requested_and_is_in_the_ledger(office: Office) -> None:
    wish = await office.asked()
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert (filed.permit, filed.state, filed.version, filed.door) == (wish, S.REQUESTED, 1, "console")
    assert (filed.filed_at, filed.approvals, filed.history) == (office.clock.now(), (), ())
    assert office.ledger.events == [
        PermitRequested(
            at=office.clock.now(),
            permit=wish.id,
            digest=wish.digest().hex(),
            person=ANA,
            asset=wish.asset,
            door="console",
            conduit=wish.conduit,
            passage=tuple(str(one) for one in sorted(wish.grants)),
            actions=tuple(sorted(wish.actions)),
            window_from=wish.window.start,
            window_until=wish.window.end,
            tools=tuple(sorted(wish.tools)),
            networks=tuple(sorted(wish.networks)),
            stated=tuple(one for one in RequestField if getattr(wish, one.value).strip()),
            work_order=wish.work_order,
        )
    ]
    assert office.told == [("requested", wish.id)]
    assert await office.approvals.filed(token(0)) is None


async def test_the_leaf_of_a_wish_names_the_exceptions_that_it_rests_on_s36(office: Office) -> None:
    """S-36: what was tolerated while it was asked for stays in the ledger."""
    await office.approvals.request(permit(), "console", ("ex-1",))
    assert [one.exceptions for one in office.ledger.of(PermitRequested)] == [("ex-1",)]


@pytest.mark.parametrize("way", ["by_passkey", "by_code"])
async def test_the_holder_s_yes_approves_and_verifies_again_from_the_row(office: Office, way: str) -> None:
    wish = await office.asked()
    assert await office.approve(wish, way=way) is S.APPROVED
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert (filed.state, filed.version, len(filed.history)) == (S.APPROVED, 3, 1)
    (approval,) = filed.approvals
    shown = verify(approval, filed.permit, office.desk.trust, BOTH_KINDS, office.desk.spent)
    assert (shown.approver, shown.right) == (BEA, CONNECT)
    (leaf,) = office.ledger.of(PermitApproved)
    assert (leaf.approval, leaf.digest, leaf.kind) == (
        approval_digest(approval),
        wish.digest().hex(),
        str(approval.kind),
    )
    assert [(one.before, one.after, one.by) for one in office.ledger.of(PermitChanged)] == [
        ("requested", "approved", BEA)
    ]
    assert office.told[-1] == ("approved", wish.id)


async def test_abuse_12_whatever_the_door_nobody_has_more_wishes_waiting_than_can_be_read(
    office: Office,
) -> None:
    waiting = [await office.asked() for _ in range(MOST_WAITING)]
    told = len(office.ledger.events)
    for door in ("ssh", "console", "api"):
        assert await refused(office.approvals.request(permit(), door)) == "too_many_waiting"
    assert len(office.ledger.events) == told
    await office.approvals.withdraw(waiting[0].id, ANA)
    await office.asked()
    await office.asked(person=EVE)


async def test_two_rights_need_two_yeses_in_either_order(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    for first, second in (((BEA, CONNECT), (SAM, LEAD)), ((SAM, LEAD), (DAN, CONNECT))):
        wish = await office.asked()
        assert await office.approve(wish, first[0], right=first[1], terms=both) is S.REQUESTED
        assert office.told[-1] == ("approval", wish.id)
        assert await office.state(wish) is S.REQUESTED
        assert await office.approve(wish, second[0], right=second[1], terms=both) is S.APPROVED


async def test_the_second_key_must_be_another_person_s(office: Office) -> None:
    held = {CONNECT: holding(), LEAD: holding(LEAD, holder=BEA, deputy=SAM)}
    both = terms(CONNECT, LEAD, holdings=held)
    wish = await office.asked()
    assert await office.approve(wish, BEA, terms=both) is S.REQUESTED
    assert await office.approve(wish, BEA, right=LEAD, terms=both) is S.REQUESTED
    assert await office.approve(wish, SAM, right=LEAD, terms=both) is S.APPROVED


async def test_abuse_10_a_first_key_whose_holder_lost_the_right_is_asked_again(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    wish = await office.asked()
    await office.approve(wish, BEA, terms=both)
    succeeded = replace(both, holdings={**both.holdings, CONNECT: holding(holder=DAN, deputy=None)})
    assert await office.approve(wish, SAM, right=LEAD, terms=succeeded) is S.REQUESTED
    assert await office.approve(wish, DAN, terms=succeeded) is S.APPROVED


async def test_a_first_key_that_was_taken_out_of_the_trust_file_no_longer_counts(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    wish = await office.asked()
    await office.approve(wish, BEA, terms=both)
    office.desk.trust = office.desk.trust.without_passkey(BEA, office.desk.devices[BEA].credential_id)
    assert await office.approve(wish, SAM, right=LEAD, terms=both) is S.REQUESTED


@pytest.mark.parametrize(
    ("person", "asked", "code"),
    [
        pytest.param(EVE, terms(), "not_holder", id="nobody special"),
        pytest.param(SAM, terms(), "not_holder", id="the holder of another right"),
        pytest.param(BEA, terms(LEAD), "right_not_needed", id="a right not needed"),
        pytest.param(BEA, terms(holdings={CONNECT: None}), "void", id="a void"),
        pytest.param(BEA, terms(outsiders=frozenset({BEA})), "vendor_person", id="a vendor's person"),
        pytest.param(
            BEA, terms(proofs=frozenset({ProofKind.TOTP})), "kind_not_accepted", id="a kind not accepted"
        ),
    ],
)
async def test_t35_a_yes_that_does_not_count_changes_nothing_and_leaves_a_leaf(
    office: Office, person: PersonId, asked: Any, code: str
) -> None:
    office.desk.enrol(EVE)
    wish = await office.asked()
    assert await refused(office.approve(wish, person, terms=asked)) == code
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert (filed.state, filed.version, filed.approvals) == (S.REQUESTED, 1, ())
    (leaf,) = office.ledger.of(ApprovalRejected)
    assert (leaf.permit, leaf.person, leaf.code) == (wish.id, person, code)
    assert office.told == [("requested", wish.id)]


async def test_abuse_09_nobody_approves_refuses_or_narrows_their_own_request(office: Office) -> None:
    office.desk.enrol(ANA)
    held = terms(holdings={CONNECT: holding(holder=ANA, deputy=BEA)}, outsiders=frozenset())
    wish = await office.asked()
    assert await refused(office.approve(wish, ANA, terms=held)) == "own_request"
    assert await refused(office.approvals.refuse(wish.id, ANA, "no", held)) == "own_request"
    assert await refused(office.approvals.narrow(wish.id, narrower(wish), ANA, held)) == "own_request"
    # A second account of hers, with a key of its own, is another person only if the charter says so.
    assert await office.approve(wish, BEA, terms=held) is S.APPROVED


async def test_terms_of_another_permit_are_a_mistake_of_the_caller(office: Office) -> None:
    wish = await office.asked()
    with pytest.raises(ValueError, match="another permit's"):
        await office.approve(wish, terms=terms(requester=EVE))
    assert await office.state(wish) is S.REQUESTED


async def test_abuse_07_an_approval_sent_twice_or_to_another_permit_counts_once(office: Office) -> None:
    both = terms(CONNECT, LEAD)
    wish, other = await office.asked(), await office.asked()
    approval = office.desk.by_passkey(wish)

    async def send(to: Permit, what: Any) -> PermitState:
        return await office.approvals.approve(to.id, what, both, office.desk.trust, office.desk.spent)

    assert await send(wish, approval) is S.REQUESTED
    assert await refused(send(wish, approval)) == "already_approved"
    assert await refused(send(other, approval)) == "wrong_permit"
    forged = replace(approval, permit_digest=other.digest())
    assert await refused(send(other, forged)) == "wrong_challenge"
    # The same proof under a second right that the same person holds is a replay too.
    held = {CONNECT: holding(), LEAD: holding(LEAD, holder=BEA)}
    both = terms(CONNECT, LEAD, holdings=held)
    assert await refused(send(wish, replace(approval, right=LEAD))) == "replayed"
    assert [leaf.code for leaf in office.ledger.of(ApprovalRejected)] == [
        "already_approved",
        "wrong_permit",
        "wrong_challenge",
        "replayed",
    ]


async def test_abuse_37_a_one_time_code_approves_one_permit(office: Office) -> None:
    wish, other = await office.asked(), await office.asked()
    assert await office.approve(wish, way="by_code") is S.APPROVED
    assert await refused(office.approve(other, way="by_code")) == "code_not_spent_on_this"


async def test_a_counter_that_goes_back_is_refused_as_a_copied_key(office: Office) -> None:
    first, second, third = [await office.asked() for _ in range(3)]
    device = office.desk.devices[BEA]
    device.sign_count = 7
    await office.approve(first)
    device.sign_count = 7
    assert await refused(office.approve(second)) == "sign_count_went_back"
    device.sign_count = 0
    assert await refused(office.approve(second)) == "sign_count_went_back"
    device.sign_count = 9
    assert await office.approve(third) is S.APPROVED


async def test_a_process_without_secrets_files_codes_that_the_gate_has_spent_and_no_others(
    office: Office,
) -> None:
    both = terms(CONNECT, LEAD)
    public = replace(office.desk.trust, codes={}, knows_codes=False)
    wish = await office.asked()

    async def file(person: PersonId, right: DecisionRight, spent: bool) -> PermitState:
        approval = office.desk.by_code(wish, person, right)
        return await office.approvals.approve(wish.id, approval, both, public, lambda *_asked: spent)

    assert await refused(file(BEA, CONNECT, False)) == "code_not_spent_on_this"
    assert await file(BEA, CONNECT, True) is S.REQUESTED
    # The second approver's process can't know what the first one's code was spent on, and need not.
    assert await file(SAM, LEAD, True) is S.APPROVED


@pytest.mark.parametrize("off", [timedelta(minutes=6), -timedelta(minutes=6)], ids=["later", "earlier"])
async def test_an_approval_is_dated_when_it_is_given(office: Office, off: timedelta) -> None:
    wish = await office.asked()
    approval = office.desk.by_passkey(wish, at=office.clock.now() + off)
    decision = office.approvals.approve(wish.id, approval, terms(), office.desk.trust, office.desk.spent)
    assert await refused(decision) == "wrong_time"


async def test_a_refusal_needs_a_reason_and_a_holder(office: Office) -> None:
    wish = await office.asked()
    for reason, code in (
        ("", "no_reason"),
        ("  \n", "no_reason"),
        ("a\nb", "bad_reason"),
        ("x" * 501, "bad_reason"),
    ):
        assert await refused(office.approvals.refuse(wish.id, BEA, reason, terms())) == code
    assert await refused(office.approvals.refuse(wish.id, EVE, "No.", terms())) == "not_holder"
    await office.approvals.refuse(wish.id, DAN, " The drive is running. ", terms())
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert [(step.after, step.by, step.reason) for step in filed.history] == [
        (S.REFUSED, DAN, "The drive is running.")
    ]
    assert office.told[-1] == ("refused", wish.id)


async def test_t42_with_nobody_to_decide_nothing_is_decided(office: Office) -> None:
    wish = await office.asked()
    nobody = terms(holdings={CONNECT: None})
    assert await refused(office.approvals.refuse(wish.id, BEA, "No.", nobody)) == "void"
    none_needed = replace(terms(), required=frozenset(), holdings={})
    assert await refused(office.approve(wish, terms=none_needed)) == "right_not_needed"
    assert await office.state(wish) is S.REQUESTED


def narrower(wish: Permit, **changed: Any) -> Permit:
    fresh = permit()
    less = {"id": fresh.id, "nonce": fresh.nonce, "narrows": wish.id, "actions": frozenset({Action.VIEW})}
    return replace(wish, **(less | changed))


async def test_narrowing_files_a_smaller_wish_that_needs_its_own_approval(office: Office) -> None:
    wish = await office.asked()
    less = narrower(wish)
    meant_for_the_old = office.desk.by_passkey(wish)
    await office.approvals.narrow(wish.id, less, BEA, terms())
    assert (await office.state(wish), await office.state(less)) == (S.NARROWED, S.REQUESTED)
    assert office.told[-2:] == [("narrowed", wish.id), ("requested", less.id)]
    decision = office.approvals.approve(
        less.id, meant_for_the_old, terms(), office.desk.trust, office.desk.spent
    )
    assert await refused(decision) == "wrong_permit"
    assert await office.approve(less) is S.APPROVED
    assert await refused(office.approve(wish)) == "lost_race"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"actions": frozenset(Action)}, "not_narrower", id="more actions"),
        pytest.param(
            {"actions": frozenset({Action.VIEW, Action.OPERATE})}, "not_narrower", id="nothing less"
        ),
        pytest.param({"narrows": None}, "not_narrower", id="no link"),
    ],
)
async def test_a_narrowing_that_is_none_changes_neither_permit(
    office: Office, changed: dict[str, Any], code: str
) -> None:
    wish = await office.asked()
    other = narrower(wish, **changed)
    assert await refused(office.approvals.narrow(wish.id, other, BEA, terms())) == code
    assert await office.state(wish) is S.REQUESTED
    assert await office.approvals.filed(other.id) is None


async def test_a_narrowed_wish_can_not_be_filed_through_the_front_door(office: Office) -> None:
    wish = await office.asked()
    assert await refused(office.approvals.request(narrower(wish), "console")) == "not_a_request"


async def test_only_who_asked_withdraws_and_only_before_use(office: Office) -> None:
    wish = await office.approved()
    assert await refused(office.approvals.withdraw(wish.id, BEA)) == "not_yours"
    await office.approvals.withdraw(wish.id, ANA)
    assert await office.state(wish) is S.WITHDRAWN
    used = await office.approved()
    await office.approvals.activate(used.id)
    assert await refused(office.approvals.withdraw(used.id, ANA)) == "wrong_state"


async def test_t32_use_needs_approval_first_and_inside_the_window(office: Office) -> None:
    wish = await office.asked()
    assert await refused(office.approvals.activate(wish.id)) == "wrong_state"
    await office.approve(wish)
    assert await office.approvals.activate(wish.id) is S.ACTIVE
    # A second session under the same permit is no second activation.
    assert await office.approvals.activate(wish.id) is S.ACTIVE
    assert [what for what, _ in office.told].count("active") == 1
    office.clock.advance(4 * HOUR)
    assert await refused(office.approvals.activate(wish.id)) == "outside_window"
    assert await refused(office.approvals.activate(token(0))) == "no_such_permit"


async def test_t32_what_is_over_stays_over(office: Office) -> None:
    over: dict[PermitState, Permit] = {}
    over[S.REFUSED] = await office.asked()
    await office.approvals.refuse(over[S.REFUSED].id, BEA, "No.", terms())
    over[S.WITHDRAWN] = await office.asked()
    await office.approvals.withdraw(over[S.WITHDRAWN].id, ANA)
    over[S.REVOKED] = await office.approved()
    await office.approvals.revoke(over[S.REVOKED].id, SAM, "Fire drill.")
    over[S.COMPLETED] = await office.approved()
    await office.approvals.activate(over[S.COMPLETED].id)
    await office.approvals.complete(over[S.COMPLETED].id, ANA, "Done.")
    for state, wish in over.items():
        attempts: list[tuple[Callable[[], Awaitable[object]], str]] = [
            (lambda wish=wish: office.approve(wish), "lost_race"),
            (lambda wish=wish: office.approvals.refuse(wish.id, BEA, "No.", terms()), "lost_race"),
            (lambda wish=wish: office.approvals.narrow(wish.id, narrower(wish), BEA, terms()), "lost_race"),
            (lambda wish=wish: office.approvals.withdraw(wish.id, ANA), "wrong_state"),
            (lambda wish=wish: office.approvals.revoke(wish.id, BEA, "No."), "wrong_state"),
            (lambda wish=wish: office.approvals.activate(wish.id), "wrong_state"),
            (lambda wish=wish: office.approvals.complete(wish.id, ANA, "Done."), "wrong_state"),
            (lambda wish=wish: office.approvals.request(wish, "console"), "already_filed"),
        ]
        for attempt, code in attempts:
            assert await refused(attempt()) == code, state
        assert await office.state(wish) is state


async def test_a_revocation_needs_a_reason_and_reaches_every_open_state(office: Office) -> None:
    asked, approved, active = await office.asked(), await office.approved(), await office.approved()
    await office.approvals.activate(active.id)
    for wish in (asked, approved, active):
        assert await refused(office.approvals.revoke(wish.id, SAM, " ")) == "no_reason"
        await office.approvals.revoke(wish.id, SAM, "The pump leaks.")
        assert await office.state(wish) is S.REVOKED


async def test_time_ends_what_is_open_at_the_window_s_end_and_not_before(office: Office) -> None:
    asked, approved, active = await office.asked(), await office.approved(), await office.approved()
    await office.approvals.activate(active.id)
    end = asked.window.end
    assert await office.approvals.lapse(end - timedelta(microseconds=1)) == ()
    assert set(await office.approvals.lapse(end)) == {asked.id, approved.id, active.id}
    assert [await office.state(one) for one in (asked, approved, active)] == [S.LAPSED, S.LAPSED, S.COMPLETED]
    assert await office.approvals.lapse(end) == ()
    assert {leaf.by for leaf in office.ledger.of(PermitChanged)[-3:]} == {"clock"}


async def test_after_its_window_a_wish_can_neither_be_filed_nor_approved(office: Office) -> None:
    wish = await office.asked()
    office.clock.advance(wish.window.end - office.clock.now())
    assert await refused(office.approve(wish)) == "window_over"
    assert await refused(office.approvals.request(permit(), "console")) == "window_over"


async def test_evidence_before_effect_without_a_leaf_nothing_changes(office: Office) -> None:
    wish, other = await office.asked(), await office.approved()
    office.ledger.failing = True
    decisions: list[Awaitable[object]] = [
        office.approve(wish),
        office.approvals.refuse(wish.id, BEA, "No.", terms()),
        office.approvals.withdraw(wish.id, ANA),
        office.approvals.narrow(wish.id, narrower(wish), BEA, terms()),
        office.approvals.revoke(other.id, BEA, "No."),
        office.approvals.activate(other.id),
        office.approvals.request(permit(), "console"),
    ]
    for decision in decisions:
        with pytest.raises(EvidenceError):
            await decision
    assert await office.approvals.lapse(wish.window.end) == ()
    office.ledger.failing = False
    assert (await office.state(wish), await office.state(other)) == (S.REQUESTED, S.APPROVED)
    assert len(await office.approvals.all()) == 2
    assert await office.approve(wish) is S.APPROVED


async def test_a_message_that_gets_lost_undoes_nothing(office: Office) -> None:
    async def lost(_what: str, _wish: PermitId) -> None:
        raise ConnectionError("the mail server is down")

    deaf = Approvals(office.engine, office.ledger, office.clock, lost)
    wish = permit()
    await deaf.request(wish, "console")
    assert await office.state(wish) is S.REQUESTED


async def test_a_tampered_row_keeps_no_other_permit_open(office: Office) -> None:
    bad, good = await office.asked(), await office.asked()
    async with office.engine.begin() as connection:
        await connection.execute(text("UPDATE permit SET vendor = 'acne' WHERE id = :id"), {"id": bad.id})
    assert await office.approvals.lapse(bad.window.end) == (good.id,)
    with pytest.raises(EvidenceError):
        await office.approve(bad)


async def test_a_decision_that_is_cancelled_midway_changes_nothing_and_says_so(office: Office) -> None:
    wish = await office.asked()
    reached = asyncio.Event()

    class SlowLedger(ListLedger):
        async def append(self, event: Any) -> int:
            index = await super().append(event)
            if isinstance(event, PermitChanged) and event.after == "approved":
                reached.set()
                await asyncio.sleep(60)
            return index

    slow = SlowLedger()
    office.approvals = Approvals(office.engine, slow, office.clock, office.notify)
    async with asyncio.TaskGroup() as group:
        decision = group.create_task(office.approve(wish))
        await reached.wait()
        decision.cancel()
    assert await office.state(wish) is S.REQUESTED
    assert [type(event).__name__ for event in slow.events] == [
        "PermitApproved",
        "PermitChanged",
        "ApprovalRejected",
    ]
    assert slow.events[-1].code == "not_committed"


def test_a_reason_is_kept_without_the_space_around_it() -> None:
    assert worded("  Too early. ") == "Too early."
    with pytest.raises(PenstockError):
        worded("\u202e")

from dataclasses import replace
from datetime import timedelta

from approvals.filed import Filed, Step
from approvals.lifecycle import TRANSITIONS, PermitEvent
from broker.console.permits.past import past
from domain.ids import PermitId, PersonId, VendorId
from domain.permit import Permit, PermitState
from tests.policies.plant import NOW, permit

ASKED = permit()


def filed(age_days: int, *events: PermitEvent, reason: str = "", **changed: object) -> Filed:
    """A permit that was asked for so long ago, and what became of it, an hour apart."""
    at = ASKED.requested_at - timedelta(days=age_days)
    one: Permit = replace(ASKED, id=PermitId("abcdefghijklm"[age_days] * 26), requested_at=at, **changed)  # type: ignore[arg-type]
    state, steps = PermitState.REQUESTED, []
    for event in events:
        before, state, at = state, TRANSITIONS[state][event], at + timedelta(hours=1)
        steps.append(Step(before, event, state, "petra", reason, at))
    return Filed(one, state, 1 + len(steps), (), tuple(steps), NOW, "console")


APPROVE, ACTIVATE, COMPLETE = PermitEvent.APPROVE, PermitEvent.ACTIVATE, PermitEvent.COMPLETE


def test_without_any_permit_before_there_is_no_past() -> None:
    found = past(ASKED, [filed(0), replace(filed(0), permit=ASKED)])
    assert (found.used, found.refused, found.last, found.refusal) == (0, 0, None, None)


def test_the_last_one_that_was_used_is_told_with_its_end() -> None:
    older = filed(9, APPROVE, ACTIVATE, COMPLETE)
    newest = filed(2, APPROVE, ACTIVATE, PermitEvent.REVOKE, reason="smoke", person=PersonId("bo"))
    found = past(ASKED, [older, newest, filed(1, APPROVE, PermitEvent.LAPSE)])
    assert (found.asked, found.used) == (3, 2)
    assert found.last == newest.permit
    assert found.began == newest.history[1].at
    assert found.ended is not None
    assert (found.ended.after, found.ended.reason) == (PermitState.REVOKED, "smoke")


def test_what_is_still_in_use_has_no_end() -> None:
    found = past(ASKED, [filed(1, APPROVE, ACTIVATE)])
    assert (found.used, found.ended) == (1, None)


def test_refusals_are_counted_and_the_newest_is_told() -> None:
    found = past(
        ASKED,
        [filed(3, PermitEvent.REFUSE, reason="not now"), filed(1, PermitEvent.REFUSE, reason="not at all")],
    )
    assert found.refused == 2
    assert found.refusal is not None
    assert found.refusal.reason == "not at all"


def test_another_vendor_and_what_came_later_are_passed_over() -> None:
    of_old = filed(1, APPROVE, ACTIVATE, COMPLETE)
    later = replace(
        of_old, permit=replace(of_old.permit, requested_at=ASKED.requested_at + timedelta(days=1))
    )
    other = filed(1, APPROVE, ACTIVATE, COMPLETE, vendor=VendorId("kestrel"))
    assert past(ASKED, [later, other]).asked == 0

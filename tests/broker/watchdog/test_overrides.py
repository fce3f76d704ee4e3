from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.watchdog.interlocks import Interlocks, Isolate, Restore, SetState, apply, decode, encode
from broker.watchdog.overrides import (
    MOST,
    Override,
    Revert,
    ReviewOverride,
    Why,
    override_purpose,
    overrides_of,
)
from domain.errors import TransitionError
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CELL, PETRA, KIM = ZoneId("cell-1"), PersonId("petra"), PersonId("kim")
RUNNING = OperatingState.RUNNING
FOR_AN_HOUR = Override("zone:cell-1", PETRA, "crane", AT + HOUR, None, None, 7, AT)


def after(*commands: object) -> Interlocks:
    held = Interlocks()
    for one in commands:
        held = apply(held, one)  # type: ignore[arg-type]  # tables of every command
    return held


def test_d12_an_override_shuts_its_scope_and_is_over_at_its_very_instant() -> None:
    """D12: half-open: at that instant it is over; it survives being written and read."""
    held = decode(encode(after(FOR_AN_HOUR)))
    assert held.isolated == {"zone:cell-1"}
    assert held.reverting(AT + HOUR - timedelta(seconds=1)) == ()
    ((one, why),) = held.reverting(AT + HOUR)
    assert (one.id, why) == ("1", Why.TIME)
    held = decode(encode(apply(held, Revert("1", why, AT + HOUR))))
    assert (held.isolated, held.reverting(AT + 2 * HOUR)) == (frozenset(), ())
    assert [(one.why, one.reviewer) for one in held.overrides] == [(Why.TIME, None)], "a review is open"


def test_d12_an_event_ends_it_as_well_whichever_comes_first() -> None:
    """D12: until a zone is in a state."""
    either = replace(FOR_AN_HOUR, zone=CELL, state=RUNNING)
    held = after(either, SetState(CELL, OperatingState.SHUTDOWN, "kim"))
    assert held.reverting(AT) == ()
    ((_one, why),) = apply(held, SetState(CELL, RUNNING, "kim")).reverting(AT)
    assert why is Why.STATE
    assert held.reverting(AT + HOUR)[0][1] is Why.TIME


def test_d12_what_was_shut_without_a_term_is_never_brought_back_by_one() -> None:
    """D12: neither what was shut before, nor what is shut meanwhile; and what is released before its time is over."""
    with pytest.raises(TransitionError, match="shut already"):
        after(Isolate("zone:cell-1", "kim", "smoke"), FOR_AN_HOUR)
    for at in (AT + HOUR / 2, None):
        held = after(FOR_AN_HOUR, Isolate("zone:cell-1", "kim", "smoke", at))
        assert held.reverting(AT + HOUR) == ()
        assert held.isolated == {"zone:cell-1"}
        assert held.overrides[0].why is Why.ISOLATED
        with pytest.raises(TransitionError, match="in force"):
            apply(held, Revert("1", Why.TIME, AT + HOUR))
    released = after(FOR_AN_HOUR, Restore("zone:cell-1", "kim", "", AT + HOUR / 2))
    assert (released.isolated, released.overrides[0].why) == (frozenset(), Why.RESTORED)
    wider = after(FOR_AN_HOUR, Isolate("all", "kim", "smoke", AT), Revert("1", Why.TIME, AT + HOUR))
    assert wider.isolated == {"all"}


def test_an_override_without_an_end_or_that_is_over_at_once_is_none() -> None:
    for wrong in (
        replace(FOR_AN_HOUR, until=None),
        replace(FOR_AN_HOUR, until=None, zone=CELL),
        replace(FOR_AN_HOUR, until=AT),
        replace(FOR_AN_HOUR, at=None),
    ):
        with pytest.raises(TransitionError):
            after(wrong)
    with pytest.raises(TransitionError, match="at once"):
        after(SetState(CELL, RUNNING, "kim"), replace(FOR_AN_HOUR, zone=CELL, state=RUNNING))


def test_d12_somebody_else_reviews_it_once_it_is_over() -> None:
    """D12: not whoever made it, not before, and once."""
    review = ReviewOverride("1", KIM, "as agreed", 9)
    with pytest.raises(TransitionError):
        after(FOR_AN_HOUR, review)
    over = after(FOR_AN_HOUR, Revert("1", Why.TIME, AT + HOUR))
    with pytest.raises(TransitionError):
        apply(over, replace(review, by=PETRA))
    done = decode(encode(apply(over, review)))
    assert [(one.reviewer, one.finding) for one in done.overrides] == [(KIM, "as agreed")]
    with pytest.raises(TransitionError):
        apply(done, review)
    assert len(apply(done, replace(FOR_AN_HOUR, at=AT + HOUR, until=AT + 2 * HOUR)).overrides) == 1, (
        "it is let go"
    )


def test_so_many_wait_for_a_review_and_no_more() -> None:
    many = [replace(FOR_AN_HOUR, scope=f"asset:a{number}") for number in range(MOST)]
    with pytest.raises(TransitionError, match="wait for a review"):
        after(*many, FOR_AN_HOUR)


def test_what_is_no_override_is_not_read() -> None:
    (document,) = [one.document() for one in after(FOR_AN_HOUR).overrides]
    assert [one.document() for one in overrides_of([document])] == [document]
    for wrong in (
        "text",
        [{}],
        [document | {"more": "x"}],
        [document | {"by": "../x"}],
        [document | {"state": "odd"}],
    ):
        with pytest.raises((TypeError, KeyError, ValueError)):
            overrides_of(wrong)  # type: ignore[arg-type]  # what a damaged file may hold


def test_a_code_is_spent_on_one_scope_and_one_end() -> None:
    told = {
        FOR_AN_HOUR.purpose,
        replace(FOR_AN_HOUR, scope="zone:cell-2").purpose,
        override_purpose("zone:cell-1", None, CELL, RUNNING),
    }
    assert len(told) == 3
    assert FOR_AN_HOUR.purpose == "override:zone:cell-1:2026-06-01T09:00:00Z:-:-"
    assert ReviewOverride("1", KIM, "", 0).purpose == "review-override:1"


COMMANDS = (
    FOR_AN_HOUR,
    replace(FOR_AN_HOUR, until=None, zone=CELL, state=RUNNING),
    Isolate("zone:cell-1", "kim", "smoke", AT),
    Isolate("all", "kim", "smoke", AT),
    Restore("zone:cell-1", "kim", "", AT),
    Restore("all", "kim", "", AT),
    SetState(CELL, RUNNING, "kim"),
    SetState(CELL, OperatingState.SHUTDOWN, "kim"),
    "look",
)


@given(st.lists(st.sampled_from(COMMANDS), max_size=20))
def test_d12_over_any_order_only_what_an_override_shut_comes_back_by_itself(commands: list[object]) -> None:
    """D12: what is shut is exactly what somebody shut without a term, and what an override in force shuts."""
    held, shut = Interlocks(), set[str]()
    for one in commands:
        try:
            if one == "look":
                for over, why in held.reverting(AT + HOUR):
                    held = apply(held, Revert(over.id, why, AT + HOUR))
            else:
                held = apply(held, one)  # type: ignore[arg-type]  # a table of every command
        except TransitionError:
            continue
        if isinstance(one, Isolate):
            shut.add(one.scope)
        elif isinstance(one, Restore):
            shut.discard(one.scope)
        lasting = {over.scope for over in held.overrides if over.in_force}
        assert held.isolated == shut | lasting
        assert not shut & lasting
        assert decode(encode(held)) == held

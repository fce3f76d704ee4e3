"""The four numbers, reckoned again by hand."""

from dataclasses import replace

import pytest

from domain.window import TimeWindow
from policies.assurance.evidence import Deviation, Evidence, Span
from policies.assurance.gathering import gathered
from policies.assurance.periods import period
from policies.assurance.status import STALE, State, Why
from policies.assurance.view import REPORTING, Counts, View, view
from tests.policies.assurance.leaves import DAY, a_session, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_status import AT, enough, evidence_of, sessions
from tests.policies.plant import NOW, charter


def looked(evidence: Evidence, zone: str = "", **more: object) -> View:
    return view(shipped(), evidence, Span(zone), AT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_are_those_of_the_lines(seed: int) -> None:
    """J08, S-15: recomputed by hand from the lines, they are the same."""
    found = looked(evidence_of(seed), "cell")
    assert len(found.lines) == 40
    states = [one.status.state for one in found.lines]
    by_hand = Counts(
        states.count(State.SATISFIED),
        states.count(State.NOT_SATISFIED),
        states.count(State.NOT_APPLICABLE),
        tuple(sum(one.maturity == level for one in found.lines) for level in range(5)),
        sum(one.treatment == "accepted" for one in found.lines),
        sum(one.treatment == "open" for one in found.lines),
    )
    assert replace(found.counts, current=0, stale=0, missing=0) == by_hand
    assert by_hand.accepted + by_hand.open == by_hand.not_satisfied
    assert sum(by_hand.levels) == by_hand.satisfied + by_hand.not_satisfied
    asked = sum(
        len(one.control.all_of) + bool(set(one.control.any_of) - set(one.control.all_of))
        for one in found.lines
        if one.status.state is not State.NOT_APPLICABLE
    )
    assert found.counts.needed == asked


def test_what_is_only_stale_is_counted_apart_from_what_is_missing() -> None:
    control = shipped().controls["BC-21"]
    old = tuple(replace(one, collected=AT - 31 * DAY) for one in enough(control))
    found = looked(Evidence(old)).of([control.id])
    assert (found.current, found.stale, found.missing, found.needed) == (0, 2, 0, 2)
    found = looked(Evidence(enough(control)[:1])).of([control.id])
    assert (found.current, found.stale, found.missing) == (1, 0, 1)


def test_maturity_grows_from_nothing_to_kept() -> None:
    control = shipped().controls["BC-21"]
    clock, stamp = enough(control)

    def level(*items: object) -> int | None:
        (line,) = [one for one in looked(Evidence(items)).lines if one.control.id == "BC-21"]  # type: ignore[arg-type]
        return line.maturity

    assert level() == 0
    assert level(clock) == 1
    assert level(clock, replace(stamp, verified=False)) == 2
    assert level(clock, stamp) == 3
    before = [replace(one, id=f"{one.id}b", collected=AT - REPORTING - DAY) for one in (clock, stamp)]
    assert level(clock, stamp, *before) == 4


def test_a_control_that_does_not_apply_has_no_level_and_asks_for_nothing() -> None:
    found = looked(Evidence())
    (line,) = [one for one in found.lines if one.control.id == "BC-06"]
    assert (line.status.state, line.maturity, line.treatment) == (State.NOT_APPLICABLE, None, "none")
    assert found.of(["BC-06"]) == Counts(not_applicable=1)


def test_a_risk_is_accepted_where_an_exception_is_all_that_is_wrong() -> None:
    control = shipped().controls["BC-28"]
    excepted = Deviation("ex", frozenset({"BC-28"}), AT - DAY, AT + DAY, "o", "r", "c")
    whole = Evidence(enough(control), sessions(control), (), (excepted,))
    assert looked(whole).of(["BC-28"]).accepted == 1
    assert looked(replace(whole, items=())).of(["BC-28"]).open == 1


def test_how_well_a_control_works_is_counted_and_not_only_that_it_is_there() -> None:
    """G13: tests run, passed and failed for each control, and the age of the newest."""
    events = (*a_session("s"), *a_session("t", NOW - 3 * DAY, verified=False))
    evidence = gathered(shipped(), charter(), collection(applied(), *events), NOW)
    lines = {one.control.id: one for one in view(shipped(), evidence, Span("operations"), NOW).lines}
    assert (lines["BC-04"].checked, lines["BC-04"].failed) == (2, 1)
    assert (lines["BC-06"].checked, lines["BC-06"].failed) == (2, 0)
    assert lines["BC-06"].newest is not None
    assert NOW - lines["BC-06"].newest < DAY
    assert lines["BC-06"].status.state is State.SATISFIED


def test_a_lens_tightens_one_control_and_the_window_is_half_open() -> None:
    control = shipped().controls["BC-36"]
    (only,) = enough(control)
    assert looked(Evidence((only,))).of(["BC-36"]).satisfied == 1
    tight = looked(Evidence((only,)), tightened={"BC-36": period("PT4H")})
    (line,) = [one for one in tight.lines if one.control.id == "BC-36"]
    assert {one.why for one in line.status.gaps} == {Why.EXPIRED} <= STALE
    assert tight.window == TimeWindow(AT - REPORTING, AT)

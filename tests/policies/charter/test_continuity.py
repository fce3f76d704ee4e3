"""What has begun stays written down: no version makes a successor a first holder, or a renewal a first grant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import PersonId
from domain.inheritance import WITHIN, in_force
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.continuity import breaches
from policies.charter.documents import CharterError, read_charter
from tests.for_each import for_each
from tests.policies.charter.test_exception_references import entry, read
from tests.policies.plant import NOW, charter, charter_with, edited

DAY = timedelta(days=1)
PETRA, MILO, OLGA = map(PersonId, ("petra", "milo", "olga"))
FIRST = Holding(
    DecisionRight.CONNECT, "riverside", PETRA, None, "PI-07", TimeWindow(NOW - 90 * DAY, NOW + 90 * DAY)
)


def step(old: Sequence[Holding], new: Sequence[Holding]) -> list[str]:
    return [
        one.fact
        for one in breaches(charter_with(holdings=tuple(old)), charter_with(holdings=tuple(new)), NOW)
    ]


def test_the_sample_s_own_edits_breach_nothing() -> None:
    longer = edited("conduits.toml", 'longest_window = "4h"', 'longest_window = "5h"')
    assert breaches(charter(), read_charter(longer), NOW) == ()


def test_a_holder_is_not_changed_in_place() -> None:
    """J03: the same entry under another name would be nobody's inheritance."""
    (fact,) = step([FIRST], [replace(FIRST, holder=MILO)])
    assert "would pass to milo without anybody attesting it" in fact
    (fact,) = step([FIRST], [replace(FIRST, others=(OLGA,))])
    assert "would pass to olga" in fact
    assert step([replace(FIRST, others=(OLGA,))], [FIRST]) == []


def test_an_entry_that_has_begun_is_not_left_out_nor_dated_anew() -> None:
    """J03: what came before decides who came after."""
    heir = replace(FIRST, holder=MILO, window=TimeWindow(NOW, FIRST.window.end))
    assert ["is left out" in one for one in step([FIRST], [heir])] == [True]
    moved = replace(FIRST, window=TimeWindow(NOW - 91 * DAY, FIRST.window.end))
    assert any("is left out" in one for one in step([FIRST], [moved]))


def test_a_hand_over_ends_one_entry_and_begins_another() -> None:
    """J03: the way that leaves the successor something to attest."""
    ended = replace(FIRST, window=TimeWindow(FIRST.window.start, NOW))
    heir = replace(FIRST, holder=MILO, window=TimeWindow(NOW, FIRST.window.end))
    assert step([FIRST], [ended, heir]) == []
    assert [one.window.end for one in in_force([ended, heir], [])] == [NOW, NOW + WITHIN]


def test_what_has_not_begun_may_be_taken_back_or_given_to_another() -> None:
    ended = replace(FIRST, window=TimeWindow(FIRST.window.start, NOW + DAY))
    to_come = replace(FIRST, holder=MILO, window=TimeWindow(NOW + DAY, NOW + 9 * DAY))
    assert step([ended, to_come], [ended, replace(to_come, holder=OLGA)]) == []
    assert step([ended, to_come], [ended]) == []


def test_nobody_is_put_before_who_holds_it_already() -> None:
    """J03: an invented predecessor."""
    before = replace(FIRST, holder=MILO, window=TimeWindow(NOW - 99 * DAY, NOW - 91 * DAY))
    (fact,) = step([FIRST], [before, FIRST])
    assert "before petra came to hold it" in fact


def test_with_its_boundary_a_right_goes() -> None:
    near = replace(FIRST, boundary="dmz-pumping")
    old = charter_with(holdings=(FIRST, near))
    fewer = {name: one for name, one in charter().conduits.items() if name != "dmz-pumping"}
    assert breaches(old, charter_with(holdings=(FIRST,), conduits=fewer), NOW) == ()
    assert len(breaches(old, charter_with(holdings=(FIRST,)), NOW)) == 1


def registers() -> st.SearchStrategy[tuple[Holding, ...]]:
    """Entries that follow upon each other, some with a gap between, from sixty days ago on."""
    span = st.tuples(
        st.sampled_from([PETRA, MILO, OLGA]), st.integers(0, 1), st.integers(1, 150), st.booleans()
    )

    def laid(spans: list[tuple[PersonId, int, int, bool]]) -> tuple[Holding, ...]:
        found, at = [], NOW - 60 * DAY
        for person, gap, length, both in spans:
            start = at + gap * DAY
            at = start + length * DAY
            others = (OLGA,) if both and person != OLGA else ()
            found.append(replace(FIRST, holder=person, others=others, window=TimeWindow(start, at)))
        return tuple(found)

    return st.lists(span, min_size=1, max_size=4).map(laid)


@st.composite
def steps(draw: st.DrawFn) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    """A register and the next one: what has begun mostly stays, what is to come is anybody's."""
    old = draw(registers())
    new = []
    for one in old:
        if one.window.start > NOW or draw(st.integers(0, 4)) == 4:
            continue
        end = one.window.start + DAY * draw(st.integers(1, one.window.length.days))
        holder = draw(st.sampled_from([one.holder, one.holder, MILO]))
        new.append(replace(one, holder=holder, others=(), window=TimeWindow(one.window.start, end)))
    at = max((one.window.end for one in new), default=NOW - 60 * DAY)
    come = (
        [
            replace(
                one,
                window=TimeWindow(
                    at + (one.window.start - old[0].window.start), at + (one.window.end - old[0].window.start)
                ),
            )
            for one in draw(registers())
        ]
        if draw(st.booleans())
        else []
    )
    return old, (*new, *come)


@settings(max_examples=200)
@given(steps())
def test_no_step_lets_anybody_hold_for_longer_than_thirty_days_unattested(
    step_taken: tuple[tuple[Holding, ...], tuple[Holding, ...]],
) -> None:
    """J03: but for who was the boundary's very first holder; whatever is signed, and however it is cut up."""
    old, new = step_taken
    if step(old, new):
        return
    first = min(old, key=lambda one: one.window.start)
    for one in in_force(new, []):
        for at in (NOW + days * DAY for days in (0, 20, 31, 62, 120)):
            for person in one.holders if one.window.contains(at) else ():
                came = [x for x in new if person in x.holders and at - WITHIN < x.window.start <= at]
                assert came or person in first.holders


def tolerating(*entries: str) -> Charter:
    return read(*entries)


SPENT = (entry(1), entry(2, renews=1), entry(3, renews=2))


@for_each("kept", [few for count in range(4) for few in combinations((0, 1, 2), count)])
@for_each("renews", [None, 1, 2, 3])
def test_the_third_renewal_is_never_the_holder_s_whatever_is_taken_out_of_the_file(
    kept: tuple[int, ...], renews: int | None
) -> None:
    """J05: removing what was renewed does not begin the count again."""
    at = NOW + 90 * DAY  # all three have begun
    fourth = entry(4, renews=renews)
    try:
        new = tolerating(*(SPENT[one] for one in kept), fourth)
    except CharterError:
        return
    assert breaches(tolerating(*SPENT), new, at)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("until = 2026-03-01", "until = 2026-04-01", id="longer, without a renewal"),
        pytest.param('boundary = "operations"', 'boundary = "pumping"', id="another boundary"),
        pytest.param('vendor = "brightwater"', 'vendor = "kestrel"', id="another vendor"),
        pytest.param("from = 2026-01-01", "from = 2026-02-01", id="begun later"),
        pytest.param('["contract_term_missing"]', '["tool_unknown"]', id="of something else"),
    ],
)
def test_an_exception_that_has_begun_stays_what_it_was(old: str, new: str) -> None:
    """J05: what a renewal is counted by does not change afterwards."""
    assert old in entry(1)
    (found,) = breaches(tolerating(entry(1)), tolerating(entry(1).replace(old, new)), NOW)
    assert 'renews = "ex-1"' in found.sentence()


def test_an_exception_may_end_earlier_and_change_hands() -> None:
    shorter = entry(1).replace("until = 2026-03-01", "until = 2026-02-01").replace('"olga"', '"sven"')
    assert breaches(tolerating(entry(1)), tolerating(shorter), NOW) == ()


def test_an_exception_that_has_not_begun_may_go() -> None:
    assert breaches(tolerating(entry(4)), tolerating(), NOW) == ()
    assert breaches(tolerating(entry(1)), tolerating(), NOW) != ()

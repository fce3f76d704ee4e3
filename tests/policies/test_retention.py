from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.retention import Hold, Item, Material, Standing, Term, judge, term_over
from tests.for_each import for_each

ENDED = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SITE = Term("site", "riverside", Material.RECORDING, timedelta(days=90), timedelta(days=365), "PI-11")
ZONE = Term("zone", "pumping", Material.RECORDING, timedelta(days=30), None, "PI-11")
LEDGER = Term("tiles", "pumping", Material.LEDGER, timedelta(days=1), None, "PI-11")
ITEM = Item(
    Material.RECORDING,
    "session:s1",
    ("dmz-pumping", "pumping", "riverside", "water"),
    frozenset({"vendor:kestrel", "person:ana"}),
    ENDED,
)
MAY_GO, DUE = ENDED + SITE.minimum, ENDED + timedelta(days=365)


def hold(scope: str) -> Hold:
    return Hold("h1", scope, "iris", ENDED, "an accident is looked into")


@pytest.mark.parametrize(
    ("now", "standing", "code"),
    [
        pytest.param(ENDED, Standing.KEPT, "too_early", id="G09: at its end it is too early"),
        pytest.param(
            MAY_GO - SECOND, Standing.KEPT, "too_early", id="G09: a second before its minimum is over"
        ),
        pytest.param(MAY_GO, Standing.MAY_GO, "", id="G09: at the instant at which its minimum is over"),
        pytest.param(MAY_GO + SECOND, Standing.MAY_GO, "", id="G09: a second later"),
        pytest.param(DUE - SECOND, Standing.MAY_GO, "", id="G09: a second before its maximum is over"),
        pytest.param(DUE, Standing.DUE, "", id="G09: at the instant at which its maximum is over"),
        pytest.param(DUE + SECOND, Standing.DUE, "", id="G09: a second after that"),
    ],
)
def test_what_may_become_of_an_item_changes_at_the_instants_of_its_term(
    now: datetime, standing: Standing, code: str
) -> None:
    found = judge(ITEM, [SITE], [], now)
    assert (found.standing, found.code, found.term) == (standing, code, SITE)
    assert (found.may_go_at, found.due_at) == (MAY_GO, DUE)


@for_each("now", [MAY_GO, DUE, DUE + timedelta(days=9999)])
@for_each(
    ("scope", "held"),
    [
        ("session:s1", True),
        ("boundary:pumping", True),
        ("boundary:water", True),
        ("vendor:kestrel", True),
        ("person:ana", True),
        ("session:s2", False),
        ("boundary:chlorine", False),
        ("vendor:brightwater", False),
        ("person:pumping", False),
    ],
)
def test_a_legal_hold_keeps_what_it_covers_whatever_a_term_says(
    now: datetime, scope: str, held: bool
) -> None:
    found = judge(ITEM, [SITE], [hold(scope)], now)
    assert (found.code == "legal_hold", found.standing is Standing.KEPT) == (held, held)


def test_what_no_term_speaks_of_stays_for_ever() -> None:
    found = judge(ITEM, [LEDGER, replace(SITE, boundary="elsewhere")], [], DUE + timedelta(days=9999))
    assert (found.standing, found.code) == (Standing.KEPT, "no_retention_term")


def test_what_has_not_ended_stays() -> None:
    found = judge(replace(ITEM, since=None), [SITE], [], DUE)
    assert (found.standing, found.code) == (Standing.KEPT, "session_not_ended")


def test_the_nearest_boundary_decides_and_only_for_its_own_material() -> None:
    assert term_over([SITE, ZONE, LEDGER], Material.RECORDING, ITEM.boundaries) is ZONE
    assert term_over([SITE, LEDGER], Material.RECORDING, ITEM.boundaries) is SITE
    assert term_over([SITE], Material.LEDGER, ITEM.boundaries) is None


def test_a_term_without_end_never_makes_anything_due() -> None:
    found = judge(ITEM, [ZONE], [], ENDED + timedelta(days=30_000))
    assert (found.standing, found.due_at) == (Standing.MAY_GO, None)


def test_a_span_beyond_the_calendar_is_its_last_instant() -> None:
    late = replace(ITEM, since=datetime(9999, 12, 1, tzinfo=UTC))
    assert judge(late, [SITE], [], DUE).standing is Standing.KEPT


@given(st.integers(-1000, 1000), st.booleans())
def test_a_hold_never_lets_go_what_stayed_without_it(days: int, covers: bool) -> None:
    now = ENDED + timedelta(days=days)
    free = judge(ITEM, [SITE], [], now)
    held = judge(ITEM, [SITE], [hold("person:ana" if covers else "person:ben")], now)
    assert free.standing is not Standing.KEPT or held.standing is Standing.KEPT

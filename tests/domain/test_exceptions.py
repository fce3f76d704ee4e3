"""Exceptions as values: when they hold, and how often they were renewed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.exceptions import GrantedException, Liftable, chain, in_force
from domain.ids import ExceptionId, PersonId, VendorId
from domain.window import TimeWindow

BEGINS = datetime(2026, 3, 1, tzinfo=UTC)
ENDS = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ACME = VendorId("acme")
ONE = GrantedException(
    id=ExceptionId("ex-1"),
    owner=PersonId("olga"),
    granted_by=PersonId("petra"),
    reason="The contract is being renegotiated",
    compensating="Somebody sits beside every session",
    lifts=frozenset({Liftable.CONTRACT_TERM}),
    boundary="cell-1",
    window=TimeWindow(BEGINS, ENDS),
    vendor=ACME,
)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        pytest.param(BEGINS - SECOND, False, id="a second before it begins"),
        pytest.param(BEGINS, True, id="its first instant"),
        pytest.param(ENDS - SECOND, True, id="a second before it ends"),
        pytest.param(ENDS, False, id="its end"),
        pytest.param(ENDS + SECOND, False, id="a second after"),
    ],
)
def test_an_exception_begins_and_ends_by_itself_j05(at: datetime, holds: bool) -> None:
    """J05, S-36: expired, everything is as strict as before, by the clock alone."""
    assert ONE.lifting("contract_term_missing", ACME, at) is holds
    assert (in_force([ONE], "contract_term_missing", ["cell-1"], ACME, at) is ONE) is holds


@pytest.mark.parametrize(
    ("code", "boundary", "vendor"),
    [
        pytest.param("tool_unknown", "cell-1", ACME, id="what it does not lift"),
        pytest.param("contract_term_missing", "cell-2", ACME, id="another boundary"),
        pytest.param("contract_term_missing", "cell-1", VendorId("other"), id="another vendor"),
        pytest.param("contract_term_missing", "cell-1", None, id="no vendor"),
    ],
)
def test_an_exception_holds_for_nothing_else_s36(code: str, boundary: str, vendor: VendorId | None) -> None:
    """S-36: one code, one boundary, one vendor."""
    assert in_force([ONE], code, [boundary], vendor, BEGINS) is None


def test_the_one_that_lasts_longest_is_named() -> None:
    longer = replace(ONE, id=ExceptionId("ex-2"), window=TimeWindow(BEGINS, ENDS + SECOND), vendor=None)
    assert in_force([longer, ONE], "contract_term_missing", ["conduit", "cell-1"], ACME, BEGINS) is longer
    assert in_force([ONE, longer], "contract_term_missing", ["conduit", "cell-1"], ACME, BEGINS) is longer


def named(number: int, renews: int | None) -> GrantedException:
    before = None if renews is None else ExceptionId(f"ex-{renews}")
    return replace(ONE, id=ExceptionId(f"ex-{number}"), renews=before)


def test_the_number_of_renewals_is_counted_from_what_is_written_down_j05() -> None:
    """J05: the count is visible, and nobody states it."""
    known = {one.id: one for one in (named(1, None), named(2, 1), named(3, 2), named(4, 3))}
    assert [len(chain(known, one)) for one in known.values()] == [0, 1, 2, 3]
    assert [one.id for one in chain(known, known[ExceptionId("ex-4")])] == ["ex-3", "ex-2", "ex-1"]


def test_a_circle_of_renewals_is_walked_once() -> None:
    known = {one.id: one for one in (named(1, 2), named(2, 1), named(3, 3))}
    assert [one.id for one in chain(known, known[ExceptionId("ex-1")])] == ["ex-2"]
    assert chain(known, known[ExceptionId("ex-3")]) == ()


def test_the_closed_list_lifts_no_approval_no_identity_no_recording_and_no_deadline_s36() -> None:
    """S-36: convenience is no excuse where the exposure is material. A tunnel's bytes are recorded, and said to be unreadable."""
    assert {str(one) for one in Liftable} == {
        "contract_term_missing",
        "tool_unknown",
        "no_deputy",
        "ungoverned_pathway",
        "unrecordable_inner_tunnel",
    }

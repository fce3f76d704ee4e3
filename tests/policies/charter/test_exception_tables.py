"""exceptions.toml as values, and every way in which one entry can be wrong by itself."""

import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.break_glass import GlassRule, GlassTerms
from policies.charter.exception_tables import Bounds, read_bounds, read_exception
from policies.charter.places import Places
from policies.charter.table import Source, Table
from tests.for_each import for_each

HERE = ZoneInfo("Europe/Amsterdam")
ONE = """
[[exception]]
id = "ex-1"
owner = "olga"
granted_by = "petra"
reason = "The contract is being renegotiated"
compensating = "Somebody of the shift sits beside every session"
lifts = ["contract_term_missing"]
vendor = "brightwater"
boundary = "riverside"
from = 2026-03-01
until = 2026-06-01
"""


def table(text: str) -> Table:
    return Table(Source("exceptions.toml", Places(text)), (), tomllib.loads(text), "")


def first(text: str) -> Table:
    return table(text).tables("exception", "exception")[0]


def faults(read: Table) -> str:
    return " ".join(str(one) for one in read.faults)


def test_an_exception_is_read_with_everything_that_it_must_say_s36() -> None:
    """S-36: owner, reason, compensating measure, expiry."""
    one = read_exception(first(ONE + 'renews = "ex-0"\nreviewed = 2026-04-01\n'), HERE)
    assert one is not None
    assert (one.id, one.owner, one.granted_by, one.vendor, one.boundary, one.renews) == (
        "ex-1", "olga", "petra", "brightwater", "riverside", "ex-0",
    )  # fmt: skip
    assert one.window.end == datetime(2026, 5, 31, 22, 0, tzinfo=UTC)
    assert one.reviewed == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert (one.reason[:12], one.compensating[:8], set(map(str, one.lifts))) == (
        "The contract", "Somebody", {"contract_term_missing"},
    )  # fmt: skip


@for_each(
    ("old", "new", "expected"),
    [
        pytest.param("until = 2026-06-01\n", "", "'until' is missing", id="open-ended"),
        pytest.param("2026-06-01", "2026-08-29", "at most", id="181 days"),
        pytest.param("2026-06-01", "2026-03-01", "ends before it begins", id="no time at all"),
        pytest.param('owner = "olga"\n', "", "'owner' is missing", id="nobody answers"),
        pytest.param('reason = "The contract is being renegotiated"', 'reason = ""', "empty", id="no reason"),
        pytest.param("compensating", "compensation", "'compensating' is missing", id="nothing instead"),
        pytest.param('"contract_term_missing"', '"no_holder"', "'lifts' names 'no_holder'", id="an approval"),
        pytest.param('"contract_term_missing"', '"node_not_sound"', "may be one of", id="a recording"),
        pytest.param('"contract_term_missing"', '"not_admitted"', "may be one of", id="an identity"),
        pytest.param('"contract_term_missing"', '"window_over"', "may be one of", id="a deadline"),
        pytest.param('"contract_term_missing"', "", "is empty", id="nothing"),
        pytest.param('vendor = "brightwater"\n', "", "'vendor' is missing", id="every vendor"),
    ],
)
def test_an_exception_with_a_hole_in_it_is_none_j05(old: str, new: str, expected: str) -> None:
    """J05, S-36: never open-ended, never without an owner, never over what holds a session to account."""
    read = first(ONE.replace(old, new))
    assert read_exception(read, HERE) is None
    assert expected in faults(read)


def test_an_exception_may_last_180_days_j05() -> None:
    """J05: that is the most."""
    assert read_exception(first(ONE.replace("2026-06-01", "2026-08-28")), ZoneInfo("UTC")) is not None


def test_a_finding_may_be_tolerated_without_a_vendor() -> None:
    text = ONE.replace('vendor = "brightwater"\n', "").replace("contract_term_missing", "no_deputy")
    assert read_exception(first(text), HERE) is not None


def test_a_file_that_says_nothing_has_the_usual_bounds() -> None:
    assert read_bounds(table("# nothing")) == Bounds()
    assert Bounds().longest_step == timedelta(minutes=15)
    assert read_bounds(table("[break_glass]\n[step]\n")) == Bounds()


def test_the_charter_bounds_break_glass_and_steps() -> None:
    text = (
        '[break_glass]\nrule = "holder-absent"\nlongest = "30m"\nabsent_after = "5m"\n[step]\nlongest = "10m"'
    )
    assert read_bounds(table(text)) == Bounds(
        GlassTerms(GlassRule.HOLDER_ABSENT, timedelta(minutes=30), timedelta(minutes=5)),
        timedelta(minutes=10),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[break_glass]\nrule = "anybody"', "'rule' is 'anybody'"),
        ('[break_glass]\nlongest = "9h"', "more than 8 hours"),
        ("[break_glass]\nforever = true", "not a field"),
        ('[step]\nlongest = "2h"', "more than 1 hours"),
        ('[step]\nlongest = "always"', "not a length of time"),
        ("[step]\nfor = 1", "not a field"),
    ],
)
def test_bounds_that_are_none_are_faults(text: str, expected: str) -> None:
    read = table(text)
    read_bounds(read)
    assert expected in faults(read)

from datetime import UTC, datetime, timedelta

import pytest

from policies.assurance.periods import Period, period
from tests.for_each import for_each


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        pytest.param("P1M", "2026-01-31", "2026-02-28", id="a month has no thirty-first"),
        pytest.param("P1M", "2028-01-31", "2028-02-29", id="in a leap year"),
        pytest.param("P15M", "2026-11-21", "2028-02-21", id="fifteen calendar months"),
        pytest.param("P1Y", "2028-02-29", "2029-02-28", id="a year from a leap day"),
        pytest.param("P12M", "2026-12-31", "2027-12-31", id="December to December"),
        pytest.param("P90D", "2026-01-01", "2026-04-01", id="ninety days"),
        pytest.param("PT24H", "2026-01-01", "2026-01-02", id="a day of hours"),
        pytest.param("P1M1DT12H", "2026-01-01", "2026-02-02T12:00", id="all of them"),
    ],
)
def test_a_period_is_reckoned_on_the_calendar(text: str, start: str, end: str) -> None:
    assert period(text).after(at(start)) == at(end)


@for_each("text", ["", "P", "P0D", "PT", "90D", "P-1D", "P1W", "P1.5D", "per_session", "P90D "])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        period(text)


def test_a_period_is_within_another_only_if_it_never_lasts_longer() -> None:
    assert period("P89D").within(period("P3M"))
    assert not period("P90D").within(period("P3M"))  # from February, three months are 89 days
    assert period("P3M").within(period("P92D"))
    assert not period("P3M").within(period("P91D"))
    assert period("P1Y").within(period("P12M"))
    assert Period(days=1).within(period("PT24H"))


def test_it_is_written_as_it_is_read() -> None:
    for text in ("P15M", "P90D", "PT24H", "P1M1DT12H"):
        assert str(period(text)) == text
    start = at("2026-05-05")
    assert period(str(period("P2Y"))).after(start) - start == timedelta(days=731)

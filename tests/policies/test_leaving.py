from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.parties import LeavingKind
from policies.leaving import leaving_deadline

NOTICED = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_a_termination_takes_effect_at_its_own_instant() -> None:
    """I01: removal begins with the termination, and is done with it."""
    assert leaving_deadline(LeavingKind.TERMINATED, NOTICED, ZoneInfo("Asia/Tokyo")) == NOTICED


@pytest.mark.parametrize(
    ("noticed", "zone", "until"),
    [
        pytest.param("2026-06-01T10:00+02:00", "Europe/Amsterdam", "2026-06-03T00:00+02:00", id="in the morning"),
        pytest.param("2026-06-01T00:00+02:00", "Europe/Amsterdam", "2026-06-03T00:00+02:00", id="at the day's first instant"),
        pytest.param("2026-05-31T23:59:59+02:00", "Europe/Amsterdam", "2026-06-02T00:00+02:00", id="in the day's last second"),
        pytest.param("2026-06-01T22:30+00:00", "Europe/Amsterdam", "2026-06-04T00:00+02:00", id="the next day is already there"),
        pytest.param("2026-03-28T12:00+01:00", "Europe/Amsterdam", "2026-03-30T00:00+02:00", id="over the night the clocks go forward"),
        pytest.param("2026-02-27T12:00-06:00", "America/Chicago", "2026-03-01T00:00-06:00", id="over the end of February"),
    ],
)  # fmt: skip
def test_a_reassignment_is_done_by_the_end_of_the_next_calendar_day(
    noticed: str, zone: str, until: str
) -> None:
    """I02: in the time zone of the plant, whatever zone the notice was written in."""
    found = leaving_deadline(LeavingKind.REASSIGNED, datetime.fromisoformat(noticed), ZoneInfo(zone))
    assert found == datetime.fromisoformat(until)

from datetime import UTC, datetime, timedelta

import pytest

from broker.evidence.stamps import of_stamps
from broker.evidence.standing import State
from broker.settings import TimeStampSettings
from broker.stamping.due import Newest
from broker.stamping.stamping import pace_of
from tests.for_each import for_each

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACE = pace_of(TimeStampSettings())


def newest(lasts: timedelta) -> Newest:
    return Newest(5, NOW - HOUR, NOW - HOUR, NOW + lasts)


@for_each(
    ("last", "waits", "trouble", "state"),
    [
        pytest.param(None, timedelta(), "", State.LATE, id="nothing is stamped yet"),
        pytest.param(newest(400 * DAY), None, "", State.OK, id="stamped"),
        pytest.param(newest(400 * DAY), HOUR, "", State.OK, id="the next one waits"),
        pytest.param(newest(400 * DAY), HOUR, "It is away.", State.LATE, id="the authority is away"),
        pytest.param(newest(400 * DAY), DAY - timedelta(seconds=1), "", State.OK, id="just before the alarm"),
        pytest.param(
            newest(400 * DAY), DAY, "It is away.", State.ALARMED, id="F15: the oldest has waited for a day"
        ),
        pytest.param(None, DAY, "", State.ALARMED, id="never stamped, for a day"),
        pytest.param(newest(90 * DAY), None, "", State.LATE, id="F16: it is being renewed"),
        pytest.param(newest(30 * DAY), None, "", State.ALARMED, id="F16: renewing it does not help"),
        pytest.param(newest(-DAY), None, "", State.ALARMED, id="it has run out"),
    ],
)
def test_how_the_time_stamps_stand(
    last: Newest | None, waits: timedelta | None, trouble: str, state: State
) -> None:
    since = None if waits is None else NOW - waits
    found = of_stamps(PACE, NOW, last, 2, since, trouble)
    assert found.state is state
    assert trouble in found.sentence
    assert bool(found.remedy) is (state is State.ALARMED)
    if waits == DAY:
        assert (found.since, "2 heads" in found.sentence) == (since, True)

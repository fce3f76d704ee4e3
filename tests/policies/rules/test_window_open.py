from datetime import datetime, timedelta

import pytest

from domain.ids import AssetId
from domain.permit import PermitState
from domain.window import TimeWindow
from policies.rules.window_open import WindowOpen
from tests.policies.plant import CLOSES, MICRO, NOW, OPENS, SECOND, asking, facts, standing, wanting, word

RULE = WindowOpen()
LONGEST = timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "approved", "waiting"),
    [
        pytest.param(OPENS - MICRO, "window_not_open", "abstain", id="the instant before it opens"),
        pytest.param(OPENS, "accept", "abstain", id="the opening instant is inside"),
        pytest.param(CLOSES - MICRO, "accept", "abstain", id="the last instant is inside"),
        pytest.param(CLOSES, "window_over", "window_over", id="the closing instant is outside"),
        pytest.param(CLOSES + timedelta(days=1), "window_over", "window_over", id="the day after"),
    ],
)
def test_a_permits_window_is_half_open(now: datetime, approved: str, waiting: str) -> None:  # row: D01
    assert word(RULE, wanting(), facts(now=now)) == approved
    standings = (standing(PermitState.REQUESTED, ()),)
    assert word(RULE, wanting(), facts(now=now, standings=standings)) == waiting


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        pytest.param(NOW, LONGEST, "accept", id="as long as the conduit allows"),
        pytest.param(NOW, LONGEST + SECOND, "window_too_long", id="a second longer"),
        pytest.param(NOW - LONGEST + SECOND, LONGEST, "accept", id="begun while it waited for its holder"),
        pytest.param(NOW - SECOND, SECOND, "window_in_past", id="ends this instant"),
        pytest.param(NOW - SECOND, SECOND * 2, "accept", id="ends in a second"),
        pytest.param(NOW + timedelta(days=90), LONGEST, "accept", id="in three months"),
    ],
)
def test_a_window_asked_for_is_to_come_and_not_too_long(
    start: datetime, length: timedelta, expected: str
) -> None:
    assert word(RULE, asking(window=TimeWindow(start, start + length)), facts()) == expected


def test_without_a_permit_or_a_conduit_there_is_nothing_to_say() -> None:
    assert word(RULE, wanting(), facts(standings=())) == "abstain"
    assert word(RULE, asking(asset=AssetId("sis-1")), facts()) == "abstain"


def test_the_sentence_tells_the_time_on_the_plants_clock() -> None:
    sentence = RULE.judge(wanting(), facts(now=CLOSES)).sentence
    assert "2026-06-01 13:00 Europe/Amsterdam" in sentence

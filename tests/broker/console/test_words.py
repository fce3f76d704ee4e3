from datetime import UTC, datetime, timedelta

import pytest

from broker.console import words
from domain.access import Grant
from domain.exceptions import Liftable
from domain.ids import AssetId, PersonId
from domain.permit import PermitState
from domain.record import SecurityLevels
from tests.for_each import for_each
from tests.policies.plant import CLOSES, NOW, OPENS, charter, permit

ZONE = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("Brightwater", "Brightwater", id="plain"),
        pytest.param("Müller & Söhne 漢字", "Müller & Söhne 漢字", id="letters of the world"),
        pytest.param("\x1b]0;owned\x07", "\\x1b]0;owned\\x07", id="terminal title"),
        pytest.param("evil\u202egnp.exe", "evil\\u202egnp.exe", id="direction override"),
        pytest.param("a\u200bb\u2060c", "a\\u200bb\\u2060c", id="nothing to see"),
        pytest.param("one\r\ntwo", "one\\r\ntwo", id="carriage return"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
    ],
)
def test_abuse_30_what_acts_instead_of_being_read_is_written_out(hostile: str, shown: str) -> None:
    assert words.inert(hostile) == shown


def test_every_time_is_in_the_plant_s_zone_with_its_offset() -> None:
    winter, summer = datetime(2026, 1, 5, 15, 0, tzinfo=UTC), datetime(2026, 7, 6, 15, 0, tzinfo=UTC)
    assert words.day(winter, ZONE) == "05 Jan 2026"
    assert words.day_and_time(winter, ZONE) == "Mon 05 Jan 2026, 16:00 (+01:00)"
    assert words.day_and_time(summer, ZONE) == "Mon 06 Jul 2026, 17:00 (+02:00)"
    assert words.to_the_second(winter, ZONE) == "2026-01-05 16:00:00 +01:00"
    assert words.day_and_time(winter, "America/St_Johns") == "Mon 05 Jan 2026, 11:30 (-03:30)"


def test_today_is_the_plant_s_today() -> None:
    evening = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    assert words.until(evening + timedelta(minutes=15), evening, ZONE) == "23:45 (+01:00)"
    assert words.until(evening + timedelta(hours=1), evening, ZONE) == "Tue 06 Jan, 00:30 (+01:00)"


def test_a_form_s_time_is_the_plant_s_and_comes_back_as_it_was() -> None:
    instant = words.of_input("2026-03-02T16:00", ZONE)
    assert instant == datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert words.for_input(instant, ZONE) == "2026-03-02T16:00"


@pytest.mark.parametrize("text", ["2026-03-29T02:30", "", "now", "2026-03-02T16:00Z", "2026-02-30T10:00"])
def test_a_time_that_does_not_exist_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError):
        words.of_input(text, ZONE)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=-5), "less than a minute"),
    ],
    ids=str,
)
def test_a_length_is_said_in_words(length: timedelta, said: str) -> None:
    assert words.span(length) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (4_500_000, "4.5 MB"), (10**13, "10000.0 GB")],
)
def test_bytes_are_counted_in_tens(count: int, said: str) -> None:
    assert words.octets(count) == said


def test_a_grant_is_said_in_words() -> None:
    assert words.grant(Grant.of("shell")) == "Terminal"
    assert words.grant(Grant.of("forward:502")) == "Native protocol on port 502"
    assert words.grant(Grant.of("sftp:get")) == "File transfer (sftp), out of the asset only"
    plc = charter().assets[AssetId("plc-07")]
    assert words.passage(Grant.of("forward:5020"), plc) == "Native protocol on port 5020 (modbus)"
    assert words.passage(Grant.of("forward:5021"), plc) == "Native protocol on port 5021"
    assert words.passage(Grant.of("shell"), None) == "Terminal"


def test_a_person_is_named_shortly_and_a_stranger_by_id() -> None:
    assert words.short_name(charter().people[PersonId("petra")], "petra") == "P. Vos"
    assert words.short_name(None, "gone") == "gone"


BEFORE = OPENS - timedelta(minutes=5)


@for_each(
    ("state", "at", "said"),
    [
        (PermitState.REQUESTED, NOW, "waiting for P. Vos or D. Aydin, until 13:00 (+02:00)"),
        (
            PermitState.DISPUTED,
            NOW,
            "in dispute; P. Vos or D. Aydin decides as arbiter, until 13:00 (+02:00); then it is refused",
        ),
        (PermitState.APPROVED, BEFORE, "approved; opens 09:00 (+02:00)"),
        (PermitState.APPROVED, OPENS, "approved; open until 13:00 (+02:00)"),
        (PermitState.ACTIVE, NOW, "in use; closes 13:00 (+02:00)"),
        (PermitState.REFUSED, NOW, "refused"),
        (PermitState.WITHDRAWN, NOW, "withdrawn by who asked"),
        (PermitState.NARROWED, NOW, "replaced by a narrower permit"),
        (PermitState.REVOKED, NOW, "revoked"),
        (PermitState.LAPSED, CLOSES, "lapsed without a decision or use, 13:00 (+02:00)"),
        (PermitState.COMPLETED, CLOSES, "completed; its window closed 13:00 (+02:00)"),
    ],
    ids=str,
)
def test_a_permit_s_standing_is_one_line(state: PermitState, at: datetime, said: str) -> None:
    people = charter().people
    waiting = (PersonId("petra"), PersonId("deniz"))
    assert words.standing(permit(), state, waiting, people, at, ZONE, CLOSES) == said


def test_what_lapses_before_its_window_ends_says_when() -> None:
    """B13: the vendor and the holder see the clock."""
    people, at = charter().people, OPENS + timedelta(hours=1)
    waiting = words.standing(permit(), PermitState.REQUESTED, (PersonId("petra"),), people, OPENS, ZONE, at)
    assert waiting == "waiting for P. Vos, until 10:00 (+02:00)"
    said = words.standing(permit(), PermitState.APPROVED, (), people, OPENS, ZONE, at)
    assert said == "approved; open until 13:00 (+02:00), and lapses 10:00 (+02:00) unless it is used before"


def test_a_wish_that_nobody_may_decide_says_so() -> None:
    assert "nobody may decide it now" in words.standing(
        permit(), PermitState.REQUESTED, (), {}, NOW, ZONE, CLOSES
    )


def test_every_state_has_a_word() -> None:
    assert set(words.STANDINGS) == set(PermitState)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ((0,) * 7, "No security level is set as its target."),
        ((1, 0, 1, 1, 1, 1, 1), "Meant to hold against mishaps and carelessness (security level 1 of 4)."),
        ((3, 2, 3, 1, 3, 2, 3), "Meant to hold against skilled attackers (security level 3 of 4)."),
        ((4,) * 7, "Meant to hold against skilled attackers with great resources (security level 4 of 4)."),
    ],
)
def test_a_target_level_is_said_in_words_that_a_shift_reads(levels: tuple[int, ...], said: str) -> None:
    assert words.held_against(SecurityLevels(levels)) == said


def test_everything_that_an_exception_may_lift_has_words() -> None:
    assert set(words.LIFTS) == set(Liftable)


def test_the_calendar_s_axis_names_hours_of_a_day_and_days_of_a_week() -> None:
    monday = datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert words.tick(monday, ZONE, week=False) == "06"
    assert words.tick(monday, ZONE, week=True) == "Mon 05"

"""What the two lines say; that they are looked up rightly is in ``test_room.py`` and ``test_standings.py``."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.evidence.copies import TROUBLES, of_copies, of_room
from broker.evidence.standing import Standing, State
from recorder.backlog import Alarm, Disk, Refusal, Room
from recorder.stores.second import Trouble
from recorder.uploading import IDLE, Status
from tests.for_each import for_each

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=2)
DISK = Disk(90 << 30, 100 << 30, 10 << 30)
CALM = Room(0, 0, None, DISK, 0, 0, None, None, (), None)
BUSY = replace(CALM, waiting=2, waiting_bytes=3 << 20, oldest=LONG_AGO)
WELL = Status(NOW, "s3://h/b/", IDLE, verified_at=LONG_AGO, proof="lock_held")


def told(
    status: Status | None = WELL, room: Room = CALM, *, wanted: bool = True, alive: bool = True
) -> Standing:
    return of_copies(status, room, NOW, wanted=wanted, alive=alive)


def test_a_node_without_a_second_store_says_so_and_alarms_nobody() -> None:
    assert told(None, wanted=False, alive=False).state is State.OFF


def test_all_copied_and_read_back_is_well_since_the_last_time_it_was_seen() -> None:
    well = told()
    assert (well.state, well.since) == (State.OK, LONG_AGO)
    assert "locked" in well.sentence


def test_what_waits_is_shown_with_its_number_size_and_age() -> None:
    late = told(room=BUSY)
    assert (late.state, late.since) == (State.LATE, LONG_AGO)
    assert late.sentence == "2 recordings wait (3 MiB)."


@for_each("trouble", [one for one in Trouble if one not in {Trouble.GONE, Trouble.ODD}])
def test_e02_each_trouble_of_a_store_has_words_its_code_and_a_remedy(trouble: Trouble) -> None:
    assert trouble.value in TROUBLES
    line = told(replace(WELL, code=trouble.value, failing_since=LONG_AGO), BUSY)
    assert (line.state, line.since) == (State.ALARMED, LONG_AGO)
    assert trouble.value in line.sentence
    assert "2 recordings wait" in line.sentence
    assert line.remedy


def test_a_trouble_of_a_newer_version_is_one_all_the_same() -> None:
    assert told(replace(WELL, code="store_haunted")).state is State.ALARMED


def test_an_uploader_that_is_dead_or_never_spoke_is_an_alarm_whatever_it_said_last() -> None:
    for line in (told(alive=False), told(None)):
        assert line.state is State.ALARMED
        assert "does not run" in line.sentence


def test_e02_a_store_that_is_slow_shows_after_two_seconds_before_any_time_is_up() -> None:
    """E02: shown before any time is up, while nobody can tell yet whether it will answer."""
    sending = replace(WELL, doing="sending", at=NOW - timedelta(seconds=2))
    assert "takes its time" not in told(sending, BUSY).sentence
    slow = told(replace(sending, at=NOW - timedelta(seconds=3)), BUSY)
    assert (slow.state, slow.since) == (State.LATE, NOW - timedelta(seconds=3))
    assert "takes its time" in slow.sentence


def test_a_recording_that_is_not_what_was_sealed_is_an_alarm() -> None:
    assert told(replace(WELL, altered=("a",))).state is State.ALARMED


@pytest.mark.parametrize("alarm", [Alarm.BACKLOG_OLD, Alarm.BACKLOG_BIG])
def test_a_backlog_that_is_too_old_or_too_big_is_an_alarm(alarm: Alarm) -> None:
    line = told(room=replace(BUSY, alarms=(alarm,)))
    assert (line.state, line.since) == (State.ALARMED, LONG_AGO)


def test_h11_the_disk_s_line_has_what_is_free_and_for_how_long_it_lasts() -> None:
    assert of_room(CALM).sentence == "92160 MiB are free."
    assert (
        of_room(replace(CALM, days_left=80)).sentence
        == "92160 MiB are free. At the last week's pace that is 80 days."
    )
    assert of_room(CALM).state is State.OK


@pytest.mark.parametrize(
    "room",
    [
        replace(CALM, alarms=(Alarm.DISK_USED,)),
        replace(CALM, refusal=Refusal.DISK_FILLING),
        replace(BUSY, refusal=Refusal.BACKLOG_FULL),
    ],
)
def test_h11_a_disk_that_fills_is_an_alarm_with_a_remedy(room: Room) -> None:
    line = of_room(room)
    assert line.state is State.ALARMED
    assert line.remedy

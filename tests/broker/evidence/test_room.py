"""Looked up in a real folder."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broker.evidence.room import AT_ONCE, Rooms, terms_of
from broker.layout import Layout
from broker.settings import LedgerSettings, RecordingSettings, Settings, StoreSettings
from domain.ids import SessionId
from recorder.backlog import Alarm, Refusal
from recorder.stores.receipts import Receipts
from recorder.uploading import Receipt

NOW = datetime.now(UTC)
ONE, TWO, OPEN = (SessionId(letter * 26) for letter in "abc")
LEDGER = LedgerSettings(origin="plant.example/ot-access/1")


def settings(endpoint: str = "https://s.example", **recordings: int) -> Settings:
    return Settings(
        ledger=LEDGER,
        store=StoreSettings(endpoint=endpoint, bucket="b"),
        recordings=RecordingSettings(**{"alarm_used_percent": 100, "least_free_percent": 0, **recordings}),
    )


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Two sealed recordings, of which one is copied, and one that is being written."""
    layout = Layout(tmp_path)
    layout.recordings.mkdir()
    for session, ending, size, age in ((ONE, "pnr", 100, 2), (TWO, "pnr", 200, 1), (OPEN, "pnr.part", 50, 0)):
        for name in (f"{session}.{ending}", f"{session}.key"):
            path = layout.recordings / name
            path.write_bytes(bytes(size))
            at = (NOW - timedelta(hours=age)).timestamp()
            os.utime(path, (at, at))
    for name in ("readme.txt", f"{ONE}.tail", ".reserve"):
        (layout.recordings / name).write_bytes(b"x" * 1000)
    Receipts(layout.stored).keep(TWO, Receipt("n", "s", "v", 200, "00", NOW, None))
    return layout


def test_what_waits_is_every_sealed_recording_without_a_receipt(layout: Layout) -> None:
    rooms = Rooms(layout, settings())
    for _ in range(2):
        found = rooms.look(NOW)
        assert (found.waiting, found.waiting_bytes) == (1, 100)
        assert found.oldest is not None
        assert found.alarms == (Alarm.BACKLOG_OLD,)
    Receipts(layout.stored).keep(ONE, Receipt("n", "s", "v", 100, "00", NOW, None))
    assert rooms.look(NOW).waiting == 0
    (layout.recordings / f"{OPEN}.pnr.part").rename(layout.recordings / f"{OPEN}.pnr")
    assert rooms.look(NOW).waiting_bytes == 50


def test_what_was_copied_and_is_older_than_any_pace_is_not_looked_at_again(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = Rooms(layout, settings())
    later = NOW + timedelta(days=8)
    first = rooms.look(later)
    looked: list[str] = []
    measured = Rooms._measured
    monkeypatch.setattr(
        Rooms,
        "_measured",
        lambda of, session, *rest: (looked.append(session), measured(of, session, *rest))[1],
    )
    again = rooms.look(later)
    assert replace(again, disk=first.disk) == first  # what else lies on the disk is anybody's
    assert looked == [OPEN]


def test_where_there_is_no_second_store_nothing_waits(layout: Layout) -> None:
    assert Rooms(layout, settings(endpoint="")).look(NOW).waiting == 0


def test_what_was_recorded_in_the_last_hour_is_set_against_the_disk(layout: Layout) -> None:
    found = Rooms(layout, settings(refuse_ahead_min=60)).look(NOW)
    assert found.last_hour >= 50
    assert found.refusal is None
    assert found.filled_in is not None
    full = Rooms(layout, settings(least_free_percent=90)).look(NOW)
    assert full.refusal is (Refusal.DISK_FILLING if full.disk.free < full.disk.floor else None)


def test_a_folder_that_is_gone_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="recordings"):
        Rooms(Layout(tmp_path), settings()).look(NOW)


def test_settings_become_terms_in_their_own_units() -> None:
    terms = terms_of(Settings(ledger=LEDGER, store=StoreSettings(endpoint="https://s", refuse_mib=3)))
    assert (terms.copies, terms.full_after, terms.big_after) == (True, 3 << 20, 10 << 30)
    assert (terms.old_after, terms.ahead, terms.used_share) == (timedelta(hours=1), timedelta(hours=1), 0.75)
    assert terms_of(Settings(ledger=LEDGER, store=StoreSettings(refuse_mib=3))).full_after == 0


def test_a_look_at_many_open_ones_rests_where_others_wait_for_the_interpreter(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2 * AT_ONCE):
        (layout.recordings / f"{number:a>26}.pnr.part".translate(str.maketrans("0189", "wxyz"))).touch()
    rests: list[float] = []
    monkeypatch.setattr(time, "sleep", rests.append)
    Rooms(layout, settings()).look(NOW)
    assert rests == []
    Rooms(layout, settings(), rest_s=0.001).look(NOW)
    assert rests == [0.001, 0.001]


def test_a_recording_stays_as_old_as_it_was_when_its_key_is_wrapped_anew(layout: Layout) -> None:
    rooms = Rooms(layout, settings())
    at = (NOW - timedelta(hours=2)).timestamp()
    os.utime(layout.recordings / f"{OPEN}.key", (at, at))
    before = rooms.look(NOW).last_hour
    os.utime(layout.recordings / f"{OPEN}.key")
    assert rooms.look(NOW).last_hour == before
    assert Rooms(layout, settings()).look(NOW).last_hour > before

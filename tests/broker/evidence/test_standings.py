"""The list as it is looked up in a node's folder: a real log, its keys, a real socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from broker.evidence.standing import Standing, State
from broker.evidence.standings import standings
from broker.layout import Layout
from broker.settings import LedgerSettings, Settings, SiemSettings, SiemTarget, TimeStampSettings
from broker.stamping.shelf import Shelf
from broker.witness.asking import SILENT_AFTER
from recorder.ledger.note import VerifierKey
from recorder.ledger.suites import Suite
from tests.recorder.ledger.logs import BEGAN, ORIGIN, SIGNER, STRANGER, new_log

SETTINGS = Settings(ledger=LedgerSettings(origin=ORIGIN))
LAST = BEGAN + timedelta(seconds=2)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A folder with a ledger of three leaves and the key that signed it."""
    layout = Layout(tmp_path)
    new_log(layout.ledger, 3)
    layout.ledger_vkey.parent.mkdir()
    layout.ledger_vkey.write_text(SIGNER.key.text() + "\n")
    layout.run.mkdir()
    return layout


@contextmanager
def listening(layout: Layout) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as signer:
        signer.bind(str(layout.signer_socket))
        signer.listen()
        yield


def found(layout: Layout, what: str, after: timedelta = timedelta()) -> Standing:
    return next(one for one in standings(layout, SETTINGS, LAST + after) if one.what == what)


def test_a_ledger_with_its_signer_is_well_and_one_without_is_an_alarm(layout: Layout) -> None:
    with listening(layout):
        well = found(layout, "ledger")
    assert (well.state, well.since) == (State.OK, LAST)
    assert found(layout, "ledger").state is State.ALARMED


def test_a_head_by_another_key_and_a_ledger_that_is_gone_are_alarms_in_their_own_words(
    layout: Layout,
) -> None:
    layout.ledger_vkey.write_text(STRANGER.key.text() + "\n")
    with listening(layout):
        assert (found(layout, "ledger").state, found(layout, "ledger").since) == (State.ALARMED, None)
    (layout.ledger / "checkpoint").unlink()
    gone = found(layout, "ledger")
    assert ("checkpoint" in gone.sentence, bool(gone.remedy)) == (True, True)
    layout.ledger_vkey.unlink()
    new_log(layout.folder / "other" / "ledger", 1)
    (layout.ledger / "checkpoint").write_bytes((layout.folder / "other/ledger/checkpoint").read_bytes())
    assert "ledger.vkey can't be read" in found(layout, "ledger").sentence


def test_without_a_policy_no_witness_is_asked_and_with_one_they_have_their_time(layout: Layout) -> None:
    assert found(layout, "witnesses").state is State.OFF
    key = SIGNER.key.text()
    layout.witness_policy.write_text(f"log {key}\nquorum none\n")
    assert found(layout, "witnesses").state is State.OFF
    other = VerifierKey("out.example/w", bytes(32), Suite.ED25519_COSIGNATURE).text()
    layout.witness_policy.write_text(f"log {key}\nwitness out {other} http://127.0.0.1:1/\nquorum out\n")
    asked = LAST + timedelta(hours=1)
    os.utime(layout.witness_policy, (asked.timestamp(), asked.timestamp()))
    assert found(layout, "witnesses", timedelta(hours=1)).state is State.LATE
    late = found(layout, "witnesses", timedelta(hours=1) + SILENT_AFTER)
    assert (late.state, late.since) == (State.ALARMED, asked)
    layout.witness_policy.write_text("witness\n")
    wrong = found(layout, "witnesses")
    assert (wrong.state, "witness.policy" in wrong.sentence) == (State.ALARMED, True)


def test_a_collector_that_could_never_work_is_an_alarm_and_none_is_off(layout: Layout) -> None:
    assert found(layout, "siem").state is State.OFF
    wrong = SETTINGS.model_copy(update={"siem": SiemSettings(targets=[SiemTarget(name="soc")])})
    (line,) = (one for one in standings(layout, wrong, LAST) if one.what == "siem")
    assert (line.state, "soc" in line.sentence) == (State.ALARMED, True)


def test_time_stamps_are_off_without_an_authority_and_their_oldest_wait_shows(layout: Layout) -> None:
    assert found(layout, "time-stamps").state is State.OFF
    asks = SETTINGS.model_copy(update={"time_stamps": TimeStampSettings(url="http://127.0.0.1:9/")})
    shelf = Shelf(layout.stamps)
    shelf.wait(3, b"note", LAST)
    shelf.say_trouble({"code": "unreachable", "fact": "It can't be reached."})
    for after, state in ((timedelta(hours=23), State.LATE), (timedelta(hours=24), State.ALARMED)):
        line = next(one for one in standings(layout, asks, LAST + after) if one.what == "time-stamps")
        assert (line.state, line.since, "can't be reached" in line.sentence) == (state, LAST, True)

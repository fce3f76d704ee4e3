"""Asked about a day in the past, the version of that day answers, with a proof that an outsider can check."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.cli.charter_commands import charter
from broker.cli.charter_history import instant_named
from broker.clock import SystemClock
from domain.events import RequestRefused, StateChanged
from recorder.ledger.leaf import Text, opens
from recorder.ledger.note import VerifierKey
from recorder.ledger.proof import verify_proof
from tests.broker.chartered import NODE, NOW, PETRA, Chartered

LATER = timedelta(days=10)


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    plant = Chartered(tmp_path)
    plant.begin()
    plant.edit("rights.toml", 'deputy = "deniz"', 'deputy = "milo"')
    plant.apply(PETRA, later=LATER)
    return plant


def asked(plant: Chartered, at: datetime, *more: str) -> Result:
    arguments = [
        "who-could",
        "--boundary",
        "dmz-pumping",
        "--right",
        "connect",
        "--at",
        at.isoformat(),
        *more,
    ]
    return CliRunner().invoke(charter, [*arguments, "--dir", str(plant.layout.folder)])


def test_the_version_of_the_day_answers(plant: Chartered) -> None:
    """S-08: before the change the old deputy, after it the new one."""
    before = json.loads(asked(plant, NOW + LATER, "--json").output)
    after = json.loads(asked(plant, NOW + LATER + timedelta(hours=1), "--json").output)
    assert (before["version"], before["rights"][0]["deputy"]) == (1, "deniz")
    assert (after["version"], after["rights"][0]["deputy"]) == (2, "milo")
    assert after["signers"] == ["petra: connect over riverside"]
    assert "Deputy: milo." in asked(plant, NOW + LATER + timedelta(hours=1)).output


def test_the_answer_carries_a_proof_that_needs_only_the_ledger_s_key(plant: Chartered) -> None:
    """S-08: leaf, inclusion proof and signed checkpoint, verified from the answer alone."""
    told = json.loads(asked(plant, NOW + LATER + timedelta(hours=1), "--json").output)
    key = VerifierKey.of(plant.layout.ledger_vkey.read_text())
    entry = told["leaf"]["entry"].encode()
    assert verify_proof(told["leaf"]["proof"], entry, NODE, [key]).size == plant.log.size
    text = Text.of(told["leaf"]["text"].encode() + b"\n")
    assert opens(entry, text)
    assert text.document()["digest"] == told["digest"]


def test_before_the_first_version_nobody_could(plant: Chartered) -> None:
    done = asked(plant, NOW - timedelta(days=1))
    assert (done.exit_code, "No charter was in force" in done.output) == (1, True)


def test_a_void_is_an_answer_with_status_1(plant: Chartered) -> None:
    done = asked(plant, NOW + timedelta(days=3000))
    assert done.exit_code == 1
    assert "nobody" in done.output


def test_an_application_that_was_doctored_is_noticed(plant: Chartered) -> None:
    plant.doctored(2, by="local:mallory")
    done = asked(plant, NOW + LATER + timedelta(hours=1))
    assert done.exit_code == 2
    assert "not the one that the ledger names" in done.output


@pytest.mark.parametrize("at", ["yesterday", "2026-06-01T08:00:00", "2026-13-01"])
def test_a_day_that_is_none_is_said_to_be_none(plant: Chartered, at: str) -> None:
    arguments = ["who-could", "--boundary", "pumping", "--at", at, "--dir", str(plant.layout.folder)]
    done = CliRunner().invoke(charter, arguments)
    assert done.exit_code == 1
    assert "penstock:" in done.output


def test_a_day_begins_at_midnight_on_the_plant_s_clock() -> None:
    assert instant_named("2026-06-01", "Europe/Amsterdam") == datetime(2026, 5, 31, 22, tzinfo=UTC)
    assert instant_named("2026-06-01T08:00:00+02:00", "UTC") == datetime(2026, 6, 1, 6, tzinfo=UTC)


def test_an_impact_is_told_from_the_ledger_before_anything_changes(tmp_path: Path) -> None:
    """J14: the dry run reads the ledger and changes nothing."""
    plant = Chartered(tmp_path, SystemClock().now())
    plant.begin()
    now = plant.now.replace(microsecond=0)
    for zone in ("operations", "pumping", "dmz"):
        plant.append(StateChanged(at=now, zone=zone, before="", after="maintenance", by="milo"))
    plant.append(
        RequestRefused(
            at=now,
            person="ana",
            asset="eng-ws-1",
            door="ssh",
            source="198.51.100.7",
            code="window_too_long",
            sentence="…",
            passage=("shell",),
            actions=("view",),
            window_from=now,
            window_until=now + timedelta(hours=10),
            tools=("openssh",),
            networks=("198.51.100.0/24",),
            stated=("purpose", "work_order", "back_out", "failure"),
        )
    )
    plant.edit("conduits.toml", 'longest_window = "8h"', 'longest_window = "12h"')
    arguments = ["impact", str(plant.layout.charter), "--dir", str(plant.layout.folder)]
    done = CliRunner().invoke(charter, [*arguments, "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["requests"], told["permits"]) == (1, 1, 0), done.output
    assert told["flips"][0]["before"] == "refused [window_too_long]"
    assert told["flips"][0]["after"].startswith("asks ")
    plant.edit("conduits.toml", 'longest_window = "12h"', 'longest_window = "8h"')
    done = CliRunner().invoke(charter, arguments)
    assert (done.exit_code, "0 decisions would change" in done.output) == (0, True), done.output

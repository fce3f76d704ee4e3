import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from approvals.shown import Names, shown, shown_digest
from domain.access import Action, Grant, PassageKind
from domain.permit import Permit
from domain.plant import Direction, OperatingState
from domain.window import TimeWindow
from tests.domain.samples import permit

NAMES = Names(
    site="Demo Works",
    person="Ana Reyes",
    vendor="Acme Drives",
    asset="Engineering workstation 1",
    zone="Cell 3",
    conduit="Vendors to cell 3",
    time_zone="Europe/Berlin",
    consequence="The line stops.",
)


def test_the_text_says_who_what_where_until_when_and_what_could_go_wrong() -> None:
    text = shown(permit(), NAMES)
    for part in (
        "Ana Reyes (ana) of Acme Drives (acme)",
        "Engineering workstation 1 (eng-ws-1)",
        "in the zone Cell 3,",
        "Vendors to cell 3 (vendor-to-cell)",
        "Purpose: Replace the drive firmware",
        "Work order: WO-1017",
        "May: look, operate",
        "by: type commands in a terminal",
        "to a port of the machine: port 502",
        "From: Monday 2026-03-02 09:00:00 Europe/Berlin (UTC+01:00)",
        "Until: Monday 2026-03-02 13:00:00 Europe/Berlin (UTC+01:00), that is for 4 h",
        "Only while the zone is in: maintenance",
        "What could go wrong: The line stops.",
        permit().digest().hex(),
    ):
        assert part in text
    assert "SAFETY" not in text
    assert "a SAFETY zone" in shown(permit(), replace(NAMES, safety=True))


def test_the_plant_s_zone_counts_not_the_one_that_was_asked_in() -> None:
    asked_elsewhere = permit(time_zone="America/New_York")
    assert "09:00:00 Europe/Berlin" in shown(asked_elsewhere, NAMES)


def test_a_window_across_a_clock_change_shows_both_offsets_and_the_true_length() -> None:
    spring = TimeWindow(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, 30, 5, tzinfo=UTC))
    text = shown(permit(window=spring), NAMES)
    assert "01:00:00 Europe/Berlin (UTC+01:00)" in text
    assert "04:30:05 Europe/Berlin (UTC+02:00), that is for 2 h 30 min 5 s" in text


def test_an_unknown_zone_falls_back_to_utc_and_says_so() -> None:
    assert "08:00:00 UTC" in shown(permit(), replace(NAMES, time_zone="Mars/Olympus"))


@pytest.mark.parametrize(
    "changed",
    [
        permit(purpose="Replace the drive firmware."),
        permit(actions=frozenset({Action.VIEW, Action.OVERRIDE})),
        permit(grants=frozenset({Grant(PassageKind.FORWARD)})),
        permit(nonce=b"\1" * 16),
        permit(narrows="b" * 26),
    ],
    ids=["purpose", "actions", "grants", "nonce", "narrows"],
)
def test_another_permit_gives_another_text(changed: Permit) -> None:
    assert shown(changed, NAMES) != shown(permit(), NAMES)


def test_the_text_made_again_from_the_stored_bytes_has_the_kept_digest() -> None:
    """B08: the text follows from the signed bytes."""
    stored = Permit.of(permit().canonical())
    assert shown_digest(stored, NAMES) == hashlib.sha256(shown(permit(), NAMES).encode()).digest()


def test_abuse_12_invisible_and_right_to_left_characters_are_shown_as_what_they_are() -> None:
    text = shown(permit(), replace(NAMES, asset="plc\u202e70-\u200bclp\n"))
    assert "plc\\u202e70-\\u200bclp\\u000a (eng-ws-1)" in text


def test_the_approver_reads_the_three_answers_and_the_state_that_each_change_belongs_to() -> None:
    """S-38: shown on the approver's screen, out of the permit's own bytes."""
    names = replace(
        NAMES, protect="The projects", keep_available="Pump 8", bears={OperatingState.MAINTENANCE: "one step"}
    )
    text = shown(permit(), names)
    for line in ("To protect: The projects", "Must stay available: Pump 8", "  maintenance: one step"):
        assert line in text.splitlines()
    assert "Safety function" not in text


def test_a_safety_record_and_the_direction_are_part_of_what_is_signed() -> None:
    """J06, B17: function, harm and the position of the configuration switch, as signed."""
    names = replace(
        NAMES, safety_function="Trip", safety_harm="Stays bypassed", key_switch="PROGRAM, by the shift"
    )
    text = shown(permit(safety_record="ab" * 32, direction=Direction.OUTBOUND), names)
    assert "  configuration switch: PROGRAM, by the shift" in text
    assert f"  as signed, SHA-256 {'ab' * 32}" in text
    assert "Only out of the machine: nothing can be sent to it." in text


def test_limits_are_shown_word_for_word_and_without_them_the_text_is_what_it_was() -> None:
    limited = permit(limits=frozenset({"modbus write coils 5 of unit 3", "modbus read coils 0-4"}))
    text = shown(limited, NAMES)
    assert (
        "Over the protocols named here only:\n  modbus read coils 0-4\n  modbus write coils 5 of unit 3\n"
        in text
    )
    assert "only:" not in shown(permit(), NAMES)


def test_who_may_move_files_one_way_is_said_to_move_them_that_way() -> None:
    grants = frozenset(map(Grant.of, ("sftp", "scp:get", "rsync:put", "zmodem")))
    text = shown(permit(grants=grants), NAMES)
    for words in (
        "move files both ways (sftp)",
        "copy files out of the machine only (scp)",
        "bring folders in line to the machine only (rsync)",
        "move files both ways inside a terminal (zmodem)",
    ):
        assert f"  by: {words}" in text

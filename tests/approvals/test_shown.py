import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from approvals.shown import Names, shown, shown_digest
from domain.access import Action, Grant, PassageKind
from domain.permit import Permit
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

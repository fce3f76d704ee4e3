"""Every event has a row, and every field of every event was looked at."""

from collections.abc import Mapping
from dataclasses import fields

from broker.siem.rows import assurance, copies, deciding, people, plant, quarantine, records, sessions
from broker.siem.rows.row import Row
from broker.siem.rows.table import CARRIED, ROWS, UNKNOWN, WITHHELD, row_of
from tests.broker.siem.leaves import KINDS

FIELDS = {kind.__name__: {one.name for one in fields(kind)} for kind in KINDS}


def strays(rows: Mapping[str, Row]) -> set[tuple[str, str]]:
    """Fields that a row names and its event does not have."""
    named = {(name, one) for name, row in rows.items() for one in (row.which, row.by, row.person) if one}
    return {(name, one) for name, one in named if one not in FIELDS.get(name, ())}


def test_every_event_has_a_row_and_every_row_an_event() -> None:
    assert set(ROWS) == set(FIELDS), (
        "a new event needs a row in broker/siem/rows, or collectors are told nothing of it"
    )


def test_no_subject_takes_the_row_of_another() -> None:
    parts = (records, deciding, people, sessions, plant, assurance, copies, quarantine)
    assert sum(len(one.ROWS) for one in parts) == len(ROWS)


def test_every_field_was_looked_at_whether_it_may_leave() -> None:
    every = set().union(*FIELDS.values()) - {"at"}
    assert not every - CARRIED - set(WITHHELD), (
        "say in broker/siem/rows/table.py whether this field may leave"
    )
    assert not CARRIED & set(WITHHELD)
    assert not (CARRIED | set(WITHHELD)) - every, "no event has this field"


def test_an_event_of_a_newer_version_still_has_a_row() -> None:
    assert row_of({"event": "FromTheFuture"}) is UNKNOWN

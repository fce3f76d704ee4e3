"""Rows of this subject name fields that their events have."""

from broker.siem.rows.quarantine import ROWS
from tests.broker.siem.rows.test_table import strays


def test_every_row_names_fields_that_its_event_has() -> None:
    assert ROWS
    assert not strays(ROWS)


def test_what_did_not_go_as_it_should_counts_as_a_failure() -> None:
    said = {
        "FileTakenIn": ({"whole": True}, {"whole": False}),
        "FileScreened": ({"state": "released"}, {"state": "held"}),
        "FileDelivered": ({"outcome": "whole"}, {"outcome": "cut"}),
        "FileMoved": ({"outcome": "whole"}, {"outcome": "failed"}),
    }
    for name, (well, badly) in said.items():
        assert not ROWS[name].failed(well)
        assert ROWS[name].failed(badly)
    assert ROWS["FileNotTaken"].failed({})

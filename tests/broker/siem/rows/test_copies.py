"""Rows of this subject name fields that their events have."""

from broker.siem.rows.copies import ROWS
from tests.broker.siem.rows.test_table import strays


def test_every_row_names_fields_that_its_event_has() -> None:
    assert ROWS
    assert not strays(ROWS)

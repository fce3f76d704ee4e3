from datetime import timedelta

import pytest

from broker.evidence.checked import COUNTS, LEDGER, Checked, Found
from tests.domain.samples import OPENS

FOUND = Found("recording", "s" * 26, "changed", "It is another one.", "iris", 12)
CHECKED = Checked(OPENS, OPENS + timedelta(minutes=2), 9, "ab", dict.fromkeys(COUNTS, 3), ())


def test_a_check_is_read_as_it_was_written_and_nothing_else_is() -> None:
    whole = Checked(CHECKED.begun, CHECKED.ended, 9, "ab", CHECKED.counts, (FOUND,))
    assert Checked.of(whole.document()) == whole
    for wrong in ({}, {**whole.document(), "found": 1}, {**whole.document(), "counts": {}}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Checked.of(wrong)


def test_each_place_has_its_remedy_and_what_is_of_the_ledger_the_ledger_s() -> None:
    assert "second store" in FOUND.remedy
    assert Found("tile", "x", "changed", "y").remedy == LEDGER

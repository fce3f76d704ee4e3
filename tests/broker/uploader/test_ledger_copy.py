"""Which paths are copied; that they arrive is tried in ``test_work.py``, against a real store."""

import itertools

import pytest

from broker.uploader.ledger_copy import _fresh
from tests.for_each import for_each

STEPS = (0, 1, 2, 255, 256, 257, 511, 512, 65_536, 65_537, 70_000)


@pytest.mark.parametrize("size", [1, 255, 256, 257])
def test_of_a_first_copy_everything_is_new(size: int) -> None:
    paths = list(_fresh(0, size))
    assert len(paths) == len(set(paths))
    assert {path.partition(".p/")[0] for path in paths} >= {"tile/0/000", "tile/entries/000"}


@for_each(("old", "new"), list(itertools.pairwise(STEPS)))
def test_full_tiles_are_copied_once_and_partial_ones_at_their_new_width(old: int, new: int) -> None:
    before, after = set(_fresh(0, old)), set(_fresh(old, new))
    assert not {path for path in before & after if ".p/" not in path}
    assert set(_fresh(0, new)) <= before | after


def test_nothing_is_new_in_a_log_that_did_not_grow_past_full_tiles() -> None:
    assert list(_fresh(256, 256)) == ["tile/1/000.p/1"]

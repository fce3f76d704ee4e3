"""The end of a passage of files, told once and whatever ends it."""

from collections.abc import Callable

import pytest

from broker.conduits.files.outputs import Moved
from broker.conduits.files.telling import TellingPassage
from broker.conduits.terminal.passage import Early
from domain.access import Flow
from tests.broker.conduits.files.test_passage import Session, Shelf, came
from tests.broker.conduits.terminal.test_passage import Asset, Vendor
from tests.for_each import for_each


class Told(TellingPassage):
    """Only remembers why it was over."""

    def __init__(self) -> None:
        self.vendor = Vendor()
        super().__init__(Session(), self.vendor, Early())
        self.causes: list[str] = []

    def tell_over(self, why: str) -> None:
        self.causes.append(why)


ENDS: dict[str, Callable[[Told], None]] = {
    "killed": lambda one: one.finish("killed", "The plant ended it.", 77),
    "client gone": lambda one: one.vendor_gone(),
    "asset gone": lambda one: one.connection_lost(ConnectionError("gone")),
    "ended": lambda one: one.connection_lost(None),
}


@for_each("why", list(ENDS))
async def test_the_first_end_is_told_and_no_other(why: str) -> None:
    passage = Told()
    passage.number = 1
    assert await passage.open(Asset(), "exec", b"rz")
    for end in (ENDS[why], *ENDS.values()):
        end(passage)
    assert passage.causes == [why]


async def test_of_a_program_that_never_ran_nothing_is_told() -> None:
    passage = Told()
    passage.number = 1
    passage.abandon("refused")
    passage.finish("killed", "The plant ended it.", 77)
    assert passage.causes == []


async def test_without_its_leaf_the_passage_ends_and_says_so() -> None:
    passage, shelf = Told(), Shelf(broken=True)
    passage.number = 1
    shelf.gate.set()
    assert await passage.open(Asset(), "exec", b"rz")
    moved = Moved(b"x", Flow.PUT, 0, 3, "ab", whole=True, failed=False)
    await passage._leaf(shelf, came(b"x"), moved)
    assert passage.causes == ["ledger"]
    assert b"The ledger is away." in passage.vendor.errors


def test_whoever_says_nothing_of_its_end_is_no_passage_of_files() -> None:
    with pytest.raises(NotImplementedError):
        TellingPassage(Session(), Vendor(), Early()).tell_over("ended")

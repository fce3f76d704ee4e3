"""Which sessions wait for a review, by the ledger's own leaves."""

from collections.abc import Iterator

import pytest

from broker.reviews_due import ReviewsDue
from domain.canonical import Json
from domain.errors import EvidenceError
from recorder.ledger.reader import Kept
from tests.policies.plant import charter
from tests.policies.test_session_review import ASKED


class Book:
    """A log of leaves that can be lost."""

    def __init__(self) -> None:
        self.leaves: list[dict[str, Json]] = []
        self.down = False
        self.reads = 0

    def add(self, event: str, session: str = "s1", **fields: Json) -> None:
        self.leaves.append({"event": event, "at": "2026-06-01T08:00:00Z", "session": session, **fields})

    @property
    def size(self) -> int:
        if self.down:
            raise EvidenceError("The ledger can't be read.")
        return len(self.leaves)

    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        for index in range(start, len(self.leaves) if stop is None else stop):
            self.reads += 1
            yield Kept(index, self.leaves[index])


@pytest.fixture
def book() -> Book:
    book = Book()
    book.add("PermitRequested", permit="p1", conduit="dmz-operations")
    book.add("SessionOpened", permit="p1", person="ana", asset="eng-ws-1")
    return book


async def test_a_session_waits_from_its_end_until_somebody_reviewed_it(book: Book) -> None:
    reviews = ReviewsDue(book)
    assert await reviews.known(ASKED) == ()
    book.add("SessionEnded", permit="p1")
    (one,) = await reviews.known(ASKED)
    assert (one.session, one.permit, one.person, one.asset, one.conduit) == (
        "s1",
        "p1",
        "ana",
        "eng-ws-1",
        "dmz-operations",
    )
    book.add("SessionReviewed", permit="p1")
    assert await reviews.known(ASKED) == ()


async def test_one_that_was_interrupted_waits_too_and_one_that_never_opened_does_not(book: Book) -> None:
    book.add("SessionInterrupted", permit="p1")
    book.add("SessionEnded", session="s2", permit="p2")
    assert [one.session for one in await ReviewsDue(book).all()] == ["s1"]


async def test_no_leaf_is_read_twice_nor_at_all_where_the_charter_asks_for_nothing(book: Book) -> None:
    reviews = ReviewsDue(book)
    assert await reviews.known(charter()) == ()
    assert book.reads == 0
    await reviews.known(ASKED)
    await reviews.known(ASKED)
    assert book.reads == len(book.leaves)


async def test_a_ledger_that_can_not_be_read_makes_nobody_look_reviewed(book: Book) -> None:
    book.add("SessionEnded", permit="p1")
    reviews = ReviewsDue(book)
    assert len(await reviews.all()) == 1
    book.down = True
    assert len(await reviews.all()) == 1

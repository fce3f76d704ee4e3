"""Of which starts the ledger says that somebody heard; with a mail route that fails, and then does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broker.demo.ports import free_port
from broker.notices.carrier import Carrier
from broker.notices.choices import Choices
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Outbox
from broker.notices.ways import Ways
from broker.sessions.heard_starts import HeardStarts
from domain.access import Allow, Deny
from domain.errors import EvidenceError
from domain.events import Event
from domain.ids import PersonId
from domain.notice import NoticeKind
from policies.engine import decide
from policies.start_notice import StartTerms, Unheard
from recorder.ledger.reader import Kept
from tests.authority import authority
from tests.broker.notices.channels.places import mail_server
from tests.broker.notices.channels.test_mail import mail
from tests.broker.notices.happenings import Leaflog, heard
from tests.clock import FrozenClock
from tests.domain.test_notice import notice
from tests.policies.plant import NOW, PERMIT, charter, charter_with, facts, wanting

BLOCKING = charter_with(start_terms=(StartTerms("riverside", unheard=Unheard.BLOCK_START),))


class Book(Leaflog):
    """A log that can be appended to, searched and lost."""

    down = False

    async def append(self, event: Event) -> int:
        self.add(event)
        return self.size - 1

    def find(self, *, event: str = "", limit: int = 1000) -> Iterator[Kept]:
        return (kept for kept in self.events() if kept.event["event"] == event)

    @property
    def size(self) -> int:
        if self.down:
            raise EvidenceError("The ledger can't be read.")
        return len(self.events_)


async def test_what_was_confirmed_is_known_and_nothing_else() -> None:
    book = Book()
    starts = HeardStarts(book)
    assert await starts.known(BLOCKING) == frozenset()
    book.add(heard(confirmed=False, permit="c" * 26), heard(kind="asked", permit="d" * 26))
    assert await starts.known(BLOCKING) == frozenset()
    book.add(heard(permit="e" * 26))
    assert await starts.known(BLOCKING) == {"e" * 26}
    book.add(heard(permit="f" * 26))
    assert await starts.known(BLOCKING) == {"e" * 26, "f" * 26}
    assert await HeardStarts(book).known(BLOCKING) == {"e" * 26, "f" * 26}  # after a restart


async def test_a_charter_that_blocks_nothing_costs_no_look() -> None:
    book = Book()
    book.down = True
    assert await HeardStarts(book).known(charter()) == frozenset()


async def test_a_ledger_that_can_not_be_read_makes_nobody_look_told() -> None:
    book = Book()
    book.add(heard(permit="e" * 26))
    book.down = True
    starts = HeardStarts(book)
    assert await starts.known(BLOCKING) == frozenset()
    book.down = False
    assert await starts.known(BLOCKING) == {"e" * 26}


@pytest.mark.parametrize("looked", [False, True])
async def test_with_the_mail_route_down_no_session_opens_until_somebody_confirmed(
    tmp_path: Path, looked: bool
) -> None:
    """B06: approve, fail the mail route: block_start holds; it opens by a mail that arrives, or by a look."""
    book, clock, outbox = Book(), FrozenClock(NOW), Outbox(tmp_path / "notices.db")
    starts, petra = HeardStarts(book), PersonId("petra")
    Deliveries(outbox).choose(petra, Choices(mail="petra@plant.example"))
    outbox.put(notice(key=f"starts:{PERMIT}", kind=NoticeKind.STARTS, permit=PERMIT, at=NOW))
    known = authority(tmp_path / "known")

    def carrier(port: int) -> Carrier:
        ways = Ways((mail(port, known.ca_file),), origin="https://plant.example")
        return Carrier(outbox, ways, charter=charter, ledger=book, clock=clock, attempts=2)

    async def decision() -> object:
        now_known = await starts.known(BLOCKING)
        return decide(wanting(), facts(charter=BLOCKING, heard=now_known), BLOCKING.rules)

    broken = carrier(free_port())
    await broken.step()
    shut = await decision()
    assert isinstance(shut, Deny)
    assert shut.reasons[0].code == "nobody_told"
    if looked:
        outbox.read(petra, [outbox.told(petra)[0].number], NOW)
        await broken.step()
    else:
        async with mail_server(known.server()) as place:
            clock.advance(timedelta(minutes=1))
            await carrier(place.port).step()
            assert len(place.taken) == 1
    assert isinstance(await decision(), Allow)

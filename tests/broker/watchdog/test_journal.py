import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.watchdog.journal import Journal, event_of
from domain.canonical import canonical
from domain.errors import EvidenceError
from domain.events import Event, Isolated, Restored, SessionEnded, SessionOpened, document
from tests.broker.running import Leaves

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ISOLATED = Isolated(at=AT, scope="all", by="kim", reason="smoke", enforced="acknowledged")
ENDED = SessionEnded(
    at=AT,
    session="s" * 26,
    permit="p" * 26,
    cause="killed",
    frames=3,
    bytes_to_asset=1,
    bytes_to_vendor=2,
    head="00",
    recording_sha256="11",
    verified=True,
    remote_job="none",
)
OPENED = SessionOpened(
    at=AT,
    session="s" * 26,
    permit="p" * 26,
    digest="00",
    person="ana",
    asset="plc-07",
    source="192.0.2.7",
    deadline=AT,
    approvals=("a", "b"),
)


@pytest.mark.parametrize("event", [ISOLATED, ENDED, OPENED], ids=lambda event: type(event).__name__)
def test_an_event_reads_back_as_it_was(event: Event) -> None:
    assert event_of(document(event)) == event


@pytest.mark.parametrize(
    "given_document",
    [
        {},
        {"event": "Nothing"},
        {"event": "Isolated"},
        document(ISOLATED) | {"more": 1},
        document(ISOLATED) | {"at": "yesterday"},
        document(ISOLATED) | {"number": 99},
    ],
)
def test_what_is_no_event_is_refused(given_document: dict[str, object]) -> None:
    with pytest.raises(EvidenceError, match="not an event"):
        event_of(given_document)


async def test_events_are_handed_over_in_order_and_once(tmp_path: Path) -> None:
    journal, leaves = Journal(tmp_path / "j"), Leaves()
    journal.add(ISOLATED)
    journal.add(ENDED)
    assert journal.waiting() == 2
    assert await journal.drain(leaves.append) == 2
    assert await journal.drain(leaves.append) == 0
    assert leaves.events == [ISOLATED, ENDED]
    assert (tmp_path / "j").stat().st_size == 0


async def test_what_the_ledger_refuses_waits(tmp_path: Path) -> None:
    journal, leaves = Journal(tmp_path / "j"), Leaves()
    leaves.down = True
    journal.add(ISOLATED)
    assert await journal.drain(leaves.append) == 0
    assert Journal(tmp_path / "j").waiting() == 1  # a restart finds it too
    leaves.down = False
    assert await journal.drain(leaves.append) == 1


async def test_a_ledger_that_stops_half_way_is_given_only_the_rest(tmp_path: Path) -> None:
    journal, leaves = Journal(tmp_path / "j"), Leaves()
    for _ in range(3):
        journal.add(ISOLATED)

    async def once(event: Event) -> int:
        leaves.down = len(leaves.events) == 1
        return await leaves.append(event)

    assert await journal.drain(once) == 1
    leaves.down = False
    assert await journal.drain(leaves.append) == 2
    assert len(leaves.events) == 3


async def test_what_is_added_while_draining_is_not_lost(tmp_path: Path) -> None:
    journal, leaves = Journal(tmp_path / "j"), Leaves()
    journal.add(ISOLATED)

    async def meanwhile(event: Event) -> int:
        if not leaves.events:
            Journal(tmp_path / "j").add(ENDED)  # another process
        return await leaves.append(event)

    await journal.drain(meanwhile)
    await journal.drain(leaves.append)
    assert leaves.events == [ISOLATED, ENDED]


async def test_several_may_add_at_once(tmp_path: Path) -> None:
    def add() -> None:
        for _ in range(25):
            Journal(tmp_path / "j").add(ISOLATED)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert Journal(tmp_path / "j").waiting() == 100


@given(st.integers(0, 400))
def test_a_crash_while_adding_costs_no_other_event(cut: int) -> None:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        line = canonical(document(ENDED)) + b"\n"
        path.write_bytes(line + line[: cut % len(line)])
        journal = Journal(path)
        journal.add(ISOLATED)
        taken: list[Event] = []

        async def take(event: Event) -> None:
            taken.append(event)

        asyncio.run(journal.drain(take))
        assert taken[0] == ENDED
        assert taken[-1] == ISOLATED
        assert len(taken) <= 3


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="can't be written"):
        Journal(tmp_path / "no" / "folder").add(Restored(at=AT, scope="all", by="kim", reason=""))
    assert Journal(tmp_path / "nothing").waiting() == 0

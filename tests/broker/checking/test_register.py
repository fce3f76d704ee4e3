"""What a whole node shows is in ``test_check.py``; here are rows that the ledger does not know."""

from pathlib import Path

from broker.checking.register import Permits
from broker.checking.told import Told
from broker.database.engine import migrate, open_engine


async def test_a_permit_that_is_nowhere_is_looked_for_again_and_then_found_missing(tmp_path: Path) -> None:
    """F13: a decision that is in the ledger and not in the database yet is no finding."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'node.db'}"
    await migrate(url)
    engine = open_engine(url)
    try:
        for again, wanted in ((Told(permits={"p" * 26: "d"}), ["missing"]), (Told(), ["missing"])):
            permits = Permits(
                engine,
                Told(permits={"p" * 26: "d"}),
                lambda again=again: again,
                lambda _digest: None,
                lambda *_step: False,
                lambda _read: None,
            )
            assert [one.code async for one in permits.faults()] == wanted
            assert permits.counted.permits == 0
    finally:
        await engine.dispose()

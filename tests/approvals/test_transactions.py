from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.service import Approvals
from approvals.transactions import LOOKS, looking
from broker.database.engine import open_engine
from domain.errors import PenstockError
from tests.approvals.desk import NOW, ListLedger, permit
from tests.clock import FrozenClock


async def test_the_same_pool_serves_both_kinds_and_only_one_says_that_it_looks(plant: AsyncEngine) -> None:
    reader = looking(plant)
    assert reader.pool is plant.pool
    async with plant.connect() as writing:
        assert LOOKS not in writing.sync_connection.get_execution_options()
    async with reader.connect() as reading:
        assert reading.sync_connection.get_execution_options()[LOOKS] is True
        if plant.dialect.name == "postgresql":
            assert await reading.get_isolation_level() == "REPEATABLE READ"
    # And the connection goes back to the pool as it was.
    async with plant.connect() as writing:
        if plant.dialect.name == "postgresql":
            assert await writing.get_isolation_level() == "READ COMMITTED"


async def _nobody(_what: str, _permit: str) -> None:
    return None


async def test_abuse_39_a_database_that_is_gone_is_an_error_of_ours_and_changes_nothing(
    tmp_path: Path, clock: FrozenClock
) -> None:
    engine = open_engine(f"postgresql+asyncpg://postgres@/gone?host={tmp_path}")
    ledger = ListLedger()
    approvals = Approvals(engine, ledger, clock, _nobody)
    wish = permit()
    for asked in (
        approvals.request(wish, "console"),
        approvals.filed(wish.id),
        approvals.pending(),
        approvals.activate(wish.id),
        approvals.lapse(NOW),
    ):
        with pytest.raises(PenstockError, match="can't be used just now"):
            await asked
    assert ledger.events == []
    await engine.dispose()

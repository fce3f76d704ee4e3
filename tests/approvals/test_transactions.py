from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.transactions import LOOKS, looking


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

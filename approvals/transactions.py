"""Two kinds of transaction: one that may write, and one that only looks.

On SQLite a transaction that reads first and writes later fails at once when another process wrote
in between, whatever the busy timeout. So every transaction takes the write lock when it begins
(``BEGIN IMMEDIATE``), unless it says that it only looks. ``broker.database.engine`` obeys.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

LOOKS = "penstock_looks"
"""The execution option of a transaction that will not write."""


def looking(engine: AsyncEngine) -> AsyncEngine:
    """The same engine and pool, for transactions that only look: they never wait for a writer.

    All that one of them reads is of one moment (SQLite: WAL snapshot; PostgreSQL: repeatable read).
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{LOOKS: True})
    return engine.execution_options(
        **{LOOKS: True}, isolation_level="REPEATABLE READ", postgresql_readonly=True
    )

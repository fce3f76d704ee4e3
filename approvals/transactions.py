"""Two kinds of transaction: one that may write, and one that only looks.

On SQLite a transaction that reads first and writes later fails at once when another process wrote
in between, whatever the busy timeout. So every transaction takes the write lock when it begins
(``BEGIN IMMEDIATE``), unless it says that it only looks. ``broker.database.engine`` obeys.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import PenstockError

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


@contextmanager
def available() -> Iterator[None]:
    """PenstockError for whatever goes wrong with the database itself, so that its loss is no crash.

    Live sessions need no database: only new decisions wait until it is back.
    """
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise PenstockError(
            f"The database can't be used just now: {type(error).__name__}.",
            remedy="See that it runs and that its disk is not full: `penstock doctor`.",
        ) from error

"""Run by Alembic, always on a connection that ``broker.database.engine`` opened.

Every table of the product belongs to one metadata, SQLModel's own, and to this one history. A package
that adds tables names its module in TABLES and adds a revision below ``versions/``:

    versions/r0002_people.py    revision = "0002_people", down_revision = "0001_permits"

Write the columns out by hand; never import a table's class there, because a revision describes the
past and classes change. ``tests/broker/database/test_engine.py`` compares head with the metadata on
both databases, so that a forgotten column, index or constraint fails.
"""

from importlib import import_module
from importlib.util import find_spec

from alembic import context
from sqlmodel import SQLModel

TABLES = ("approvals.tables", "broker.people.ceremonies", "broker.people.tables")

for module in TABLES:
    if find_spec(module) is not None:
        import_module(module)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=True,
    # SQLite can't alter a table in place; Alembic then copies it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

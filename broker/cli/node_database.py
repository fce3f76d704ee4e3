"""What commands at the node look up: its database, and the people of its charter."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from broker.charter.in_force import charter_now
from broker.cli.answer import fail
from broker.database.engine import migrate, open_engine
from broker.layout import Layout
from broker.settings import read_settings
from domain.ids import PersonId, is_word
from policies.charter.charter import Charter

R = TypeVar("R")


def with_database(layout: Layout, work: Callable[[AsyncEngine], Awaitable[R]]) -> R:
    """Do ``work`` with the node's database, brought up to date first."""
    url = read_settings(layout).database_url(layout)

    async def run() -> R:
        await migrate(url)
        engine = open_engine(url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def known_person(layout: Layout, person: str) -> tuple[Charter, PersonId]:
    """The charter and the id, or a sentence when the charter names nobody so."""
    charter = charter_now(layout)
    if not is_word(person) or person not in charter.people:
        fail(f"The charter names nobody {person!r}.", "See people.toml in the charter.", status=2)
    return charter, PersonId(person)

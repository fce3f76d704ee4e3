"""A session that was, for the commands that look back at it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.node import Node


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session(plant: Node) -> AsyncIterator[str]:
    """The id of a session with a terminal in which something was typed, ended and sealed."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    typed = b"printf 'mar''ker \\033]0;owned\\007\\n'; exit 0\n"
    done = await plant.client(person).ssh(f"{person}+eng-ws-1", "-tt", given=typed)
    assert b"marker" in done.out, done
    opened = await plant.event("SessionOpened", permit=permit)
    await plant.event("SessionEnded", session=opened["session"])
    yield str(opened["session"])

"""A10: the keeper of the node ends a wait; the ledger says who did."""

import pytest

from broker.clock import SystemClock
from broker.database.engine import open_engine
from broker.people.accounts import Accounts
from broker.settings import read_settings
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_person_s_wait_ends_and_the_ledger_says_by_whom(plant: Node) -> None:
    engine = open_engine(read_settings(plant.layout).database_url(plant.layout))
    try:
        accounts = Accounts(engine, SystemClock())
        for _ in range(6):
            await accounts.failed("olga", "198.51.100.7")
        assert await accounts.held_back("olga", "203.0.113.9")
        assert await plant.here("people", "unlock", "olga") == {"subject": "person:olga"}
        assert not await accounts.held_back("olga", "203.0.113.9")
        for _ in range(12):
            await accounts.failed(None, "198.51.100.7")
        assert await accounts.held_back(None, "198.51.100.7")
        await plant.here("people", "unlock", "--source", "198.51.100.7")
        assert not await accounts.held_back(None, "198.51.100.7")
    finally:
        await engine.dispose()
    assert (await plant.event("SignInLockLifted", subject="person:olga"))["by"].startswith("local:")
    await plant.event("SignInLockLifted", subject="source:198.51.100.7")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="nobody"),
        pytest.param(["milo", "--source", "192.0.2.9"], id="both"),
        pytest.param(["nobody-known"], id="nobody whom the charter knows"),
        pytest.param(["--source", "the-internet"], id="no address"),
    ],
)
async def test_what_can_not_be_meant_is_said_so(plant: Node, words: list[str]) -> None:
    done = await plant.command("people", "unlock", *words, "--dir", str(plant.layout.folder))
    assert (done.exit_code, "What to do" in done.stderr or "penstock:" in done.stderr) == (2, True), (
        done.stderr
    )

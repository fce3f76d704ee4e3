import pytest

from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_session_that_is_not_open_is_not_watched_and_nobody_is_said_to_have(plant: Node) -> None:
    done = await plant.command("sessions", "watch", "z" * 26, "--dir", str(plant.layout.folder))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No session" in done.stderr
    assert "penstock sessions list" in done.stderr
    assert plant.events("SessionWatched", session="z" * 26) == []

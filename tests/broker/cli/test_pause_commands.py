import pytest

from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("word", ["pause", "resume"])
async def test_a_session_that_is_not_open_is_a_no_with_a_remedy(plant: Node, word: str) -> None:
    done = await plant.command("sessions", word, "z" * 26, "--dir", str(plant.layout.folder))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is open" in done.stderr
    assert "penstock sessions list" in done.stderr


@pytest.mark.parametrize("word", ["pause", "resume"])
async def test_what_is_no_session_is_refused(plant: Node, word: str) -> None:
    done = await plant.command("sessions", word, "all", "--dir", str(plant.layout.folder))
    assert done.exit_code == 1

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.cli.node_database import known_person, with_database
from tests.broker.chartered import Chartered


async def _tables(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(text("SELECT id FROM people_token"))).all())


def test_the_database_is_brought_up_to_date_before_it_is_asked(tmp_path: Path) -> None:
    assert with_database(Chartered(tmp_path).layout, _tables) == 0


def test_somebody_whom_the_charter_does_not_name_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Chartered(tmp_path).layout
    charter, who = known_person(layout, "petra")
    assert charter.people[who].name
    with pytest.raises(SystemExit) as ended:
        known_person(layout, "nobody")
    assert ended.value.code == 2
    assert "names nobody" in capsys.readouterr().err

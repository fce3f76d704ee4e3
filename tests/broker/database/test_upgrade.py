import sqlite3
import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory

from broker.database.engine import migrate, newest_revision
from broker.database.upgrade import alembic_config

AGAIN = """
import asyncio, sys
from broker.database.engine import migrate
asyncio.run(migrate(sys.argv[1]))
print("alembic" in sys.modules)
"""


def test_the_newest_revision_is_where_the_migrations_lead() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [newest_revision()]


async def test_a_database_that_is_up_to_date_is_found_so_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    line = [sys.executable, "-c", AGAIN, url]
    await migrate(url)
    assert subprocess.run(line, capture_output=True, check=True, text=True).stdout == "False\n"
    (tmp_path / "penstock.db").unlink()
    assert subprocess.run(line, capture_output=True, check=True, text=True).stdout == "True\n"
    with sqlite3.connect(tmp_path / "penstock.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (newest_revision(),)
        ]
    database.close()

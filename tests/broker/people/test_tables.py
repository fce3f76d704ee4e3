import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people import tables
from broker.people.ceremonies import CeremonyRow

ROWS = [
    tables.AccountRow,
    tables.ConsoleSessionRow,
    tables.FailureRow,
    tables.TokenRow,
    CeremonyRow,
    tables.PendingPasskeyRow,
    tables.AnsweredRow,
    tables.ProviderSignInRow,
    tables.SpentLogoutRow,
    tables.VendorInvitationRow,
    tables.VendorApplicationRow,
]


@pytest.mark.parametrize("row", ROWS)
async def test_every_table_is_as_its_revision_lays_it(engine: AsyncEngine, row: type) -> None:
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: {
                one["name"]: one["nullable"] for one in inspect(sync).get_columns(row.__tablename__)
            }
        )
    assert found == {column.name: column.nullable for column in row.__table__.columns}


async def test_no_column_could_hold_a_secret_in_clear() -> None:
    columns = {column.name for row in ROWS for column in row.__table__.columns}
    assert not columns & {"token", "cookie", "secret", "code"}

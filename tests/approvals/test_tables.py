import pytest
from sqlalchemy import BigInteger, DateTime, Text
from sqlmodel import SQLModel

from approvals.tables import STATES, ApprovalRow, DisputeRow, HistoryRow, PermitRow, TransitionRow
from domain.permit import PermitState

TABLES = [PermitRow, TransitionRow, HistoryRow, ApprovalRow, DisputeRow]


@pytest.mark.parametrize("row", TABLES)
def test_instants_are_integers_because_sqlite_forgets_a_zone(row: type[SQLModel]) -> None:
    for column in SQLModel.metadata.tables[str(row.__tablename__)].columns:
        assert not isinstance(column.type, DateTime)
        if column.name.endswith("_us"):
            assert isinstance(column.type, BigInteger)
        elif isinstance(column.type, Text):
            assert column.type.length is None


def test_the_constraint_on_states_names_every_state() -> None:
    assert {name.strip("'") for name in STATES.split(", ")} == set(PermitState)


@pytest.mark.parametrize("row", [HistoryRow, ApprovalRow])
def test_one_version_of_a_permit_has_one_cause(row: type[SQLModel]) -> None:
    table = SQLModel.metadata.tables[str(row.__tablename__)]
    assert [column.name for column in table.primary_key] == ["permit", "version"]

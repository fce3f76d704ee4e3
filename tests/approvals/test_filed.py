"""A row must agree with itself, or it raises: the database is trusted to be there, not to be right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.filed import filed_of, instant_at, microseconds
from approvals.proofs import verify
from approvals.tables import ApprovalRow, HistoryRow, PermitRow
from domain.access import Action
from domain.canonical import canonical
from domain.errors import EvidenceError, ProofError
from domain.events import PermitApproved
from domain.ids import AssetId, PersonId
from domain.permit import PermitState
from domain.window import TimeWindow
from tests.approvals.desk import ANA, BEA, BOTH_KINDS, CONNECT, Desk, permit, terms
from tests.approvals.office import Office
from tests.clock import FrozenClock

HOUR = timedelta(hours=1)


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_the_database_to_the_microsecond(instant: datetime) -> None:
    assert instant_at(microseconds(instant)) == instant
    assert instant_at(microseconds(instant)).tzinfo is UTC


def test_an_approval_filed_under_another_s_name_raises() -> None:
    wish = permit()
    approval = Desk().enrol(BEA).by_passkey(wish)
    row = PermitRow(
        id=wish.id,
        document=wish.canonical(),
        digest=wish.digest().hex(),
        state="requested",
        version=2,
        person=wish.person,
        vendor=wish.vendor,
        asset=wish.asset,
        window_start_us=microseconds(wish.window.start),
        window_end_us=microseconds(wish.window.end),
        filed_us=0,
        door="console",
    )
    kept = ApprovalRow(
        permit=wish.id,
        version=2,
        right_held="connect",
        approver="bea",
        document=canonical(approval.document()),
        proof_key="k",
        credential="",
        sign_count=0,
        at_us=0,
    )
    assert filed_of(row, [kept], []).approvals == (approval,)
    kept.approver = "dan"
    with pytest.raises(EvidenceError, match="approval's columns"):
        filed_of(row, [kept], [])


def test_a_history_with_an_edge_that_is_not_in_the_table_raises() -> None:
    wish = permit()
    row = PermitRow(
        id=wish.id,
        document=wish.canonical(),
        digest=wish.digest().hex(),
        state="active",
        version=2,
        person=wish.person,
        vendor=wish.vendor,
        asset=wish.asset,
        window_start_us=microseconds(wish.window.start),
        window_end_us=microseconds(wish.window.end),
        filed_us=0,
        door="console",
    )
    step = HistoryRow(
        permit=wish.id,
        version=2,
        before="requested",
        event="activate",
        after="active",
        by="ana",
        reason="",
        at_us=0,
    )
    with pytest.raises(EvidenceError, match="does not lead to active"):
        filed_of(row, [], [step])


EDITS = [
    "UPDATE permit SET state = 'approved'",
    "UPDATE permit SET state = 'active', version = version + 1",
    "UPDATE permit SET person = 'zoe'",
    "UPDATE permit SET vendor = 'acne'",
    "UPDATE permit SET asset = 'plc-07'",
    "UPDATE permit SET window_start_us = window_start_us - 1",
    "UPDATE permit SET window_end_us = window_end_us + 3600000000",
    "UPDATE permit SET digest = 'ff'",
    "UPDATE permit SET document = :longer",
    "UPDATE permit SET document = :spaced",
    "UPDATE permit SET version = version + 1",
    "INSERT INTO permit_history VALUES (:id, 2, 'requested', 'approve', 'approved', 'bea', '', 0)",
    "INSERT INTO permit_history VALUES (:id, 2, 'approved', 'activate', 'active', 'bea', '', 0)",
    "INSERT INTO permit_approval VALUES (:id, 2, 'connect', 'bea', :longer, 'k', '', 0, 0)",
]


@pytest.mark.parametrize("edit", EDITS)
async def test_abuse_08_a_row_edited_by_sql_raises_and_never_opens(office: Office, edit: str) -> None:
    wish = await office.asked()
    longer = replace(wish, window=replace(wish.window, end=wish.window.end + HOUR))
    values = {"id": wish.id, "longer": longer.canonical(), "spaced": wish.canonical() + b" "}
    async with office.engine.begin() as connection:
        named = {name: value for name, value in values.items() if f":{name}" in edit}
        await connection.execute(text(edit), named)
    with pytest.raises(EvidenceError):
        await office.approvals.filed(wish.id)
    with pytest.raises(EvidenceError):
        await office.approvals.filed_for(
            PersonId("zoe") if "zoe" in edit else ANA, AssetId("plc-07") if "plc-07" in edit else wish.asset
        )
    with pytest.raises(EvidenceError):
        await office.approvals.all()


async def test_abuse_08_a_permit_swapped_whole_for_a_wider_one_is_no_longer_approved(office: Office) -> None:
    wish = await office.approved()
    wider = replace(wish, actions=frozenset(Action))
    async with office.engine.begin() as connection:
        await connection.execute(
            text("UPDATE permit SET document = :document, digest = :digest WHERE id = :id"),
            {"document": wider.canonical(), "digest": wider.digest().hex(), "id": wish.id},
        )
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    assert filed.permit == wider  # the row agrees with itself: the forger did good work
    for approval in filed.approvals:
        with pytest.raises(ProofError) as raised:
            verify(approval, filed.permit, office.desk.trust, BOTH_KINDS, office.desk.spent)
        assert raised.value.code == "wrong_permit"


async def test_more_time_is_another_permit_with_a_yes_of_its_own_each_time(office: Office) -> None:
    """D02: two extensions of the same work leave two approvals; no yes counts twice, and no window ever moves."""
    first = await office.approved()
    window, earlier = first.window, first
    for _ in range(2):
        window = TimeWindow(window.end, window.end + HOUR)
        longer = await office.asked(window=window)
        yes_to_the_earlier = office.desk.by_passkey(earlier, BEA, CONNECT, at=office.clock.now())
        with pytest.raises(ProofError) as raised:
            await office.approvals.approve(
                longer.id, yes_to_the_earlier, terms(), office.desk.trust, office.desk.spent
            )
        assert raised.value.code == "wrong_permit"
        assert await office.state(longer) is PermitState.REQUESTED
        assert await office.approve(longer) is PermitState.APPROVED
        earlier = longer
    assert len({one.permit for one in office.ledger.of(PermitApproved)}) == 3
    filed = await office.approvals.filed(first.id)
    assert filed is not None
    assert filed.permit == first

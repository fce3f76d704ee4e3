from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.register import Sought, place_of
from domain.ids import AssetId, PersonId, VendorId
from domain.permit import PermitState
from domain.window import TimeWindow
from tests.approvals.desk import ANA, token
from tests.approvals.office import Office
from tests.clock import FrozenClock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


async def test_lists_are_newest_first_and_page_without_gap_or_repeat(office: Office) -> None:
    wishes = []
    for number in range(7):
        wishes.append((await office.asked()).id)
        if number % 2:  # some are filed at the same instant
            office.clock.advance(MINUTE)
    paged = []
    page = await office.approvals.all(limit=3)
    while page:
        paged += [one.permit.id for one in page]
        page = await office.approvals.all(limit=3, before=page[-1].permit.id)
    assert paged == list(reversed(wishes))
    assert await office.approvals.all(before=token(0)) == ()


async def test_a_list_can_be_of_some_states_only(office: Office) -> None:
    asked, approved = await office.asked(), await office.approved()
    assert [one.permit for one in await office.approvals.pending()] == [asked]
    states = frozenset({PermitState.APPROVED, PermitState.ACTIVE})
    assert [one.permit for one in await office.approvals.all(states=states)] == [approved]
    assert {one.permit for one in await office.approvals.all()} == {asked, approved}


async def test_a_person_s_permits_for_an_asset_have_the_open_ones_first(office: Office) -> None:
    open_one = await office.asked()
    office.clock.advance(MINUTE)
    withdrawn = await office.asked()
    await office.approvals.withdraw(withdrawn.id, ANA)
    elsewhere = await office.asked(asset=AssetId("plc-07"))
    found = await office.approvals.filed_for(ANA, open_one.asset)
    assert [one.permit for one in found] == [open_one, withdrawn]
    assert {one.permit for one in await office.approvals.filed_of(ANA)} == {open_one, withdrawn, elsewhere}
    assert await office.approvals.filed_for(PersonId("zoe"), open_one.asset) == ()


async def test_what_a_vendor_asked_for_on_an_asset_is_newest_first(office: Office) -> None:
    older = await office.asked()
    office.clock.advance(MINUTE)
    newer = await office.asked()
    await office.asked(asset=AssetId("plc-07"))
    found = await office.approvals.filed_by(older.vendor, older.asset, most=9)
    assert [one.permit for one in found] == [newer, older]
    assert [one.permit for one in await office.approvals.filed_by(older.vendor, older.asset, most=1)] == [
        newer
    ]
    assert await office.approvals.filed_by(VendorId("kestrel"), older.asset, most=9) == ()


async def test_of_what_is_open_the_rows_say_how_far_it_is_and_whether_its_window_is_over(
    office: Office,
) -> None:
    wish, withdrawn, active = await office.asked(), await office.asked(), await office.approved()
    await office.approvals.withdraw(withdrawn.id, ANA)
    await office.approvals.activate(active.id)
    last, end = wish.window.end - timedelta(microseconds=1), wish.window.end
    for at, over in ((last, False), (end, True)):
        found = await office.approvals.open_ones(at)
        assert [(name, one.state, one.over) for name, one in found.items()] == [
            (wish.id, PermitState.REQUESTED, over),
            (active.id, PermitState.ACTIVE, over),
        ]
    assert [one.may_lapse for one in found.values()] == [True, False]
    filed = await office.approvals.filed(active.id)
    assert filed is not None
    assert found[active.id].version == filed.version


async def test_reading_does_not_wait_for_a_decision_that_is_being_made(office: Office) -> None:
    wish = await office.asked()
    async with office.engine.begin() as deciding:
        await deciding.exec_driver_sql("UPDATE permit SET door = 'held'")
        filed = await office.approvals.filed(wish.id)
        assert filed is not None
        assert filed.door == "console"


async def test_several_are_looked_up_at_once_and_a_missing_one_is_left_out(office: Office) -> None:
    first, second = await office.asked(), await office.approved()
    await office.asked()
    found = await office.approvals.these([first.id, second.id, token(0)])
    assert {name: one.permit for name, one in found.items()} == {first.id: first, second.id: second}
    assert found[second.id] == await office.approvals.filed(second.id)
    assert await office.approvals.these([]) == {}


async def test_what_is_sought_is_given_in_pages_by_place(office: Office) -> None:
    wishes = []
    for number in range(5):
        wishes.append((await office.asked()).id)
        if number % 2:  # some are filed at the same instant
            office.clock.advance(MINUTE)
    found, after = [], None
    while page := await office.approvals.page(Sought(person=ANA), limit=2, after=after):
        found += [one.permit.id for one in page]
        after = place_of(page[-1])
    assert sorted(found) == sorted(wishes)
    assert await office.approvals.page(Sought(person="nobody"), limit=2) == ()


async def test_every_bound_narrows_and_an_instant_is_outside_where_it_says(office: Office) -> None:
    permit = await office.asked()
    start, end = permit.window.start, permit.window.end
    for sought, found in (
        (Sought(), 1),
        (Sought(asset=permit.asset, vendor=permit.vendor), 1),
        (Sought(vendor="somebody-else"), 0),
        (Sought(states=frozenset({PermitState.APPROVED})), 0),
        (Sought(ends_after=end), 0),
        (Sought(ends_after=end - MINUTE, starts_before=start + MINUTE), 1),
        (Sought(starts_before=start), 0),
    ):
        assert len(await office.approvals.page(sought, limit=5)) == found, sought


async def test_what_touches_a_window_is_found_by_asset(office: Office) -> None:
    one = await office.asked()
    elsewhere = await office.asked(asset=AssetId("plc-07"))
    inside, touching = one.window, TimeWindow(one.window.end, one.window.end + MINUTE)
    found = await office.approvals.filed_within((one.asset, elsewhere.asset), inside)
    assert {each.permit for each in found} == {one, elsewhere}
    assert [each.permit for each in await office.approvals.filed_within((one.asset,), inside)] == [one]
    assert await office.approvals.filed_within((one.asset,), touching) == (), "both are half-open"

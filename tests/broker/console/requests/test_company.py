"""A vendor says on its own page that somebody needs access no longer; it can do nothing else there."""

from datetime import timedelta

import pytest

from broker.console.requests.company import router
from domain.ids import PersonId
from tests.broker.console.house import House

ANA = PersonId("ana")


async def test_a_notice_takes_access_away_at_once_and_asks_nobody(house: House) -> None:
    """I04: by the vendor's own word; the plant's holders are not asked."""
    async with await house.sign_in("ana") as ana:
        text = (await ana.get("/company")).text
        assert ("Ana Ferreira" in text, "Ben Okafor" in text) == (True, False)
        done = await ana.post("/company/notice", data={"person": "ana", "kind": "terminated"})
        assert done.status_code == 303
    assert house.watch.interlocks.leaving == {ANA: house.clock.now()}


async def test_a_reassignment_counts_from_the_end_of_the_next_day(house: House) -> None:
    """I02, I04: on the plant's clock."""
    async with await house.sign_in("ana") as ana:
        await ana.post("/company/notice", data={"person": "ana", "kind": "reassigned"})
        assert "access until" in (await ana.get("/company")).text
    until = house.watch.interlocks.leaving[ANA]
    assert timedelta(days=1) < until - house.clock.now() < timedelta(days=2)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"person": "ben", "kind": "terminated"}, 409, id="another company's"),
        pytest.param({"person": "petra", "kind": "terminated"}, 409, id="of the plant"),
        pytest.param({"person": "nobody", "kind": "terminated"}, 409, id="nobody"),
        pytest.param({"person": "ana", "kind": "back"}, 422, id="the other way round"),
        pytest.param({"person": "../ana", "kind": "terminated"}, 422, id="no id"),
    ],
)
async def test_it_reaches_nobody_else_and_gives_nothing_back(
    house: House, fields: dict[str, str], status: int
) -> None:
    """I04: only reductions are possible by this route, and of one's own people."""
    async with await house.sign_in("ana") as ana:
        refused = await ana.post("/company/notice", data=fields)
        assert refused.status_code == status, refused.text
    assert house.watch.interlocks.leaving == {}
    assert {one.path for one in router.routes if "POST" in one.methods} == {"/company/notice"}  # type: ignore[attr-defined]


async def test_nobody_of_the_plant_speaks_for_a_vendor_here(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/company")).status_code == 403
        tried = await petra.post("/company/notice", data={"person": "ana", "kind": "terminated"})
        assert tried.status_code == 403


async def test_a_watchdog_that_does_not_answer_is_said_to_be_gone(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("ana") as ana:
        tried = await ana.post("/company/notice", data={"person": "ana", "kind": "reassigned"})
        assert tried.status_code >= 500
        assert (await ana.get("/company")).status_code == 200

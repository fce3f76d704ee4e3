"""The review of a use: by somebody who had no part in it, with a code of their own, and only then the next."""

import pytest

from broker.console.plant.break_glass import uses
from domain.permit import Permit
from tests.broker.console.house import House
from tests.broker.console.permits.test_break_glass import broken, tries

FOUND = "It was needed; both holders were in the air"


async def reviews(house: House, permit: Permit, person: str, **changed: str) -> int:
    async with await house.sign_in(person) as browser:
        given = {"finding": FOUND, "code": house.code(person)} | changed
        return (await browser.post(f"/plant/break-glass/{permit.id}/review", data=given)).status_code


@pytest.mark.parametrize("person", ["petra", "deniz", "iris"])
async def test_a_review_is_a_leaf_and_frees_the_boundary_h13(house: House, person: str) -> None:
    """H13: reviewed by one who was skipped, or an auditor; then the next use is free."""
    permit = await broken(house)
    assert await reviews(house, permit, person) == 303
    (leaf,) = house.events("GlassReviewed")
    assert (leaf["by"], leaf["finding"], leaf["permit"]) == (person, FOUND, permit.id)
    async with await house.sign_in("iris") as browser:
        assert "Break-glass over" not in (await browser.get("/permits")).text
        assert (
            f"Reviewed by {house.desk.parts.charter().people[person].name}"
            in (await browser.get("/plant")).text
        )
    second = await house.ask()
    assert (await tries(house, second, "sven")).status_code == 303
    assert await reviews(house, permit, "iris") == 404


@pytest.mark.parametrize(
    ("person", "changed", "status"),
    [
        pytest.param("sven", {}, 404, id="who used it"),
        pytest.param("milo", {}, 404, id="who used it, of the shift"),
        pytest.param("olga", {}, 404, id="who was not skipped"),
        pytest.param("ana", {}, 403, id="the vendor"),
        pytest.param("petra", {"finding": ""}, 422, id="no finding"),
        pytest.param("petra", {"code": "000000"}, 403, id="no code"),
    ],
)
async def test_what_is_no_review_frees_nothing_h13(
    house: House, person: str, changed: dict[str, str], status: int
) -> None:
    """H13: by somebody who did not use it."""
    permit = await broken(house)
    assert await reviews(house, permit, person, **changed) == status
    assert house.watch.interlocks.glasses[0].review is None
    assert house.events("GlassReviewed") == []


async def test_the_plant_page_shows_what_waits_and_a_form_to_those_who_may_h13(house: House) -> None:
    """H13: review with a form."""
    permit = await broken(house)
    for person, offered in (("petra", True), ("milo", False)):
        async with await house.sign_in(person) as browser:
            page = await browser.get("/plant")
        assert "waits for a review" in page.text
        assert ("File the review" in page.text) is offered
    async with await house.sign_in("petra") as browser:
        assert (await browser.post("/plant/break-glass/x/review", data={"finding": FOUND})).status_code == 404
    assert permit.id in page.text


async def test_a_plant_whose_glass_is_whole_says_so(house: House) -> None:
    async with await house.sign_in("milo") as browser:
        assert "The glass was never broken" in (await browser.get("/plant")).text


async def test_a_use_whose_permit_the_database_lost_is_the_auditors_to_review_h13(house: House) -> None:
    """H13: the watchdog's record outlives the database's."""
    await broken(house)
    house.desk.parts.approvals.these = _none  # type: ignore[method-assign]  # a database that lost it
    async with await house.sign_in("iris") as browser:
        assert "File the review" in (await browser.get("/plant")).text
    async with await house.sign_in("petra") as browser:
        assert "File the review" not in (await browser.get("/plant")).text
    assert callable(uses)


async def _none(_ids: object) -> dict[object, object]:
    return {}

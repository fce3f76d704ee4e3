from dataclasses import replace
from datetime import timedelta

from domain.access import Deny
from policies.review_terms import Overdue
from tests.broker.console.evidence.test_reviewing import say
from tests.broker.console.house import House
from tests.policies.plant import charter_with
from tests.policies.test_session_review import TERMS


async def test_what_waits_is_listed_for_those_whose_it_is_with_its_day(house: House) -> None:
    house.charter = charter_with(review_terms=(TERMS,))
    permit = await house.ask()
    await house.record(permit)
    async with await house.sign_in("petra") as petra:
        page = (await petra.get("/reviews")).text
        assert f"/permits/{permit.id}/story" in page
        assert "Yours" in page
        assert "blocks this vendor when overdue" in page
        house.clock.advance(timedelta(days=15))
    async with await house.sign_in("iris") as iris:
        assert "Overdue" in (await iris.get("/reviews")).text
    await say(house, "petra", permit.id)
    async with await house.sign_in("iris") as iris:
        assert "Nothing waits" in (await iris.get("/reviews")).text


async def test_a_charter_that_asks_for_none_says_so(house: House) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("petra") as petra:
        assert "The charter asks for no reviews" in (await petra.get("/reviews")).text


async def test_on_the_sixteenth_day_that_vendor_asks_in_vain_until_somebody_reviewed(house: House) -> None:
    """H02: day 16: the next request is refused with `review_overdue`; a review frees it."""
    house.charter = charter_with(review_terms=(TERMS,))
    permit = await house.ask()
    await house.record(permit)
    house.clock.advance(timedelta(days=15) - timedelta(minutes=1))
    assert await house.ask()
    house.clock.advance(timedelta(minutes=2))
    asked = await house.desk.parts.admission.ask(house.wish(), purpose="Tune the drives", work_order="WO-77")
    assert isinstance(asked.decision, Deny)
    assert "review_overdue" in {reason.code for reason in asked.decision.reasons}
    await say(house, "petra", permit.id)
    assert await house.ask()


async def test_where_the_charter_only_has_it_told_nobody_is_kept_from_asking(house: House) -> None:
    house.charter = charter_with(review_terms=(replace(TERMS, overdue=Overdue.TELL),))
    await house.record(await house.ask())
    house.clock.advance(timedelta(days=16))
    assert await house.ask()

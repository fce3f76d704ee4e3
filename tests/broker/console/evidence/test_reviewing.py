from collections.abc import Mapping

import pytest

from broker.console.evidence.reviewing import past_of
from tests.broker.console.house import SESSION, House


async def say(house: House, person: str, permit: str, **fields: str) -> int:
    async with await house.sign_in(person) as one:
        page = await one.get("/")
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        data: Mapping[str, str] = {"csrf": csrf, "disposition": "in_order", "words": "", **fields}
        answer = await one.post(f"/permits/{permit}/sessions/{SESSION}/review", data=data)
        return answer.status_code


async def test_a_review_is_a_leaf_that_says_by_what_right(house: House) -> None:
    """H02: every session gets a review, with a disposition, by whom the charter lets."""
    permit = await house.ask()
    await house.record(permit)
    assert await say(house, "petra", permit.id) == 303
    assert await say(house, "iris", permit.id, disposition="question", words="Why pump 7?") == 303
    first, second = house.events("SessionReviewed")
    assert (first["by"], first["office"], first["disposition"], first["item"]) == (
        "petra",
        "connect",
        "in_order",
        "11" * 32,
    )
    assert (second["by"], second["office"], second["words"]) == ("iris", "auditor", "Why pump 7?")
    past = past_of(house.log, SESSION)
    assert past is not None
    assert [str(one.disposition) for one in past.reviews] == ["in_order", "question"]


@pytest.mark.parametrize(
    ("person", "fields", "status"),
    [
        pytest.param("milo", {}, 403, id="somebody without the right"),
        pytest.param("petra", {"disposition": "question"}, 422, id="a question without words"),
        pytest.param("petra", {"disposition": "fine"}, 422, id="no disposition"),
        pytest.param("petra", {"words": "a\x1b[2J"}, 422, id="words that are no text"),
    ],
)
async def test_a_review_that_does_not_count_leaves_no_leaf(
    house: House, person: str, fields: dict[str, str], status: int
) -> None:
    permit = await house.ask()
    await house.record(permit)
    assert await say(house, person, permit.id, **fields) == status
    assert house.events("SessionReviewed") == []


async def test_a_session_that_lives_or_is_another_permit_s_can_not_be_reviewed(house: House) -> None:
    permit, other = await house.ask(), await house.ask()
    assert await say(house, "petra", permit.id) == 404
    await house.record(permit)
    assert await say(house, "petra", other.id) == 404
    assert past_of(house.log, "z" * 26) is None


async def test_nothing_is_reviewed_while_the_ledger_does_not_take_it(house: House) -> None:
    permit = await house.ask()
    await house.record(permit)
    async with await house.sign_in("petra") as petra:
        page = await petra.get(f"/permits/{permit.id}/story")
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        house.ledger.failing = True
        data = {"csrf": csrf, "disposition": "in_order", "words": ""}
        answer = await petra.post(f"/permits/{permit.id}/sessions/{SESSION}/review", data=data)
        assert answer.status_code == 503
    house.ledger.failing = False
    assert house.events("SessionReviewed") == []

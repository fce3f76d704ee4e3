"""Break-glass over the API: the same acts as on the pages."""

import pytest

from tests.broker.console.house import House
from tests.broker.console.permits.test_break_glass import WHY, broken

API = "/api/v1"


async def test_it_is_broken_by_approving_under_incident_lead_with_a_reason_h13(house: House) -> None:
    """H13: a named person, a reason, a proof over what was read."""
    permit = await house.ask()
    given = {"right": "incident_lead", "digest": permit.digest().hex()}
    async with house.client() as client:
        for person, reason, status in (("sven", "", 422), ("sven", WHY, 200), ("milo", WHY, 200)):
            body = given | {"reason": reason, "code": house.code(person)}
            path = f"{API}/permits/{permit.id}/approve"
            answer = await client.post(path, json=body, headers=await house.bearer(person))
            assert answer.status_code == status, answer.text
        listed = await client.get(f"{API}/break-glass", headers=await house.bearer("iris"))
    (one,) = listed.json()["uses"]
    assert (one["use"]["permit"], one["use"]["review"], one["may_review"]) == (permit.id, None, True)


@pytest.mark.parametrize(("person", "status"), [("petra", 200), ("sven", 404), ("ana", 403)])
async def test_it_is_reviewed_by_who_had_no_part_in_it_h13(house: House, person: str, status: int) -> None:
    """H13: the review, over the API."""
    permit = await broken(house)
    async with house.client() as client:
        answer = await client.post(
            f"{API}/break-glass/{permit.id}/review",
            json={"finding": "Needed", "code": house.code(person)},
            headers=await house.bearer(person),
        )
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["use"]["review"]["by"] == person

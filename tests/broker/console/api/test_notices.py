import pytest

from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from tests.broker.console.house import House


def told(house: House, number: int, person: str = "petra") -> None:
    house.notices.put(
        Notice(
            key=f"asked:{number}",
            to=PersonId(person),
            kind=NoticeKind.ASKED,
            at=house.clock.now(),
            subject=f"Number {number}",
            sentences=("Ana asks.",),
            path="/queue",
        )
    )


async def test_one_s_own_notices_are_read_part_by_part_and_stay_unread(house: House) -> None:
    for number in range(3):
        told(house, number)
    told(house, 9, "milo")
    petra = await house.bearer("petra")
    async with house.client() as script:
        link, found = "/api/v1/notices?limit=2", []
        while link:
            part = (await script.get(link, headers=petra)).json()
            found += [(one["subject"], one["read_at"]) for one in part["notices"]]
            link = part["next"]
    assert found == [("Number 2", None), ("Number 1", None), ("Number 0", None)]
    assert house.notices.unread(PersonId("petra")) == 3


async def test_how_one_is_told_is_chosen_for_oneself_and_not_over_another_choice(house: House) -> None:
    petra = await house.bearer("petra")
    wanted = {
        "mail": "petra@plant.example",
        "quiet": {"start": "22:00", "end": "06:00", "zone": "Europe/Amsterdam"},
        "digest": ["state"],
        "digest_at": "07:30",
        "zone": "Europe/Amsterdam",
    }
    async with house.client() as script:
        before = await script.get("/api/v1/notices/choices", headers=petra)
        etag = before.headers["etag"]
        kept = await script.put("/api/v1/notices/choices", json=wanted, headers={**petra, "if-match": etag})
        assert (kept.status_code, kept.json()) == (200, wanted)
        stale = await script.put("/api/v1/notices/choices", json={}, headers={**petra, "if-match": etag})
        assert stale.status_code == 412
        milo = await script.get("/api/v1/notices/choices", headers=await house.bearer("milo"))
        assert milo.json()["mail"] == ""
    assert [one["person"] for one in house.events("NoticeChoiceMade")] == ["petra"]


@pytest.mark.parametrize(
    "given",
    [
        {"mail": "nobody"},
        {"digest": ["break-glass"]},
        {"digest": ["gossip"]},
        {"zone": "Mars/Olympus"},
        {"quiet": {"start": "25:00", "end": "06:00", "zone": "UTC"}},
        {"person": "milo"},
    ],
    ids=str,
)
async def test_what_can_t_be_chosen_is_refused(house: House, given: dict[str, object]) -> None:
    async with house.client() as script:
        answer = await script.put("/api/v1/notices/choices", json=given, headers=await house.bearer("petra"))
    assert answer.status_code == 422
    assert house.events("NoticeChoiceMade") == []


async def test_somebody_tries_whether_notices_arrive(house: House) -> None:
    petra = await house.bearer("petra")
    async with house.client() as script:
        assert (await script.post("/api/v1/notices/test", headers=petra)).status_code == 204
        (one,) = (await script.get("/api/v1/notices", headers=petra)).json()["notices"]
    assert one["kind"] == "test"

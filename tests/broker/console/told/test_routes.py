"""Told to you, and how: one's own list, one's own choices, evidence of both."""

import html
from pathlib import Path

import pytest

from broker.notices.carrier import Carrier
from broker.notices.deliveries import Deliveries
from broker.notices.follower import Follower
from broker.notices.outbox import Outbox
from broker.notices.ways import Ways
from domain.ids import PersonId
from domain.notice import NoticeKind
from tests.broker.console.house import House
from tests.domain.test_notice import notice

PETRA = PersonId("petra")
CHOSEN = {
    "mail": "petra@plant.example",
    "zone": "Europe/Amsterdam",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
    "digest": ["asked", "state"],
    "digest_at": "18:00",
}


async def test_a_wish_rings_at_its_holder_and_at_nobody_else(house: House) -> None:
    before = await house.ask()  # what a node had before it told anybody is told to nobody
    follower = Follower(house.notices, house.log, house.desk.parts.charter, house.clock)
    follower.step()
    permit = await house.ask()
    follower.step()
    async with await house.sign_in("petra") as petra, await house.sign_in("olga") as olga:
        assert 'aria-label="Told to you: 1 new"' in (await petra.get("/queue")).text
        assert 'aria-label="Told to you: 0 new"' in (await olga.get("/queue")).text
        page = html.unescape((await petra.get("/told")).text)
        assert "A permit waits for your decision" in page
        assert f'href="/permits/{permit.id}"' in page
        assert before.id not in page
        assert 'aria-label="Told to you: 0 new"' in (await petra.get("/queue")).text
        assert "A permit waits for your decision" not in (await olga.get("/told")).text


async def test_a_look_is_a_delivery_that_the_ledger_hears_of(house: House) -> None:
    """B06: whoever has it before their eyes knows; that is kept with the permit."""
    parts = house.desk.parts
    house.notices.put(notice(kind=NoticeKind.STARTS, permit="p" * 26))
    async with await house.sign_in("petra") as petra:
        await petra.get("/told")
    carrier = Carrier(house.notices, Ways(), charter=parts.charter, ledger=parts.ledger, clock=house.clock)
    await carrier.step()
    (told,) = house.events("NoticeSent")
    assert (told["to"], told["channel"], told["confirmed"], told["permit"]) == (
        "petra",
        "console",
        True,
        "p" * 26,
    )


async def test_a_long_list_is_read_page_by_page_and_only_what_was_shown_was_seen(house: House) -> None:
    for number in range(60):
        house.notices.put(notice(key=f"asked:{number}", subject=f"Notice {number}."))
    async with await house.sign_in("petra") as petra:
        first = (await petra.get("/told")).text
        assert "Notice 59." in first
        assert "Notice 9." not in first
        assert house.notices.unread(PETRA) == 10
        older = first.partition("/told?before=")[2].partition('"')[0]
        assert "Notice 9." in (await petra.get(f"/told?before={older}")).text
        for nonsense in ("x", "-1", "９", "9" * 40):
            assert (await petra.get("/told", params={"before": nonsense})).status_code == 200


async def test_what_a_vendor_wrote_is_read_and_does_nothing(house: House) -> None:
    nasty = "<script>alert(1)</script>\x1b]52;c;eA==\x07\u202e{{7*7}}"
    house.notices.put(notice(subject=nasty, sentences=(nasty,)))
    async with await house.sign_in("petra") as petra:
        page = (await petra.get("/told")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)


async def test_choices_are_one_s_own_and_are_kept_as_evidence_without_the_address(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await petra.post("/told/choices", data=CHOSEN)).status_code == 303
        page = (await petra.get("/told/choices")).text
        assert 'value="petra@plant.example"' in page
        assert 'value="22:00"' in page
        assert "<option selected>Europe/Amsterdam" in page
    (made,) = house.events("NoticeChoiceMade")
    assert (made["person"], made["by"], made["mail"]) == ("petra", "petra", True)
    assert (made["quiet"], made["digest"]) == ("22:00-06:30 Europe/Amsterdam", ["asked", "state"])
    assert "plant.example" not in str(made)
    assert Deliveries(house.notices).choices(PersonId("olga")).mail == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail": "petra"},
        {"mail": "a@b, c@d"},
        {"quiet_from": ""},
        {"quiet_until": "26:00"},
        {"zone": "Mars"},
        {"digest": ["break-glass"]},
        {"digest": ["stopped"]},
        {"digest_at": "noon"},
    ],
)
async def test_what_can_not_be_chosen_changes_nothing(house: House, wrong: dict[str, object]) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await petra.post("/told/choices", data=CHOSEN | wrong)
        assert answer.status_code == 422
        assert "nothing was changed" in answer.text
    assert house.events("NoticeChoiceMade") == []


async def test_somebody_may_try_whether_notices_arrive(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert (await petra.post("/told/test")).status_code == 415  # a form, as every button sends
        assert (await petra.post("/told/test", data={"csrf": ""})).status_code == 303
    (told,) = house.notices.told(PETRA)
    assert told.notice.kind is NoticeKind.TEST


async def test_a_page_is_had_though_no_notice_can_be_read(house: House, tmp_path: Path) -> None:
    object.__setattr__(house.desk.parts, "notices", Outbox(tmp_path / "no" / "such" / "folder.db"))
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/queue")).status_code == 200
        assert (await petra.get("/told")).status_code == 503
        object.__setattr__(house.desk.parts, "notices", None)
        assert (await petra.get("/queue")).status_code == 200
        assert (await petra.get("/told")).status_code == 503

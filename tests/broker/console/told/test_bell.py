"""The alarm that nobody heard stands on every page of the plant's people, with another way to reach them."""

from broker.console.told.bell import Bell, bell
from broker.notices.carrier import UNHEARD_AFTER
from broker.notices.choices import Delivery
from broker.notices.deliveries import Deliveries
from domain.ids import PersonId
from domain.notice import NoticeKind
from tests.broker.console.house import House
from tests.domain.test_notice import notice

SVEN = PersonId("sven")


async def test_an_alarm_that_did_not_reach_who_leads_is_on_every_page_but_a_vendor_s(house: House) -> None:
    at = house.clock.now()
    house.notices.put(notice(to=SVEN, kind=NoticeKind.BREAK_GLASS, urgent=True, at=at))
    says = "nothing shows that it arrived"
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        assert says not in (await petra.get("/queue")).text
        house.clock.advance(UNHEARD_AFTER)
        page = (await petra.get("/queue")).text
        assert says in page
        assert "Sven Lindqvist" in page
        assert "radio channel 3" in page
        assert says not in (await ana.get("/permits")).text
        async with await house.sign_in("sven") as sven:
            await sven.get("/told")
        assert says not in (await petra.get("/queue")).text


async def test_a_console_without_notices_rings_no_bell(house: House) -> None:
    visitor = type("Visitor", (), {"person": type("Person", (), {"id": SVEN})})()
    assert bell(house.desk.parts, visitor) == Bell(0, ())
    object.__setattr__(house.desk.parts, "notices", None)
    assert bell(house.desk.parts, visitor) is None


async def test_a_permit_s_page_says_who_was_told_and_how_far_it_got(house: House) -> None:
    """B06: the holder sees the result of every delivery, beside the permit."""
    permit = await house.ask()
    deliveries, at = Deliveries(house.notices), house.clock.now()
    house.notices.put(
        notice(to=SVEN, kind=NoticeKind.STARTS, permit=permit.id, at=at, subject="It starts at nine")
    )
    (told,) = deliveries.unrouted()
    deliveries.route(told.number, [Delivery("mail", at), Delivery("webhook", at)])
    for one in deliveries.due(at):
        if one.channel == "mail":
            deliveries.failed(one, "timed_out", at)
        else:
            deliveries.taken(one, at)
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        page = (await petra.get(f"/permits/{permit.id}")).text
        assert "Who was told" in page
        for says in (
            "Sven Lindqvist",
            "It starts at nine",
            "mail failed (timed out)",
            "webhook took it",
            "not seen",
        ):
            assert says in page
        assert "Who was told" not in (await ana.get(f"/permits/{permit.id}")).text
        object.__setattr__(house.desk.parts, "notices", None)
        assert "Who was told" not in (await petra.get(f"/permits/{permit.id}")).text

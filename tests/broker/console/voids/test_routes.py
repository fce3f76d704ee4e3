from datetime import timedelta

from broker.console.voids.routes import AHEAD
from policies.charter.void import voids
from tests.broker.console.house import House
from tests.policies.plant import charter


async def test_the_report_names_every_void_of_today(house: House) -> None:
    found = voids(charter(), house.clock.now())
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/voids")).text
        for one in found:
            assert one.sentence in text.replace("&#39;", "'")
        assert "Petra Vos, or Deniz Aydin as deputy, until" in text
        assert ("Every right has a holder" in text) == (not found)


async def test_a_right_that_lapses_within_a_month_is_told_before_it_does(house: House) -> None:
    last = max(one.window.end for one in charter().holdings)
    house.clock.advance(last - house.clock.now() - AHEAD + timedelta(days=1))
    now = house.clock.now()
    today = {(one.right, one.conduit) for one in voids(charter(), now)}
    coming = [one for one in voids(charter(), now + AHEAD) if (one.right, one.conduit) not in today]
    assert coming
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/voids")).text.replace("&#39;", "'")
        assert f"{len(coming)} more within 30 days" in text
        assert all(one.sentence in text for one in coming)


async def test_a_holder_finds_the_report_among_the_pages_and_a_vendor_does_not(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        assert 'href="/voids"' in (await petra.get("/queue")).text
        assert (await petra.get("/voids")).status_code == 200
        assert 'href="/voids"' not in (await ana.get("/permits")).text
        assert (await ana.get("/voids")).status_code == 403

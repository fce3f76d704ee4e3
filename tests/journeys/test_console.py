"""What the whole node's journey leaves out: narrowing, refusing, codes, the kill switch, a lost console."""

import pytest

from domain.permit import PermitState
from tests.broker.console.house import SESSION
from tests.journeys.browsing import Site, needs_browser, screens

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def name_of(screen: dict[str, object], who: str) -> str:
    return f"{'phone' if screen['width'] == 360 else 'desk'}-{who}"


async def state_of(site: Site, permit: str) -> PermitState:
    filed = await site.house.approvals.filed(permit)  # type: ignore[arg-type]
    assert filed is not None
    return filed.state


@pytest.mark.parametrize("screen", screens("phone"))
async def test_a_holder_narrows_refuses_approves_by_code_and_revokes(site: Site, screen: dict) -> None:
    wide, other = await site.house.ask(), await site.house.ask()
    async with site.visit(name_of(screen, "petra"), **screen) as petra:
        await petra.sign_in("petra")
        await petra.go(f"/permits/{wide.id}")
        await petra.page.click("a:has-text('Narrow')")
        await petra.page.uncheck("#narrow [name=grant][value=sftp]")
        await petra.look("narrow")
        await petra.page.click("text=Make the narrower permit")
        await petra.page.wait_for_url(lambda url: wide.id not in url)
        narrower = petra.page.url.rpartition("/")[2]
        assert await state_of(site, wide.id) is PermitState.NARROWED
        assert not await petra.page.is_visible(".sheet >> text=File transfer")
        await petra.page.fill("#by-code [name=code]", site.house.code("petra"))
        await petra.look("by-code")
        await petra.page.click("#by-code button")
        await petra.page.wait_for_selector(".approvals")
        assert await state_of(site, narrower) is PermitState.APPROVED
        await petra.go(f"/permits/{other.id}")
        await petra.page.click("a:has-text('Refuse')")
        await petra.page.fill("#refuse [name=reason]", "The pump runs until Friday")
        await petra.page.click("#refuse button")
        await petra.page.wait_for_selector("text=The pump runs until Friday")
        await petra.look("refused")
        await petra.go(f"/permits/{narrower}")
        await petra.page.click("#revoke summary")
        await petra.page.fill("#revoke [name=reason]", "The shift needs the station")
        await petra.page.click("#revoke button")
        await petra.page.wait_for_selector(".state-revoked")
        assert narrower in site.house.watch.interlocks.revoked
        await petra.go("/permits")
        await petra.look("permits")


@pytest.mark.parametrize("screen", screens("desk"))
async def test_the_shift_sees_stops_cuts_off_and_restores(site: Site, screen: dict) -> None:
    permit = await site.house.ask()
    async with site.visit(name_of(screen, "milo"), **screen) as milo:
        await milo.sign_in("milo")
        await milo.go("/sessions")
        await milo.look("nobody-live")
        site.house.go_live(permit)
        await milo.page.wait_for_selector("ul.live >> text=Engineering station 1")
        await milo.look("live")
        site.house.watch.gone = True
        await milo.page.wait_for_selector("text=The watchdog does not answer: what is live is not known")
        await milo.look("watchdog-gone")
        site.house.watch.gone = False
        await milo.page.click("ul.live summary:has-text('Stop')")
        await milo.page.click("ul.live button:has-text('End it now')")
        await milo.page.wait_for_selector("text=Nobody is connected")
        assert not site.house.watch.sessions
        site.house.go_live(permit)
        await milo.go("/plant")
        await milo.page.click("li:has-text('Pumping station') summary")  # the first tap
        await milo.page.fill("li:has-text('Pumping station') [name=reason]", "Pump 3 is out for its bearings")
        await milo.look("state-change")
        await milo.page.click("li:has-text('Pumping station') button:has-text('Maintenance')")  # the second
        await milo.page.wait_for_selector("li:has-text('Pumping station') .state:has-text('Maintenance')")
        await milo.page.wait_for_selector("text=Pump 3 is out for its bearings")
        await milo.look("plant")
        await milo.page.click("button[name=scope][value='zone:operations']")
        await milo.page.wait_for_selector("text=1 live session ends at once")
        await milo.page.fill("[name=reason]", "Smoke in the switch room")
        await milo.look("confirm")
        await milo.page.click("text=Cut off now")
        await milo.page.wait_for_selector("text=Closed: Zone Operations")
        assert "zone:operations" in site.house.watch.interlocks.isolated
        await milo.look("closed")
        await milo.go("/plant")
        await milo.look("plant-closed")
        await milo.page.fill(".isolated [name=reason]", "It was toast")
        await milo.page.click("text=Restore Zone Operations")
        await milo.page.wait_for_selector("text=Nothing is closed")


async def test_a_live_page_says_when_it_has_lost_its_console(site: Site) -> None:
    site.house.go_live(await site.house.ask())
    async with site.visit("phone-lost", width=360, height=740, scheme="dark") as milo:
        await milo.sign_in("milo")
        await milo.go(f"/sessions/{SESSION}/attend")
        await milo.page.wait_for_selector(".beat >> text=Live")
        milo.expected = ("Failed to load resource", "net::", "Failed to fetch")
        await milo.context.set_offline(True)
        await milo.page.wait_for_selector("text=Connection lost. What you see is")
        await milo.look("connection-lost")
        await milo.context.set_offline(False)
        await milo.page.wait_for_selector(".beat:not(.lost) >> text=Live")

"""Whole days at the console, in a real browser, on a telephone and at a desk."""

import pytest

from domain.permit import PermitState
from tests.journeys.browsing import Site, Visit, needs_browser

pytestmark = [needs_browser, pytest.mark.timeout(300)]

SCREENS = [
    pytest.param({"width": 360, "height": 740, "scheme": "light"}, id="phone"),
    pytest.param({"width": 1280, "height": 800, "scheme": "dark"}, id="desk"),
]


def name_of(screen: dict[str, object], who: str) -> str:
    return f"{'phone' if screen['width'] == 360 else 'desk'}-{who}"


async def state_of(site: Site, permit: str) -> PermitState:
    filed = await site.house.approvals.filed(permit)  # type: ignore[arg-type]
    assert filed is not None
    return filed.state


async def ask(ana: Visit, purpose: str) -> str:
    """Ana fills in the form; the id of what she asked for."""
    await ana.go("/request")
    await ana.page.select_option("[name=way]", "eng-ws-1/dmz-operations")
    await ana.page.check("[name=grant][value=shell]")
    await ana.page.check("[name=grant][value=sftp]")
    await ana.page.fill("[name=purpose]", purpose)
    await ana.page.fill("[name=work_order]", "WO-4711")
    await ana.page.click("text=Check against the charter")
    await ana.page.wait_for_selector("#verdict .notice.good")
    await ana.look("ask")
    await ana.page.click("form.ask button:has-text('Ask')")
    await ana.page.wait_for_selector(".sheet")
    return ana.page.url.rpartition("/")[2]


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_request_is_approved_with_a_passkey_that_the_plant_enrolled(site: Site, screen: dict) -> None:
    async with site.visit(name_of(screen, "ana"), **screen) as ana:
        await ana.go("/sign-in")
        await ana.look("sign-in")
        await ana.sign_in("ana")
        await ana.look("no-permit-yet")
        permit = await ask(ana, "Replace the drive profile on pump 7")
        assert "waiting for P. Vos" in await ana.page.inner_text(".standing")
        assert "ssh -p 2222 ana+eng-ws-1@gate.riverside.example" in await ana.page.inner_text(".commands")
        await ana.look("waiting")
        ana.expected = ("403",)
        await ana.go("/queue")
        await ana.look("not-yours")
        async with site.visit(name_of(screen, "petra"), **screen) as petra:
            await petra.sign_in("petra")
            await petra.add_security_key()
            await petra.go("/passkeys")
            await petra.page.click("text=Register a passkey")
            await petra.page.wait_for_selector("output.fingerprint")
            await petra.look("passkey-pending")
            await petra.enrol_pending("petra")
            await petra.go("/passkeys")
            await petra.look("passkey-enrolled")
            if await petra.page.is_visible("details.me:not([open])"):
                await petra.page.click(".me > summary")
            await petra.page.click("text=Sign out")
            await petra.page.click("text=Sign in with a passkey")
            await petra.page.wait_for_selector("nav.tabs")
            await petra.go("/queue")
            await petra.look("queue")
            await petra.page.click("li.permit a")
            await petra.page.wait_for_selector(".decide")
            await petra.look("sheet")
            for said in ("Ana Ferreira", "Brightwater Drives", "Operations", "Running", "A wrong download"):
                assert await petra.page.is_visible(f".sheet >> text={said}")
            await petra.page.click("button:has-text('Approve')")
            await petra.page.wait_for_selector(".approvals")
            await petra.look("approved")
        assert await state_of(site, permit) is PermitState.APPROVED
        await ana.go(f"/permits/{permit}")
        assert "approved; open" in await ana.page.inner_text(".standing")
        await ana.look("approved")
        await ana.go("/permits")
        await ana.look("my-permits")


@pytest.mark.parametrize("screen", SCREENS)
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
        await petra.page.click("a:has-text('Approve')")
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


@pytest.mark.parametrize("screen", SCREENS)
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
        await milo.page.click("ul.live button:has-text('Stop')")
        await milo.page.wait_for_selector("text=Nobody is connected")
        assert not site.house.watch.sessions
        site.house.go_live(permit)
        await milo.go("/plant")
        await milo.page.select_option("li:has-text('Pumping station') select", "maintenance")
        await milo.page.click("li:has-text('Pumping station') button")
        await milo.page.wait_for_selector("li:has-text('Pumping station') .state:has-text('Maintenance')")
        await milo.look("plant")
        await milo.page.select_option("[name=scope]", "zone:operations")
        await milo.page.click("text=Cut off…")
        await milo.page.wait_for_selector("text=1 live session ends at once")
        await milo.page.fill("[name=reason]", "Smoke in the switch room")
        await milo.page.fill("[name=word]", "stop")
        await milo.look("confirm")
        await milo.page.click("text=Cut off now")
        await milo.page.wait_for_selector("text=Closed: Zone Operations")
        assert "zone:operations" in site.house.watch.interlocks.isolated
        await milo.look("closed")
        await milo.go("/plant")
        await milo.look("plant-closed")
        await milo.page.fill(".isolated [name=reason]", "It was toast")
        await milo.page.click("text=Restore zone:operations")
        await milo.page.wait_for_selector("text=Nothing is closed")


async def test_a_live_page_says_when_it_has_lost_its_console(site: Site) -> None:
    async with site.visit("phone-lost", width=360, height=740, scheme="dark") as milo:
        await milo.sign_in("milo")
        await milo.go("/sessions")
        await milo.page.wait_for_selector(".beat >> text=Live")
        milo.expected = ("Failed to load resource", "net::", "Failed to fetch")
        await milo.context.set_offline(True)
        await milo.page.wait_for_selector("text=Connection lost. What you see is")
        await milo.look("connection-lost")
        await milo.context.set_offline(False)
        await milo.page.wait_for_selector(".beat:not(.lost) >> text=Live")


@pytest.mark.parametrize("screen", SCREENS)
async def test_the_auditor_finds_replays_verifies_and_takes_away(site: Site, screen: dict) -> None:
    session = await site.house.record(await site.house.ask())
    async with site.visit(name_of(screen, "iris"), **screen) as iris:
        await iris.sign_in("iris")
        await iris.page.wait_for_selector("h1:has-text('Evidence')")
        await iris.look("evidence")
        await iris.page.click(f"a:has-text('{session}')")
        await iris.page.wait_for_selector("text=From request to recording")
        await iris.look("session")
        await iris.page.click("button:has-text('Verify')")
        await iris.page.wait_for_selector(".verification .verdict")
        await iris.look("verified")
        async with iris.page.expect_download() as download:
            await iris.page.click("text=Case file")
        assert (await download.value).suggested_filename == f"penstock-case-{session}.zip"
        await iris.page.click("text=Replay shell")
        await iris.page.wait_for_selector(".ap-player")
        await iris.page.click(".ap-overlay-start, .ap-playback-button")
        await iris.page.wait_for_selector(".ap-term >> text=Linux eng-ws-1")
        assert not await iris.page.is_visible("#player-problem")
        await iris.look("replay")

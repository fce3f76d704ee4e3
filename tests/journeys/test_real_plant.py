"""What people of a whole node go through: a visit by two rights, a glass that is broken, a holder who is absent."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from broker.layout import Layout
from recorder.ledger.reader import LogReader
from tests.journeys.browsing import needs_browser
from tests.journeys.plant import Person, chartered, known, signed_in, wish, with_passkey
from tests.tour.plant import Plant, demonstration

pytestmark = [needs_browser, pytest.mark.timeout(300)]

SHOWN = "pump 7 has 42 starts"
ABSENT = "A decision waits for you, because nobody has made it"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    """One for all of them: in a few minutes what ripens in one journey is ripe for the next."""
    async with demonstration(tmp_path_factory.mktemp("plant")) as running:
        await chartered(running)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unanswered(plant: Plant) -> str:
    """A wish of Ben's that the holder never looks at, asked for before anything else happens."""
    return await wish(plant, "ben", "historian", "shell")


async def test_a_vendor_visit_from_the_request_to_the_case_file(
    plant: Plant, browser: Browser, unanswered: str
) -> None:
    """Two rights agree, each by a security key of its own; then she works, is watched, paused, and stopped."""
    permit = await _ask(browser, plant)
    await _approve(browser, plant, permit)
    session = await _work_until_stopped(browser, plant)
    await _examine(browser, plant, session)
    assert unanswered != permit


async def test_what_is_opened_past_the_holder_bars_the_next_until_it_was_reviewed(
    plant: Plant, browser: Browser
) -> None:
    """H13: by two on their own screens; the gate lets the work through; blocked, reviewed, and free again."""
    first, second = [await wish(plant, "ana", "eng-ws-1", "exec") for _ in range(2)]
    async with known(browser, plant, "sven", "phone") as sven, known(browser, plant, "milo", "desk") as milo:
        await _break_glass(sven, first)
        await sven.page.wait_for_selector(".approvals >> text=by one-time code")
        await _break_glass(milo, first)
        await milo.page.wait_for_selector(".state-approved")
        await milo.look("glass-broken")
        done = await (await plant.client("ana")).ssh(f"permit-{first}", "echo through")
        assert (done.status, done.out) == (0, b"through\n"), done
        await sven.go(f"/permits/{second}")
        await sven.page.wait_for_selector("text=It waits for a review")
        assert not await sven.page.is_visible("#break-glass"), "and until then there is no other"
        await sven.look("glass-barred")
        async with known(browser, plant, "petra", "phone") as petra:
            await petra.go("/plant")
            await petra.page.wait_for_selector("#break-glass >> text=waits for a review")
            await petra.page.fill("#break-glass [name=finding]", "It was needed: I was in the air")
            await petra.page.fill("#break-glass [name=code]", await plant.code("petra"))
            await petra.look("review")
            await petra.page.click("button:has-text('File the review')")
            await petra.page.wait_for_selector("#break-glass >> text=Reviewed by Petra Vos")
            await petra.look("reviewed")
        for one in (sven, milo):
            await _break_glass(one, second)
        await milo.page.wait_for_selector(".state-approved")


async def _break_glass(one: Person, permit: str) -> None:
    await one.go(f"/permits/{permit}")
    await one.page.click("#break-glass summary")
    await one.page.fill("#break-glass [name=reason]", "Pump 3 fails, and nobody answers")
    await one.page.fill("#break-glass [name=code]", await one.plant.code(one.id))
    await one.page.click("#break-glass button.danger:text-is('Break the glass')")


async def test_a_deputy_decides_what_the_holder_never_looked_at(
    plant: Plant, browser: Browser, unanswered: str
) -> None:
    """J09: called after the holder's time, by the plant's own clock; what was asked for is open then."""
    async with known(browser, plant, "deniz", "phone") as deniz, known(browser, plant, "ben", "phone") as ben:
        async with asyncio.timeout(100):
            while not any(
                ABSENT in one["subject"] for one in (await plant.api("deniz", "GET", "/notices"))["notices"]
            ):
                # Not by the page: a browser and a node would do nothing else, for most of a minute.
                await asyncio.sleep(1)
        await deniz.go("/told")
        await deniz.page.wait_for_selector(f"text={ABSENT}")
        await deniz.look("called")
        await ben.go(f"/permits/{unanswered}")
        await ben.look("escalated")
        await with_passkey(deniz)
        await deniz.go("/told")
        await deniz.page.click(f"a:has-text('{ABSENT}')")
        await deniz.page.wait_for_selector(".ladder li.reached:has-text('D. Aydin')")
        await deniz.look("sheet")
        await deniz.page.click("button:has-text('Approve')")
        await deniz.page.wait_for_selector(".state-approved")
        assert await deniz.page.is_visible(".approvals >> text=D. Aydin")
        await deniz.look("approved")
        await ben.page.reload()
        await ben.page.wait_for_selector(".state-approved")
    done = await (await plant.client("ben")).ssh(
        f"permit-{unanswered}", "-tt", given=b"echo $((40 + 2)); exit\n"
    )
    assert (done.status, b"42" in done.out) == (0, True), done


async def _ask(browser: Browser, plant: Plant) -> str:
    async with signed_in(browser, plant, "ana", "phone") as ana:
        await ana.look("no-permit-yet")
        await ana.go("/request")
        await ana.look("where")
        await ana.page.click("a:has-text('Engineering station 1')")
        await ana.page.fill("[name=purpose]", "Replace the drive profile on pump 7")
        await ana.page.click("details.more > summary")
        await ana.page.check("[name=grant][value=shell]")
        await ana.page.check("[name=grant][value=sftp]")
        await ana.page.fill("[name=work_order]", "WO-4711")
        await ana.look("what")
        await ana.page.click("text=Check first")
        await ana.page.wait_for_selector("#verdict.notice.good")
        await ana.look("ask")
        await ana.page.click("form.ask button:has-text('Ask')")
        await ana.page.wait_for_selector(".sheet")
        assert "waiting for P. Vos" in await ana.page.inner_text(".standing")
        assert f"ssh -p {plant.told['ssh']['port']} ana+eng-ws-1@" in await ana.page.inner_text(".commands")
        await ana.look("waiting")
        return ana.page.url.rpartition("/")[2]


async def _approve(browser: Browser, plant: Plant, permit: str) -> None:
    """Petra by `connect`, on her phone; then Olga by `data_out`, at her desk. Half of it opens nothing."""
    async with signed_in(browser, plant, "petra", "phone") as petra:
        await with_passkey(petra)
        await petra.go("/passkeys")
        await petra.look("passkey-enrolled")
        await petra.page.click(".me > summary")
        await petra.page.click("text=Sign out")
        await petra.page.click("text=Sign in with a passkey")
        await petra.page.wait_for_selector("nav.tabs")
        await petra.go("/queue")
        await petra.look("queue")
        await petra.page.click(f"li.permit a[href$='{permit}']")
        await petra.page.wait_for_selector(".decide")
        for said in ("Ana Ferreira", "Brightwater Drives", "Replace the drive profile on pump 7"):
            assert await petra.page.is_visible(f".sheet >> text={said}")
        await petra.look("sheet")
        assert not await petra.page.is_visible("#typed")  # SL-T 2: no name to type
        await petra.page.click("button[data-passkey=approve][data-right=connect]")
        await petra.page.wait_for_selector(".approvals >> text=by passkey")
        assert await petra.page.is_visible(".state-requested"), "one of two"
        await petra.look("half-approved")
    async with known(browser, plant, "olga", "desk") as olga:
        await with_passkey(olga, by="petra")
        await olga.go("/queue")
        await olga.page.click(f"li.permit a[href$='{permit}']")
        await olga.page.click("button[data-passkey=approve][data-right=data_out]")
        await olga.page.wait_for_selector(".state-approved")
        assert await olga.page.locator(".approvals li:has-text('by passkey')").count() == 2
        await olga.look("approved")


async def _work_until_stopped(browser: Browser, plant: Plant) -> str:
    """Ana types in a stock ssh client until milo, who watches and paused her, stops her; the session's id."""
    client = await plant.client("ana")
    ssh = await asyncio.create_subprocess_exec(
        *client.command("ana+eng-ws-1", "-tt"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=client.environment(),
        start_new_session=True,
    )
    assert ssh.stdin is not None
    assert ssh.stdout is not None
    seen = bytearray()
    try:
        ssh.stdin.write(b"clear; echo pump 7 has $((40 + 2)) starts\n")
        async with asyncio.timeout(40):
            while SHOWN.encode() not in seen:
                seen += await ssh.stdout.read(4096)
                assert not ssh.stdout.at_eof(), seen
        async with known(browser, plant, "milo", "phone") as milo:
            await milo.go("/sessions")
            live = milo.page.locator("ul.live > li", has_text="Ana Ferreira")
            await live.wait_for()
            await milo.look("live")
            session = str(await live.locator("form[action$='/stop']").get_attribute("action")).split("/")[2]
            await live.locator("a:has-text('Watch')").click()
            await milo.page.wait_for_selector(f".ap-term >> text={SHOWN}")
            await milo.page.click("button:has-text('Pause')")
            await milo.page.wait_for_selector("#attended >> text=Paused by Milo Jansen")
            ssh.stdin.write(b"echo pump 7 has $((40 + 3)) starts\n")
            await milo.look("paused")
            await milo.page.click("button:has-text('Resume')")
            async with asyncio.timeout(20):
                while b"has 43 starts" not in seen:
                    seen += await ssh.stdout.read(4096)
                    assert not ssh.stdout.at_eof(), seen
            await milo.page.wait_for_selector(".ap-term >> text=has 43 starts")
            await milo.page.click("button:has-text('Stop')")
            await milo.page.wait_for_selector("text=Nobody is connected")
            await milo.look("nobody-live")
        async with asyncio.timeout(10):
            _out, told = await ssh.communicate()
        assert ssh.returncode not in {0, 255}
        assert b"The plant ended this session" in told
    finally:
        with suppress(ProcessLookupError):
            ssh.kill()
        await ssh.wait()
    return session


async def _examine(browser: Browser, plant: Plant, session: str) -> None:
    async with known(browser, plant, "iris", "desk") as iris:
        ledger = LogReader(Layout(plant.folder).ledger)
        async with asyncio.timeout(20):
            while not any(one.event["event"] == "SessionEnded" for one in ledger.events()):
                await asyncio.sleep(0.2)
        await iris.go("/evidence")
        await iris.look("evidence")
        await iris.page.click(f"a[href='/evidence/sessions/{session}'] >> nth=0")
        await iris.page.wait_for_selector("text=From request to recording")
        await iris.look("session")
        await iris.page.click("text=Replay shell")
        await iris.page.wait_for_selector(".ap-player")
        await iris.page.click(".ap-overlay-start, .ap-playback-button")
        await iris.page.wait_for_selector(f".ap-term >> text={SHOWN}")
        await iris.look("replay")
        await iris.page.go_back()
        await iris.page.click("button:has-text('Verify')")
        await iris.page.wait_for_selector(".verification .verdict:has-text('PASS')")
        passed = await iris.page.locator(".verification ol > li .tag.good:text-is('PASS')").count()
        assert passed == await iris.page.locator(".verification ol > li").count()
        await iris.look("verified")
        await iris.page.click("summary:has-text('Take the case file away')")
        await iris.page.fill("[name=purpose]", "Handed to the insurer")
        async with iris.page.expect_download() as download:
            await iris.page.click("button:has-text('Case file')")
        case = plant.scratch / "case.zip"
        assert (await download.value).suggested_filename == f"penstock-case-{session}.zip"
        await (await download.value).save_as(case)
    report = await _verified_elsewhere(case, plant.folder / "keys" / "ledger.vkey")
    assert report["verdict"] == "PASS"
    assert [step["verdict"] for step in report["steps"]] == ["PASS"] * passed


async def _verified_elsewhere(case: Path, key: Path) -> dict:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recorder", "verify", str(case), "--key", str(key), "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)

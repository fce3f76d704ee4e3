"""A vendor without an SSH client works from a real browser: the console, the gate and a real sshd, on a whole node."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.async_api import Browser, Page

from approvals.trust import Passkey
from broker.charter.trust_files import enrol_passkey
from broker.cli.enrolling import enrolled
from broker.clock import SystemClock
from broker.console.guard import COOKIE
from broker.database.engine import open_engine
from broker.ledger import append_now
from broker.people.sessions import ConsoleSessions
from broker.settings import read_settings
from domain.ids import PersonId
from tests.approvals.authenticator import Authenticator
from tests.journeys.browsing import SIZES, add_security_key, launched, look_around, needs_browser
from tests.node import Node

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

PATIENCE_MS = 30_000


@dataclass
class Vendor:
    """Somebody at their browser, signed in, their passkey in it."""

    plant: Node
    id: str
    cookie: str
    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    async def go(self, path: str) -> None:
        await self.page.goto(self.plant.url + path)

    async def open(self, permit: str) -> None:
        """From the permit's page, as they would."""
        await self.go(f"/permits/{permit}")
        await self.page.click("a:has-text('Open a terminal here')")
        await self.let_in()

    async def let_in(self) -> None:
        await self.page.click("button:has-text('with my passkey')")
        await self.shows("$", "#")

    async def shows(self, *texts: str) -> None:
        """Return once the terminal shows one of them."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                screen = await self.screen()
                if any(text in screen for text in texts):
                    return
                await asyncio.sleep(0.05)

    async def screen(self) -> str:
        return (await self.page.inner_text(".xterm-rows")).replace("\xa0", " ")

    async def type(self, line: str) -> None:
        await self.page.keyboard.type(line)
        await self.page.keyboard.press("Enter")


@asynccontextmanager
async def vendor(plant: Node, browser: Browser, size: str = "desk") -> AsyncIterator[Vendor]:
    person = plant.fresh()
    device = Authenticator(plant.url)
    at = SystemClock().now().replace(microsecond=0)
    passkey = Passkey(device.credential_id, device.public_key(), "key", at, "olga", backup_eligible=False)
    trust = enrol_passkey(plant.layout, PersonId(person), passkey)
    append_now(plant.layout.signer_socket, enrolled(PersonId(person), passkey.fingerprint(), trust, at, None))
    engine = open_engine(read_settings(plant.layout).database_url(plant.layout))
    try:
        cookie, _ = await ConsoleSessions(engine, SystemClock()).open(
            PersonId(person), "127.0.0.1", ("passkey",)
        )
    finally:
        await engine.dispose()
    viewport, (scheme, _) = SIZES[size]
    context = await browser.new_context(ignore_https_errors=True, viewport=viewport, color_scheme=scheme)
    await context.add_cookies([{"name": COOKIE, "value": cookie, "url": plant.url, "secure": True}])
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    key = await add_security_key(context, page)
    private = device.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    given = {
        "credentialId": b64encode(device.credential_id).decode(),
        "isResidentCredential": False,
        "rpId": "localhost",
        "privateKey": b64encode(private).decode(),
        "signCount": 0,
    }
    await key.take(given)
    one = Vendor(plant, person, cookie, page)

    def heard(kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(part in text for part in one.expected):
            one.complaints.append(text)

    page.on("console", lambda said: heard(said.type, said.text))
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    page.on("dialog", lambda dialog: one.complaints.append(f"dialog: {dialog.message}"))
    page.on("request", lambda asked: asked.url.startswith(plant.url) or one.outside.append(asked.url))
    try:
        yield one
    except BaseException:
        await page.screenshot(path="/tmp/terminal-broken.png", full_page=True)
        raise
    finally:
        await context.close()
    assert one.complaints == []
    assert [url for url in one.outside if not url.startswith(("data:", "blob:"))] == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as running:
        yield running


async def test_a_vendor_works_in_the_browser_until_the_permit_is_revoked(
    plant: Node, browser: Browser
) -> None:
    async with vendor(plant, browser) as ana:
        permit = await plant.permitted(ana.id, method="browser")
        await ana.go(f"/permits/{permit}")
        await look_around(ana.page, "terminal", "permit")
        await ana.page.click("a:has-text('Open a terminal here')")
        await look_around(ana.page, "terminal", "opening")
        await ana.let_in()
        await ana.type("echo wor''king")
        await ana.shows("working")
        before = (await ana.screen()).count("\n")
        assert before
        await ana.type("echo chan''ging; sed -u s/i/ou/")
        # A line typed while the shell still reads would not end for the next program.
        await ana.shows("changing")
        await ana.type("find")
        await ana.shows("found")
        await ana.page.keyboard.press("Control+c")
        await ana.shows("^C")
        await ana.page.set_viewport_size({"width": 360, "height": 740})
        await ana.type("clear; until stty size | grep -v ' 1..'; do sleep 0.1; done; echo narr''ow")
        await ana.shows("narrow")
        await look_around(ana.page, "terminal", "at-work")
        revoke = await (await plant.holder()).post(f"/permits/{permit}/revoke", data={"reason": "wrong pump"})
        assert revoke.is_success or revoke.is_redirect, revoke.text
        await ana.page.wait_for_selector("[data-ended]:visible >> text=penstock: ")
        await look_around(ana.page, "terminal", "ended")
        said = await ana.page.inner_text("[data-ended]")
        assert "revoked" in said, said
    ended = await plant.event("SessionEnded", permit=permit)
    assert (ended["cause"], ended["verified"]) == ("revoked", True)
    opened = await plant.event("SessionOpened", permit=permit)
    assert opened["source"] == "127.0.0.1"
    issued = await plant.event("CertificateIssued", permit=permit)
    assert (issued["door"], issued["factor"], issued["source"]) == ("browser", "passkey", "127.0.0.1")
    signed = await plant.event("SignedIn", person=ana.id, door="ssh")
    assert signed["factors"][0] == "certificate", signed
    report = (await plant.here("evidence", "verify", opened["session"]))["report"]
    assert report["verdict"] == "PASS", report
    replayed = await plant.command("evidence", "replay", opened["session"], "--dir", str(plant.layout.folder))
    assert "working" in replayed.stdout, replayed.output

"""A terminal's page in a real browser, before the real gate and a real sshd. A whole node has ``tests/peers/node``."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.certificate_statement import CertificateStatement
from broker.doorway import Doorway
from domain.access import ConnectionMethod
from domain.ids import PermitId, PersonId
from domain.proof import PasskeyProof
from tests.approvals.authenticator import Authenticator
from tests.clock import FrozenClock
from tests.journeys.browsing import Visit, add_security_key, launched, needs_browser, open_site
from tests.journeys.test_hostile import PAYLOADS
from tests.peers.gate import PeerGate
from tests.sshd import Sshd

pytestmark = [needs_browser, pytest.mark.timeout(120)]


@dataclass
class Beside:
    """The gate, as its own socket puts it before the console."""

    gate: PeerGate

    async def doorway(self) -> Doorway:
        _, *key = self.gate.known_hosts.read_text().split()
        return Doorway(self.gate.host, self.gate.port, " ".join(key[:2]))

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        issuing = self.gate.door._house.parts.certificates
        assert issuing is not None
        return await issuing.draw_certificate(person, permit, public_key, browser)

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        issuing = self.gate.door._house.parts.certificates
        assert issuing is not None
        return await issuing.certify(person, drawn, proof)


@dataclass
class AtWork:
    """Ana before her terminal's page, her passkey in her browser."""

    visit: Visit
    permit: PermitId

    async def open(self) -> None:
        await self.visit.page.click("button:has-text('with my passkey')")
        await self.shows("#", "$")

    async def shows(self, *texts: str) -> None:
        async with asyncio.timeout(30):
            while True:
                screen = (await self.visit.page.inner_text(".xterm-rows")).replace("\xa0", " ")
                if any(text in screen for text in texts):
                    return
                await asyncio.sleep(0.05)

    async def type(self, line: str) -> None:
        await self.visit.page.keyboard.type(line)
        await self.visit.page.keyboard.press("Enter")

    async def ended(self, text: str) -> None:
        await self.visit.page.wait_for_selector(f"[data-ended]:visible >> text={text}")


@pytest.fixture
async def ana(tmp_path: Path, clock: FrozenClock, gate: PeerGate, asset: Sshd) -> AsyncIterator[AtWork]:
    who = PersonId("ana")
    gate.person("ana")
    name = gate.permit("ana", "eng-ws-1", method=ConnectionMethod.BROWSER)
    (tmp_path / "console").mkdir()
    async with (
        launched() as browser,
        open_site(tmp_path / "console", clock, browser) as site,
        site.visit("terminal", width=1280, height=800, scheme="dark") as visit,
    ):
        house = site.house
        house.desk.parts = replace(house.desk.parts, gate=Beside(gate))
        await house.approvals.request(gate.plant.filed[name].permit, "web")
        device = house.enrol("ana", Authenticator(site.origin))
        gate.trust = replace(gate.trust, origins=(site.origin,))
        for passkey in house.trust.passkeys[who]:
            gate.trust = gate.trust.with_passkey(who, passkey)
        private = device.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        key = await add_security_key(visit.context, visit.page)
        await key.take(
            {
                "credentialId": b64encode(device.credential_id).decode(),
                "isResidentCredential": False,
                "rpId": "localhost",
                "privateKey": b64encode(private).decode(),
                "signCount": 0,
            }
        )
        cookie, _ = await house.desk.browsers.open(who, "127.0.0.1", ("passkey",))
        await visit.context.add_cookies(
            [{"name": "__Host-penstock", "value": cookie, "url": site.origin, "secure": True}]
        )
        await visit.go(f"/permits/{name}/terminal")
        yield AtWork(visit, name)
        house.desk.streams.closing.set()


def hostile() -> list[bytes]:
    """What a hostile asset writes: five hundred ways to reach out of a terminal, and more."""
    ways = [
        *(
            f"\x1b]{number};%s{end}"
            for number in (0, 1, 2, 7, 9, 133, 633, 777)
            for end in ("\x07", "\x1b\\")
        ),
        *(f"\x1b]8;;%s{end}here\x1b]8;;{end}" for end in ("\x07", "\x1b\\")),
        "\x1b]8;id=x;javascript:alert(1)\x07%s\x1b]8;;\x07",
        *(f"\x1b]52;{where};aGVsbG8=\x07%s" for where in ("c", "p", "s", "")),
        "\x1b]1337;File=name=eA==;inline=1:%s\x07",
        "\x1b]50;%s\x07",
        "\x1b]10;%s\x07\x1b]11;%s\x07",
        "\x1bP%s\x1b\\",
        "\x1bPq#0;2;0;0;0%s\x1b\\",
        "\x1b_%s\x1b\\",
        "\x1b^%s\x1b\\",
        "\x1bX%s\x1b\\",
        "\x1b[8;3;3t\x1b[3;0;0t\x1b[2t%s",
        "\x1b[22;0t%s\x1b[23;0t",
        "\x9d0;%s\x9c",
        "\x1b]0;%s\x18",
        "https://evil.example/%s",
        "%s",
    ]
    return [(way.replace("%s", text) + "\r\n").encode() for way in ways for text in PAYLOADS]


async def test_abuse_30_what_an_asset_sends_is_drawn_and_can_do_nothing_else(
    ana: AtWork, tmp_path: Path
) -> None:
    """No dialog, no request that leaves, no link, no title, no clipboard, no window: whatever it writes."""
    corpus, page = hostile(), ana.visit.page
    assert len(corpus) >= 500
    (tmp_path / "hostile").write_bytes(b"".join(corpus))
    outside: list[str] = []
    page.on("request", lambda one: one.url.startswith(ana.visit.origin) or outside.append(one.url))
    await ana.visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ana.open()
    await page.evaluate("navigator.clipboard.writeText('mine')")
    title, address = await page.title(), page.url
    await ana.type(f"cat {tmp_path / 'hostile'}; stty size | sed 's/^/size: /'; echo wri''tten")
    await ana.shows("written")
    await ana.shows("size: ")
    assert "size: 3 3" not in await page.inner_text(".xterm-rows")
    assert (await page.title(), page.url) == (title, address)
    acts = ".xterm a, .xterm iframe, .xterm img, .xterm script, .xterm form"
    assert await page.locator(acts).count() == 0
    assert await page.evaluate("navigator.clipboard.readText()") == "mine"
    # What somebody pastes can't end the bracket that the shell opened, nor press keys in their name.
    await page.keyboard.press("Control+c")
    await page.evaluate("navigator.clipboard.writeText('echo pas\\x1b[201~\\x03ted')")
    await page.click("[data-paste]")
    await ana.shows("echo pas[201~ted")
    await page.click("[data-end]")
    await ana.ended("Ended")
    assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []


async def test_a_page_that_lost_its_console_says_so_and_opens_anew(ana: AtWork, gate: PeerGate) -> None:
    page = ana.visit.page
    await ana.open()
    ana.visit.house.desk.streams.closing.set()
    await ana.ended("This console was stopped")
    assert (await gate.seen("SessionEnded"))[0].verified
    ana.visit.house.desk.streams.closing.clear()
    await page.click("[data-again]")
    await page.set_viewport_size({"width": 360, "height": 740})
    await ana.open()
    await page.click("[data-reader]")
    await page.wait_for_selector(".xterm-accessibility-tree")
    await ana.type("cat -v")
    for key in ("Escape", "ArrowUp"):
        await page.click(f"[data-key={key}]")
    await ana.shows("^[^[[A")
    await page.click("[data-control]")
    await page.keyboard.press("c")
    await ana.shows("^C")
    await page.click("[data-end]")
    await ana.ended("Ended")
    opened = await gate.seen("SessionOpened", 2)
    assert {one.source for one in opened} == {"127.0.0.1"}

"""A real browser before a real console: Debian's Chromium, TLS, a security key over CDP, axe-core."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, async_playwright

from broker.console.panels.origins import Origins
from broker.console.parts import ConsoleSettings
from broker.console.serving import websocket_options
from tests.authority import authority
from tests.broker.console.house import PASSWORD, House, house_at
from tests.clock import FrozenClock
from tests.stride import DEEP

Scheme = Literal["light", "dark"]

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
WITHOUT_WINDOW = Path("/usr/bin/chromium-headless-shell")
BROWSER = WITHOUT_WINDOW if WITHOUT_WINDOW.exists() else CHROMIUM
"""The same Chromium without a window to draw, where it is installed: half the work, most of all in its start."""
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VENDOR = ROOT / "broker" / "console" / "static" / "vendor" / "htmx.min.js"
PICTURES = ROOT / ".artefacts" / "journeys"
FLAGS = [
    "--no-sandbox",  # the tests may run as root, which Chromium's sandbox refuses
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--ignore-certificate-errors",  # a context's own leave is not enough for the script of a worker
]

needs_browser = pytest.mark.skipif(
    not (BROWSER.exists() and AXE.exists() and VENDOR.exists()),
    reason="needs /usr/bin/chromium-headless-shell or /usr/bin/chromium, `npm ci` and `python -m broker.console.vendor`",
)


@dataclass
class Visit:
    """One person's browser. Every page it shows is photographed and examined."""

    house: House
    origin: str
    context: BrowserContext
    page: Page
    name: str
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of console messages that the journey provokes on purpose."""

    async def go(self, path: str) -> None:
        await self.page.goto(self.origin + path)

    async def leave(self) -> None:
        """Off to where nothing asks on. Not to another origin: Chromium would compile everything anew, in a new process."""
        await self.go("/static/mark.svg")

    async def sign_in(self, person: str) -> None:
        """With password and one-time code, through the form."""
        await self.house.account(person)
        await self.go("/sign-in")
        await self.page.fill("[name=person]", person)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.fill("[name=code]", self.house.code(person))
        await self.page.click("form button")
        await self.page.wait_for_selector("nav.tabs")

    async def look(self, what: str) -> None:
        await look_at(self.page, f"{self.name}-{what}")


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """A virtual authenticator, and the line over which its browser is told of it."""

    line: CDPSession
    id: str

    async def take(self, credential: Mapping[str, object]) -> None:
        """Put a credential into it that was made elsewhere."""
        await self.line.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


async def add_security_key(context: BrowserContext, page: Page) -> SecurityKey:
    """Give the page's browser a platform authenticator that verifies its owner by itself."""
    line = await context.new_cdp_session(page)
    await line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return SecurityKey(line, made["authenticatorId"])


SIZES: Mapping[str, tuple[ViewportSize, tuple[Scheme, Scheme]]] = {
    "phone": ({"width": 360, "height": 740}, ("light", "dark")),
    "desk": ({"width": 1280, "height": 800}, ("dark", "light")),
}
"""Each with the scheme in which it is photographed, and the other, which `make deep` examines too."""


def screens(usual: str) -> list[Any]:
    """For a journey: the size at which its people usually have it before them, and in `make deep` the other too.

    Every page is seen at both by ``test_pages.py``, in every run.
    """
    return [
        pytest.param({**size, "scheme": scheme}, id=name)
        for name, (size, (scheme, _)) in SIZES.items()
        if DEEP or name == usual
    ]


COLOURS = ["color-contrast", "link-in-text-block"]
"""What axe finds in one colour scheme and not in the other; the rest is the page's own."""


async def look_around(page: Page, kind: str, what: str) -> None:
    """The same page at both sizes, one light and one dark: pictures, nothing too wide, nothing that axe minds."""
    before = page.viewport_size
    assert before is not None
    for name, (size, (scheme, other)) in SIZES.items():
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size(size)
        await look_at(page, f"{kind}-{name}-{what}")
        if DEEP:
            await page.emulate_media(color_scheme=other, reduced_motion="reduce")
            await faultless(page, f"{kind}-{name}-{other}-{what}", {"runOnly": COLOURS})
    await page.set_viewport_size(before)


async def look_at(page: Page, what: str) -> None:
    """Keep a picture of the whole page; nothing may stick out sideways, and axe may find nothing at all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{what}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{what} is {wide} px too wide"
    await faultless(page, what, {})


async def faultless(page: Page, what: str, options: Mapping[str, object]) -> None:
    """No violation that axe knows, of any severity; of the rules in ``options``, or of all."""
    if not await page.evaluate("'axe' in window"):  # at a second size the page still has it
        await page.evaluate(AXE.read_text("utf-8"))
    # What axe would load beforehand serves rules about video, sound and turned screens: a fifth of its time.
    usual = {"resultTypes": ["violations"], "preload": False}
    found = await page.evaluate("given => axe.run(document, given)", {**usual, **options})
    bad = [
        f"{one['id']}: {one['help']}: {[node['html'] + str(node.get('failureSummary')) for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
    assert not bad, f"{what}: {bad}"


@dataclass
class Site:
    """A console that listens, and a browser to open before it."""

    house: House
    origin: str
    browser: Browser

    @asynccontextmanager
    async def visit(self, name: str, *, width: int, height: int, scheme: str) -> AsyncIterator[Visit]:
        context = await self.browser.new_context(
            ignore_https_errors=True,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = await context.new_page()
        visit = Visit(self.house, self.origin, context, page, name)
        page.on("console", lambda message: _heard(visit, message.type, message.text))
        page.on("pageerror", lambda error: visit.complaints.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}"))
        page.set_default_timeout(15_000)
        try:
            yield visit
        finally:
            await context.close()
        assert visit.complaints == [], visit.complaints


def _heard(visit: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"} and not any(part in text for part in visit.expected):
        visit.complaints.append(f"{kind}: {text}")


@asynccontextmanager
async def launched(executable: Path = BROWSER) -> AsyncIterator[Browser]:
    """Debian's Chromium, up while entered."""
    async with (
        async_playwright() as play,
        await play.chromium.launch(executable_path=str(executable), args=FLAGS) as browser,
    ):
        yield browser


@asynccontextmanager
async def open_site(folder: Path, clock: FrozenClock, browser: Browser) -> AsyncIterator[Site]:
    listening = socket.create_server(("127.0.0.1", 0))
    origin = f"https://localhost:{listening.getsockname()[1]}"
    settings = ConsoleSettings(
        origins=(origin,),
        rp_id="localhost",
        ssh_host="gate.riverside.example",
        ssh_port=2222,
        pages="pages.localhost",
    )
    shown = authority(folder)
    async with house_at(folder, clock, settings) as house:
        server = uvicorn.Server(
            uvicorn.Config(
                Origins(house.app, house.desk),
                ssl_certfile=shown.ca_file,
                ssl_keyfile=str(shown.key),
                ssl_version=ssl.PROTOCOL_TLS_SERVER,
                log_level="warning",
                proxy_headers=False,
                lifespan="off",
                **websocket_options(),
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield Site(house, origin, browser)
        finally:
            server.should_exit = True
            await serving

"""The demonstration plant as its people have it before them: nothing is stood in for but the plant's machines."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner
from playwright.async_api import Browser, BrowserContext, Page

from broker.cli.root import penstock
from broker.clock import SystemClock
from broker.console.guard import COOKIE
from broker.database.engine import open_engine
from broker.layout import Layout
from broker.people.sessions import ConsoleSessions
from broker.settings import read_settings
from domain.ids import PersonId
from tests.journeys.browsing import PICTURES, SIZES, add_security_key, look_around, look_at
from tests.stride import DEEP
from tests.tour.plant import Plant

DEPUTY_AFTER = "1m"
"""How long the holders have in these journeys: the shortest that a charter says."""


@dataclass
class Person:
    """Somebody signed in at the console; whatever their browser complains about fails the journey."""

    plant: Plant
    id: str
    size: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of what the browser complains about that the journey provokes on purpose."""

    async def go(self, path: str) -> None:
        await self.page.goto(self.plant.url + path)

    async def look(self, what: str) -> None:
        """As they have it; what every page is like at the other size, ``test_pages.py`` shows."""
        if DEEP:
            await look_around(self.page, "real", f"{self.id}-{what}")
        else:
            await look_at(self.page, f"real-{self.size}-{self.id}-{what}")


@asynccontextmanager
async def _browser(browser: Browser, plant: Plant, person: str, size: str) -> AsyncIterator[Person]:
    viewport, (scheme, _) = SIZES[size]
    context = await browser.new_context(
        ignore_https_errors=True, viewport=viewport, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    one = Person(plant, person, size, context, page)

    def heard(kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(part in text for part in one.expected):
            one.complaints.append(text)

    page.on("console", lambda said: heard(said.type, said.text))
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    try:
        yield one
    except BaseException:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"real-broken-{person}.png", full_page=True)
        raise
    finally:
        await context.close()
    assert one.complaints == []


@asynccontextmanager
async def signed_in(browser: Browser, plant: Plant, person: str, size: str) -> AsyncIterator[Person]:
    """The person's own browser, signed in with password and one-time code."""
    async with _browser(browser, plant, person, size) as one:
        await one.go("/sign-in")
        if person == "ana":
            await one.look("sign-in")
        await one.page.fill("[name=person]", person)
        await one.page.fill("[name=password]", plant.person(person)["password"])
        await one.page.fill("[name=code]", await plant.code(person))
        await one.page.click("form button")
        await one.page.wait_for_selector("nav.tabs")
        yield one


@asynccontextmanager
async def known(browser: Browser, plant: Plant, person: str, size: str) -> AsyncIterator[Person]:
    """The same, signed in before: each one-time code counts once, and the journey needs theirs for decisions."""
    layout = Layout(plant.folder)
    engine = open_engine(read_settings(layout).database_url(layout))
    try:
        browsers = ConsoleSessions(engine, SystemClock())
        cookie, _ = await browsers.open(PersonId(person), "127.0.0.1", ("password", "totp"))
    finally:
        await engine.dispose()
    async with _browser(browser, plant, person, size) as one:
        await one.context.add_cookies([{"name": COOKIE, "value": cookie, "url": plant.url, "secure": True}])
        yield one


async def with_passkey(one: Person, by: str = "olga") -> None:
    """Register the security key of this browser, and have it enrolled by whoever holds `identity`."""
    await add_security_key(one.context, one.page)
    await one.go("/passkeys")
    await one.page.click("text=Register a passkey")
    await one.page.wait_for_selector("output.fingerprint")
    await one.look("passkey-pending")
    fingerprint = (await one.page.inner_text("output.fingerprint")).strip()
    code = f"{await one.plant.code(by)}\n"
    await commanded(one.plant, "people", "enrol", one.id, fingerprint, "--as", by, given=code)


async def commanded(plant: Plant, *arguments: str, given: str | None = None) -> Any:
    """The ``penstock`` command about this plant's folder, in this process; that it starts by itself, the tour shows."""
    words = [*arguments, "--dir", str(plant.folder), "--json"]
    done = await asyncio.to_thread(CliRunner().invoke, penstock, words, input=given)
    assert done.exit_code == 0, (arguments, done.output, done.exception)
    return json.loads(done.stdout)


async def wish(plant: Plant, person: str, asset: str, grant: str) -> str:
    """A permit that waits, for the next two hours, asked for over the API."""
    start = datetime.now(UTC).replace(microsecond=0)
    asked = {
        "asset": asset,
        "grants": [grant],
        "actions": ["view"],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=2)).isoformat(),
        "purpose": "Read its log",
    }
    return str((await plant.api(person, "POST", "/permits", asked))["id"])


async def chartered(plant: Plant) -> None:
    """Have what leaves by file transfer need a second right, and the deputies called soon: signed and in force."""
    _edit(plant, "conduits.toml", 'longest_window = "8h"', 'longest_window = "8h"\ndata_out = ["sftp"]')
    _edit(plant, "rights.toml", 'deputy_after = "5m"', f'deputy_after = "{DEPUTY_AFTER}"')
    key = plant.scratch / "plant-machines" / "people" / "petra_signing"
    done = await commanded(
        plant, "charter", "apply", "--reason", "files need a second yes", "--sign", f"petra={key}"
    )
    assert done["applied"] is True, done


def _edit(plant: Plant, file: str, old: str, new: str) -> None:
    path = plant.folder / "charter" / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} holds no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")

"""Every page of the console, as each of its readers has it before them on a day when a lot happens at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.ids import PersonId
from tests.broker.console.busy import busy
from tests.journeys.browsing import Site, Visit, look_around, needs_browser


@dataclass(frozen=True, slots=True)
class Stop:
    """One page, and who looks at it."""

    route: str
    person: str
    what: str
    """Names the pictures."""
    shows: str
    """Words without which the page would not be what its reader came for."""
    open: str = ""
    """Parts of the page that are opened first."""
    query: str = ""
    """What stands behind the route."""


ROUND = (
    Stop("/sign-in", "", "sign-in", "Sign in"),
    Stop("/register", "", "register", "Ask to be known"),
    Stop("/register/{link}", "", "register-status", "Nobody has answered yet"),
    Stop("/applications", "olga", "applications", "Halden Pumps"),
    Stop("/request", "ana", "request-where", "Engineering station 1"),
    Stop(
        "/request",
        "ana",
        "request",
        "How it is undone",
        "details.more",
        "?way=eng-ws-1/dmz-operations",
    ),
    Stop("/permits/{permit}", "ana", "own-sheet", "Commands to paste"),
    Stop("/permits/{permit}/terminal", "ana", "terminal", "SSH clients of your own"),
    Stop("/permits/{permit}/screen", "ana", "screen", "SSH clients of your own"),
    Stop("/permits/{permit}/panel", "ana", "panel", "SSH clients of your own"),
    Stop("/company", "ana", "company", "needs access", "details.change"),
    Stop("/queue", "petra", "queue", "Engineering station 1"),
    Stop("/permits/{permit}", "petra", "sheet", "To protect"),
    Stop("/permits/{permit}/custody", "petra", "custody", "Who looked at this"),
    Stop("/permits/{permit}/custody", "ana", "own-custody", "Who looked at this"),
    Stop("/passkeys", "petra", "passkeys", "passkey"),
    Stop("/device", "ana", "device", "The code that your terminal shows"),
    Stop("/tokens", "petra", "tokens", "Issue one"),
    Stop("/sign-ins", "petra", "sign-ins", "This browser"),
    Stop("/told", "petra", "told", "A permit waits for your decision"),
    Stop("/told/choices", "petra", "told-choices", "Quiet from"),
    Stop("/plant", "petra", "plant-agree", "Agree that it comes back over"),
    Stop("/charter", "petra", "charter", "Proposed: version"),
    Stop("/standing", "petra", "standing", "No template is written down"),
    Stop("/voids", "petra", "voids", "Who holds what"),
    Stop("/assurance", "petra", "assurance", "How the controls stand"),
    Stop("/assurance/controls/{control}", "iris", "assurance-control", "What it rests on"),
    Stop("/assurance/board", "petra", "board", "Who answers for each boundary"),
    Stop("/calendar", "petra", "calendar", "Engineering station 1"),
    Stop("/permits", "iris", "permits", "Engineering station 1"),
    Stop("/permits/{permit}", "milo", "sheet-glass", "Break the glass", "#break-glass"),
    Stop("/sessions", "milo", "sessions", "Input waits"),
    Stop("/sessions/{session}/attend", "milo", "attend", "Hold the end", "#step"),
    Stop("/sessions/{session}/watch", "milo", "watch", "You attend while this page is open"),
    Stop("/plant", "milo", "plant", "waits for a review", "li.card details.change >> nth=0"),
    Stop("/map", "milo", "map", "Zone map"),
    Stop("/evidence", "iris", "evidence", "Evidence"),
    Stop("/evidence/standing", "milo", "evidence-standing", "How the evidence stands"),
    Stop("/files", "petra", "files", "Files"),
    Stop("/files/{file}", "petra", "file", "What was found", "#contents"),
    Stop("/files/{file}", "ana", "own-file", "What to do"),
    Stop("/retention", "petra", "retention", "Terms of the charter"),
    Stop("/permits/{permit}/story", "petra", "story", "What it was for"),
    Stop("/reviews", "petra", "reviews", "Reviews"),
    Stop("/evidence/sessions/{session}", "iris", "session", "From request to recording"),
    Stop("/evidence/sessions/{session}/replay/{channel}", "iris", "replay", "shell"),
    Stop("/evidence/sessions/{session}/transactions", "iris", "transactions", "read holding registers"),
    Stop("/evidence/sessions/{session}/screen/{screen}", "iris", "screen", "Screen of hmi-1"),
)


async def known(visit: Visit, person: str) -> None:
    """Signed in as ``person``, without the ceremony that other journeys are about."""
    cookie, _browser = await visit.house.desk.browsers.open(
        PersonId(person), "127.0.0.1", ("password", "totp")
    )
    await visit.context.clear_cookies()
    await visit.context.add_cookies(
        [{"name": "__Host-penstock", "value": cookie, "url": visit.origin, "secure": True}]
    )


@needs_browser
@pytest.mark.timeout(300)
async def test_every_page_is_fit_to_be_seen(site: Site, tmp_path: Path) -> None:
    places = await busy(site.house, tmp_path)
    async with site.visit("pages", width=360, height=740, scheme="light") as visit:
        reader = ""
        for stop in ROUND:
            if stop.person != reader:
                await visit.leave()  # or the page before would go on asking, as somebody else
                await known(visit, stop.person)
                reader = stop.person
            await visit.go(stop.route.format_map(places) + stop.query)
            for part in stop.open and await visit.page.locator(stop.open).all():
                await part.evaluate("one => { one.open = true }")
            assert await visit.page.locator("body", has_text=stop.shows).count(), (
                stop,
                await visit.page.inner_text("main"),
            )
            await look_around(visit.page, "page", stop.what)

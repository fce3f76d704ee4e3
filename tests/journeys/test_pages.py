"""Every page of the console, as each of its readers has it before them on a day when a lot happens at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from broker.charter_desk import CharterDesk
from broker.control import GateClient
from broker.interlocks import BreakGlass, Isolate, SetState, apply
from broker.notices.follower import Follower
from domain.break_glass import Glass
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from recorder.format.frame import Kind
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.house import SESSION, House
from tests.journeys.browsing import Site, Visit, look_at, needs_browser

SIZES = {"phone": ({"width": 360, "height": 740}, "light"), "desk": ({"width": 1280, "height": 800}, "dark")}


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
    choose: str = ""
    """What is chosen in the form first."""


ROUND = (
    Stop("/sign-in", "", "sign-in", "Sign in"),
    Stop("/request", "ana", "request", "How it is undone", choose="eng-ws-1/dmz-operations"),
    Stop("/permits/{permit}", "ana", "own-sheet", "Commands to paste"),
    Stop("/company", "ana", "company", "needs access", "details.change"),
    Stop("/queue", "petra", "queue", "Engineering station 1"),
    Stop("/permits/{permit}", "petra", "sheet", "To protect"),
    Stop("/passkeys", "petra", "passkeys", "passkey"),
    Stop("/tokens", "petra", "tokens", "Issue one"),
    Stop("/sign-ins", "petra", "sign-ins", "This browser"),
    Stop("/told", "petra", "told", "A permit waits for your decision"),
    Stop("/told/choices", "petra", "told-choices", "Quiet from"),
    Stop("/plant", "petra", "plant-agree", "Agree that it comes back over"),
    Stop("/charter", "petra", "charter", "Proposed: version"),
    Stop("/voids", "petra", "voids", "Who holds what"),
    Stop("/permits", "iris", "permits", "Engineering station 1"),
    Stop("/permits/{permit}", "milo", "sheet-glass", "Break the glass", "#break-glass"),
    Stop("/sessions", "milo", "sessions", "Input waits"),
    Stop("/sessions/{session}/attend", "milo", "attend", "Hold the end", "#step"),
    Stop("/sessions/{session}/watch", "milo", "watch", "You attend while this page is open"),
    Stop("/plant", "milo", "plant", "waits for a review", "li.card details.change >> nth=0"),
    Stop("/map", "milo", "map", "Zone map"),
    Stop("/evidence", "iris", "evidence", "Evidence"),
    Stop("/evidence/sessions/{session}", "iris", "session", "From request to recording"),
    Stop("/evidence/sessions/{session}/replay/{channel}", "iris", "replay", "shell"),
)


async def busy(house: House, folder: Path) -> Mapping[str, str]:
    """Something on every page: what the routes' placeholders stand for."""
    permit = await house.ask()
    opened = await house.ask()
    house.go_live(permit)
    house.watch.sessions[0]["held"] = ["unattended"]
    recording = house.recording()
    recording.write(
        Kind.TO_VENDOR, 1, b"\x1b[1mpump7\x1b[0m $ show starts\r\npump 7 has 42 starts\r\npump7 $ "
    )
    await house.record(permit)
    now = house.clock.now()
    held = house.watch.interlocks
    for command in (
        Isolate("vendor:kestrel", "milo", "Their laptops are being searched"),
        SetState(ZoneId("pumping"), OperatingState.MAINTENANCE, "milo", "Pump 3 is out for its bearings"),
    ):
        held = apply(held, command)
    glass = Glass(
        opened.id,
        "dmz-pumping",
        ZoneId("pumping"),
        (PersonId("milo"), PersonId("sven")),
        now,
        now + timedelta(hours=1),
    )
    house.watch.interlocks = apply(held, BreakGlass(glass))
    plant = Chartered(folder / "chartered", now)
    plant.begin()
    plant.trust = lambda: house.trust
    plant.edit(*LONGER)
    drafts = CharterDesk(plant.layout, NODE, plant.trust)
    drafts.propose(plant.layout.charter_files(), "The drives need longer", now, plant.weigh)
    object.__setattr__(house.desk.parts, "drafts", drafts)
    object.__setattr__(house.desk.parts, "steps", GateClient(folder / "gate.sock"))
    follower = Follower(house.notices, house.log, house.desk.parts.charter, house.clock)
    follower.step()  # it begins with the newest leaf, and tells of what comes
    await house.ask()
    follower.step()
    return {"permit": permit.id, "session": SESSION, "channel": "0"}


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
        for stop in ROUND:
            if stop.person:
                await visit.page.goto(
                    "about:blank"
                )  # or the page before would go on asking, as somebody else
                await known(visit, stop.person)
            await visit.go(stop.route.format_map(places))
            if stop.choose:
                await visit.page.select_option("form.ask [name=way]", stop.choose)
                assert await visit.page.is_visible("details.before >> text=You must say")
            for part in stop.open and await visit.page.locator(stop.open).all():
                await part.evaluate("one => { one.open = true }")
            assert await visit.page.locator("body", has_text=stop.shows).count(), (
                stop,
                await visit.page.inner_text("main"),
            )
            for name, (size, scheme) in SIZES.items():
                await visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
                await visit.page.set_viewport_size(size)  # type: ignore[arg-type]
                await look_at(visit.page, f"page-{name}-{stop.what}")

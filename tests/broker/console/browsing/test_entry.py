"""Abuse case 38 at the WebSockets: nothing but the tab that was let in opens one, and it ends with its sign-in."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from broker.certificate_statement import CertificateStatement
from broker.console.access import SOCKETS
from broker.console.browsing.entry import LONGEST_REASON_BYTES, reason_of
from broker.console.browsing.keys import Identity, new_key
from broker.console.browsing.once import Bound
from broker.console.browsing.routes import GOOD_FOR
from broker.console.browsing.tabs import MOST_OF_ONE
from broker.console.browsing.talk import LONGEST_MESSAGE_BYTES, Ended
from broker.doorway import Doorway
from domain.ids import PermitId, PersonId
from domain.proof import PasskeyProof
from tests.clock import FrozenClock
from tests.journeys.browsing import Site, open_site


class Silent:
    """A gate that never says where its door is."""

    async def doorway(self) -> Doorway:
        await asyncio.Event().wait()
        raise AssertionError

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        raise AssertionError

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        raise AssertionError


@dataclass
class Tried:
    """Ana's console, her permit, and what a WebSocket to it answers."""

    site: Site
    permit: PermitId
    cookie: str
    browser: str

    def tally(self, **changed: object) -> str:
        bound = Bound(self.browser, PersonId("ana"), "127.0.0.1", self.permit, "terminal")
        desk, now = self.site.house.desk, self.site.house.clock.now()
        identity = Identity(new_key(), "no certificate")
        return desk.tallies.keep(replace(bound, **changed), identity, now, now + GOOD_FOR)  # type: ignore[arg-type]

    def open(
        self, *protocols: str, origin: str | None = "", cookie: str | None = "", permit: str = ""
    ) -> connect:
        path = f"/permits/{permit or self.permit}/terminal/socket"
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        sent = self.cookie if cookie == "" else cookie
        return connect(
            self.site.origin.replace("https", "wss") + path,
            origin=self.site.origin if origin == "" else origin,  # type: ignore[arg-type]
            subprotocols=protocols or None,  # type: ignore[arg-type]
            additional_headers={"cookie": f"__Host-penstock={sent}"} if sent else {},
            ssl=trust,
            compression=None,
            proxy=None,
        )

    async def refused(self, *protocols: str, **how: object) -> tuple[int, str]:
        with pytest.raises(InvalidStatus) as error:
            async with self.open(*protocols, **how):  # type: ignore[arg-type]
                pass
        response = error.value.response
        assert response.headers["content-type"] == "application/problem+json"
        return response.status_code, json.loads(response.body)["code"]


@pytest.fixture
async def tried(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Tried]:
    async with open_site(tmp_path, clock, None) as site:  # type: ignore[arg-type]  # nobody looks at it
        site.house.desk.parts = replace(site.house.desk.parts, gate=Silent())
        permit = await site.house.ask()
        cookie, browser = await site.house.desk.browsers.open(PersonId("ana"), "127.0.0.1", ("passkey",))
        yield Tried(site, permit.id, cookie, browser.key)
        site.house.desk.streams.closing.set()  # as the console does before it ends


async def test_a_websocket_needs_origin_sign_in_and_a_tally_of_its_own(tried: Tried) -> None:
    good = tried.tally()
    mine = ("penstock", f"tally.{good}")
    for origin in ("https://evil.example", "https://localhost:9", "null", None):
        assert await tried.refused(*mine, origin=origin) == (403, "foreign_origin"), origin
    for cookie in (None, "guess"):
        assert await tried.refused(*mine, cookie=cookie) == (401, "not_signed_in"), cookie
    ben, _ = await tried.site.house.desk.browsers.open(PersonId("ben"), "127.0.0.1", ("passkey",))
    petra, _ = await tried.site.house.desk.browsers.open(PersonId("petra"), "127.0.0.1", ("passkey",))
    other, _ = await tried.site.house.desk.browsers.open(PersonId("ana"), "127.0.0.1", ("passkey",))
    assert await tried.refused(*mine, cookie=ben) == (404, "not_found")
    assert await tried.refused(*mine, cookie=petra) == (403, "not_your_role")
    assert await tried.refused(*mine, cookie=other) == (403, "tally_not_good"), "another browser of hers"
    for permit in ("z" * 26, "x"):
        assert await tried.refused(*mine, permit=permit) == (404, "not_found"), permit
    for protocols in (
        (),
        ("penstock",),
        ("penstock", "tally."),
        ("penstock", "tally.guess"),
        (f"tally.{good}",),
        ("penstock", f"tally.{good}", "tally.guess"),
        ("penstock", f"tally.{tried.tally(purpose='vnc:5900')}"),
        ("penstock", f"tally.{tried.tally(source='192.0.2.9')}"),
    ):
        assert await tried.refused(*protocols) == (403, "tally_not_good"), protocols
    late = tried.tally()
    async with tried.open(*mine) as tab:  # nobody has spoilt it
        assert tab.subprotocol == "penstock"
        assert await tried.refused(*mine) == (403, "tally_not_good"), "it is good once"
    tried.site.house.clock.advance(GOOD_FOR)
    assert await tried.refused("penstock", f"tally.{late}") == (403, "tally_not_good"), "it is too old"


async def ended(tab: ClientConnection) -> dict:
    async with asyncio.timeout(20):
        told = json.loads(await tab.recv())["ended"]
        await tab.wait_closed()
    assert tab.close_reason.startswith(f"{told['code']}: ")
    return told


async def test_a_tab_ends_with_its_sign_in_and_with_its_console_and_says_so(tried: Tried) -> None:
    async with tried.open("penstock", f"tally.{tried.tally()}") as tab:
        await tried.site.house.desk.browsers.close(tried.browser)
        assert (await ended(tab))["code"] == "signed_out"
    cookie, browser = await tried.site.house.desk.browsers.open(PersonId("ana"), "127.0.0.1", ("passkey",))
    tried.cookie, tried.browser = cookie, browser.key
    async with tried.open("penstock", f"tally.{tried.tally()}") as tab:
        tried.site.house.desk.streams.closing.set()
        assert (await ended(tab))["code"] == "console_ends"
    tried.site.house.desk.streams.closing.clear()
    tried.site.house.desk.parts = replace(tried.site.house.desk.parts, gate=None)
    async with tried.open("penstock", f"tally.{tried.tally()}") as tab:
        assert (await ended(tab))["code"] == "no_gate"


async def test_one_person_has_only_so_many_tabs_and_each_that_goes_makes_room(tried: Tried) -> None:
    tabs = [await tried.open("penstock", f"tally.{tried.tally()}") for _ in range(MOST_OF_ONE)]
    waiting = f"tally.{tried.tally()}"
    assert await tried.refused("penstock", waiting) == (503, "too_many_tabs")
    tried.site.house.desk.streams.closing.set()
    for tab in tabs:
        await ended(tab)
    tried.site.house.desk.streams.closing.clear()
    async with tried.open("penstock", waiting) as tab:
        assert tab.subprotocol == "penstock"


async def test_a_message_that_is_longer_than_any_page_s_ends_the_tab(tried: Tried) -> None:
    async with tried.open("penstock", f"tally.{tried.tally()}") as tab:
        await tab.send(bytes(LONGEST_MESSAGE_BYTES + 1))
        async with asyncio.timeout(20):
            await tab.wait_closed()
    assert tab.close_code == 1009


def test_every_websocket_has_a_row_and_every_row_a_websocket(house_routes: set[str]) -> None:
    assert house_routes == set(SOCKETS)


@pytest.fixture
def house_routes() -> set[str]:
    from starlette.routing import WebSocketRoute  # noqa: PLC0415

    from broker.console.app import routed  # noqa: PLC0415

    return {one.path for one in routed().router.routes if isinstance(one, WebSocketRoute)}


def test_what_a_close_says_fits_into_it_whatever_was_said() -> None:
    assert reason_of(Ended("exited", "Over.")) == "exited: Over."
    assert len(reason_of(Ended("x", words="ä" * 1000)).encode()) <= LONGEST_REASON_BYTES

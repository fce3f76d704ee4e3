"""The origin of a device's page, over the real gate and a real nginx: one browser by one tally, and nothing else of anybody's."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from broker.console.browsing.keys import Identity, new_key
from broker.console.browsing.once import Bound
from broker.console.browsing.routes import GOOD_FOR
from broker.console.panels.open_panels import TALLY_GOOD_FOR
from broker.console.panels.origins import ENTER
from domain.access import Action, ConnectionMethod
from domain.ids import AssetId, PermitId, PersonId
from domain.permit import PermitState
from domain.plant import Endpoint, Protocol
from tests.broker.console.browsing.test_page import Beside
from tests.clock import FrozenClock
from tests.journeys.browsing import Site, open_site
from tests.nginx import Panel, panel
from tests.peers.gate import FORWARD, PeerGate, peer_gate, with_changes
from tests.programs import needs

ANA = PersonId("ana")
TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


@dataclass
class Tab:
    """The console's tab that holds a page open, and a browser for that page."""

    site: Site
    socket: ClientConnection
    client: httpx2.AsyncClient
    origin: str
    cookie: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    async def tally(self, begins: str = "/") -> dict:
        await self.socket.send(begins.encode())
        return json.loads(await self.socket.recv())

    async def enter(self, tally: str, host: str = "", **fields: str) -> httpx2.Response:
        fields = {"origin": self.site.origin, **fields}
        return await self.client.post(
            ENTER, data={"tally": tally}, headers={"host": host or self.host, **fields}
        )

    async def let_in(self, begins: str = "/") -> httpx2.Response:
        answer = await self.enter((await self.tally(begins))["tally"])
        assert answer.status_code == 200, answer.text
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    @property
    def host(self) -> str:
        return self.origin.removeprefix("https://")

    async def ask(self, path: str, method: str = "GET", **fields: str) -> httpx2.Response:
        fields = {"host": self.host, "cookie": self.cookie, **fields}
        data = fields.pop("data", None)
        return await self.client.request(method, path, headers=fields, content=data)


@dataclass
class Permits:
    """The gate's own, as the console's database has them."""

    gate: PeerGate

    async def filed(self, permit: PermitId) -> object:
        return self.gate.plant.filed.get(permit)


@dataclass
class Plant:
    """Console, gate and a panel."""

    site: Site
    gate: PeerGate
    hmi: Panel
    permit: PermitId

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Tab]:
        desk, now = self.site.house.desk, self.site.house.clock.now()
        cookie, browser = await desk.browsers.open(ANA, "127.0.0.1", ("passkey",))
        key = new_key()
        issuing = self.gate.door._house.parts.certificates
        assert issuing is not None
        drawn = await issuing.draw_certificate(ANA, self.permit, key.public, "127.0.0.1")
        certificate = await issuing.certify(ANA, drawn.drawn, self.gate.code("ana"))
        tally = desk.tallies.keep(
            Bound(browser.key, ANA, "127.0.0.1", self.permit, "panel"),
            Identity(key, certificate),
            now,
            now + GOOD_FOR,
        )
        async with (
            connect(
                self.site.origin.replace("https", "wss") + f"/permits/{self.permit}/panel/socket",
                origin=self.site.origin,  # type: ignore[arg-type]
                subprotocols=["penstock", f"tally.{tally}"],  # type: ignore[list-item]
                additional_headers={"cookie": f"__Host-penstock={cookie}"},
                ssl=TLS,
                proxy=None,
            ) as socket,
            httpx2.AsyncClient(
                base_url=self.site.origin.replace("localhost", "127.0.0.1"), verify=TLS, trust_env=False
            ) as client,
        ):
            at = json.loads(await socket.recv())
            assert "at" in at, at
            yield Tab(self.site, socket, client, at["at"].removesuffix(ENTER))


pytestmark = needs("nginx")  # asked before a gate is up: a skip in there would end it like a fault


@pytest.fixture
async def plant(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Plant]:
    (tmp_path / "console").mkdir()
    async with (
        peer_gate(tmp_path) as gate,
        panel(tmp_path / "panel") as hmi,
        open_site(tmp_path / "console", clock, None) as site,  # type: ignore[arg-type]  # nobody looks at it
    ):
        gate.person("ana")
        gate.place("plc-07", Endpoint(Protocol.HTTP, ip_address("127.0.0.1"), hmi.port))
        name = gate.permit("ana", "plc-07", grants=frozenset({FORWARD}), method=ConnectionMethod.BROWSER)
        filed = gate.plant.filed[name]
        permit = replace(filed.permit, actions=frozenset({Action.VIEW, Action.OPERATE}))
        gate.plant.filed[name] = replace(filed, permit=permit)
        house = site.house
        charter, plc = house.desk.parts.charter(), gate.plant.charter.assets[AssetId("plc-07")]
        plc = replace(plc, zone=charter.assets[AssetId("eng-ws-1")].zone)
        charter = with_changes(charter, assets={**charter.assets, plc.id: plc})
        house.desk.parts = replace(
            house.desk.parts, gate=Beside(gate), charter=lambda: charter, approvals=Permits(gate)
        )
        yield Plant(site, gate, hmi, name)
        house.desk.streams.closing.set()


async def test_one_browser_comes_in_by_one_tally_and_by_nothing_else(plant: Plant) -> None:
    """Reuse, age, another's origin, another address, another name, a name that leads here by somebody's DNS."""
    other = f"{'a' * 26}.pages.localhost:{plant.site.origin.rpartition(':')[2]}"
    async with plant.tab() as tab:
        assert (await tab.ask("/status/tank.html")).status_code == 403, "nobody is let in yet"
        assert json.loads(json.dumps(await tab.tally("/a/../b")))["problem"].startswith("That is no path")
        first = (await tab.tally())["tally"]
        for fields in ({"origin": "https://evil.example"}, {"origin": "null"}, {"origin": tab.origin}):
            assert (await tab.enter(first, **fields)).status_code == 403, fields
        assert (await tab.client.get(f"{ENTER}?tally={first}", headers={"host": tab.host})).status_code == 403
        assert (await tab.enter("guess")).status_code == 403
        assert (await tab.enter(first + "x" * 2000)).status_code == 403
        assert (await tab.enter(first, other)).status_code == 404
        for name in ("evil.example", "127.0.0.1", f"x.{tab.host}", tab.host.replace("pages", "pagesx")):
            answer = await tab.client.get("/status/tank.html", headers={"host": name, "cookie": tab.cookie})
            assert answer.status_code in {400, 404}, name
            assert "17" not in answer.text
        german = {"host": other, "accept": "text/html", "accept-language": "de"}
        assert "gibt es keine Seite eines Geräts" in (await tab.client.get("/", headers=german)).text
        entered = await tab.enter(first, cookie="thrown=1", accept="text/html")
        assert entered.status_code == 200
        assert 'content="0;url=/"' in entered.text
        said = entered.headers["set-cookie"]
        assert said.endswith("; Path=/; Secure; HttpOnly; SameSite=Strict")
        assert (await tab.enter(first)).status_code == 403, "it is good once"
        tab.cookie = said.partition(";")[0]
        assert (await tab.ask("/status/tank.html")).text == "<p>Level: 17</p>\n"
        assert (await tab.ask("/status/tank.html", cookie="")).status_code == 403
        assert (await tab.ask("/status/tank.html", cookie=f"{tab.cookie}; {tab.cookie}")).status_code == 403
        seen = await tab.ask(
            "/seen", cookie=f"mine=2; {tab.cookie}; thrown=1; __Host-penstock=x", origin=tab.origin
        )
        assert seen.text == "mine=2|http://127.0.0.1|-|127.0.0.1".replace(
            "|http://127.0.0.1|", f"|http://127.0.0.1:{plant.hmi.port}|"
        ).replace("-", "")
        late = (await tab.tally())["tally"]
        plant.site.house.clock.advance(TALLY_GOOD_FOR)
        assert (await tab.enter(late)).status_code == 403, "it is too old"
    assert {one[3] for one in plant.hmi.log} == {"127.0.0.1"}


async def test_what_a_device_says_steers_nothing_and_what_is_asked_is_judged(plant: Plant) -> None:
    """C11: methods, paths, upgrades and foreign pages at the gate; redirects, workers and cookies here."""
    async with plant.tab() as tab:
        await tab.let_in("/status/tank.html?unit=3")
        steers = await tab.ask("/steers")
        assert steers.text == "steers\n"
        assert steers.headers.get_list("set-cookie") == ["level=7; Path=/; Secure; SameSite=Strict"]
        assert "evil.example" not in str(steers.headers)
        assert steers.headers["x-token"] == "12"
        assert {"clear-site-data", "service-worker-allowed", "x-accel-redirect", "refresh"}.isdisjoint(
            steers.headers
        )
        assert "access-control-allow-origin" not in steers.headers
        away = await tab.ask("/away", accept="text/html")
        assert (away.status_code, "page_leads_elsewhere" in away.text, "location" in away.headers) == (
            502,
            True,
            False,
        )
        assert "https://evil.example/" in away.text
        assert (await tab.ask("/old")).headers["location"] == "/status/tank.html"
        assert (await tab.ask("/status/tank.html", **{"service-worker": "script"})).status_code == 403
        assert (await tab.ask("/set", "POST", data="setpoint=350", origin=tab.origin)).text == "taken\n"
        foreign = await tab.ask("/set", "POST", data="setpoint=666", origin="https://evil.example")
        assert "http_origin_not_permitted" in foreign.text
        assert (
            "http_origin_not_permitted"
            in (await tab.ask("/status/tank.html", **{"sec-fetch-site": "cross-site"})).text
        )
        assert (await tab.ask("/status/%2e%2e/settings/limit")).status_code == 403
        assert len((await tab.ask("/status/long.html")).content) == 1_000_000
        assert (await tab.ask("/status/long.html", range="bytes=0-3")).status_code == 206
        assert (await tab.ask("/status/tank.html", "HEAD")).headers["content-length"] == "17"
        stored = await tab.ask("/settings/big", "PUT", data=b"x" * 500_000)
        assert stored.status_code in {201, 413}
        assert (
            (await tab.ask("/.penstock/static/penstock.css")).headers["content-type"].startswith("text/css")
        )
        assert (await tab.ask("/.penstock/static/console.js")).status_code == 404
        with pytest.raises(InvalidStatus) as refused:
            await connect(
                tab.origin.replace("https", "wss") + "/live",
                host="127.0.0.1",
                origin=tab.origin,  # type: ignore[arg-type]
                additional_headers={"cookie": tab.cookie},
                ssl=TLS,
                proxy=None,
            )
        assert b"http_upgrade_not_permitted" in refused.value.response.body
        answers = await asyncio.gather(*(tab.ask(f"/status/tank.html?{one}") for one in range(20)))
        assert {one.status_code for one in answers} == {200}
    assert [one[6] for one in plant.hmi.log if one[0] == "POST"] == ["setpoint=350"]
    codes = [one.code for one in await plant.gate.seen("PassageRefused", 4)]
    assert codes == ["http_origin_not_permitted"] * 2 + ["http_path_ambiguous", "http_upgrade_not_permitted"]


async def test_a_page_ends_with_its_tab_its_permit_and_its_sign_in_and_says_which(plant: Plant) -> None:
    async def over(tab: Tab) -> tuple[str, int, str]:
        async with asyncio.timeout(10):
            told = json.loads(await tab.socket.recv())["ended"]
        answer = await tab.ask("/status/tank.html", accept="text/html")
        assert told["code"] in answer.text
        return told["code"], answer.status_code, answer.text

    desk = plant.site.house.desk
    async with plant.tab() as tab, plant.tab() as another:
        await tab.let_in()
        await another.let_in()
        assert (await tab.ask("/status/tank.html", cookie=another.cookie)).status_code == 403
        await tab.socket.close()
        async with asyncio.timeout(10):
            while (answer := await tab.ask("/status/tank.html")).status_code == 200:
                pass
        assert (answer.status_code, "page_closed" in answer.text) == (410, True)
        assert (await another.ask("/status/tank.html")).status_code == 200
        for browser in await desk.browsers.of(ANA):
            await desk.browsers.close(browser.key)
        code, status, text = await over(another)
        assert (code, status) == ("signed_out", 410)
        assert "Sign in, and open it anew." in text
    async with plant.tab() as tab:
        await tab.let_in()
        filed = plant.gate.plant.filed[plant.permit]
        plant.gate.plant.filed[plant.permit] = replace(filed, state=PermitState.REVOKED)
        assert (await over(tab))[:2] == ("permit_over", 410)
    assert len(desk.panels) == 0

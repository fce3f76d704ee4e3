"""curl and a real nginx as a device's panel, with a stock OpenSSH and the gate between them."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from broker.conduits.tcp.tls import fingerprints
from broker.reading.transactions import transactions
from broker.vault.sealed import Credential
from broker.vault.store import entry_of
from domain.access import Action
from domain.ids import AssetId
from domain.plant import Protocol
from domain.web import Web
from recorder.format.frame import Kind
from tests.authority import Authority, authority
from tests.broker.running import crossed
from tests.journeys.browsing import BROWSER, launched
from tests.nginx import Panel, panel
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel
from tests.programs import program

VIEW = frozenset({Action.VIEW})
OPERATE = frozenset({Action.VIEW, Action.OPERATE})


class Curl:
    """At the near end of Ana's ``ssh -L``."""

    def __init__(self, port: int, folder: Path) -> None:
        self.at, self.body, self.head = f"http://localhost:{port}", folder / "body", folder / "head"

    async def __call__(self, path: str, *options: str) -> int:
        """The status of the answer, whose body and head are kept; 0 where there was none."""
        self.body.write_bytes(b"")
        written = [
            "-s",
            "--path-as-is",
            "-m",
            "30",
            "-o",
            str(self.body),
            "-D",
            str(self.head),
            "-w",
            "%{http_code}",
        ]
        process = await asyncio.create_subprocess_exec(
            program("curl"), *written, *options, self.at + path, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return int(said)


@asynccontextmanager
async def at_work(
    gate: PeerGate,
    folder: Path,
    actions: frozenset[Action],
    *limits: str,
    own: Authority | None = None,
    web: Web | None = None,
) -> AsyncIterator[tuple[Curl, Panel]]:
    """``own``: the panel's certificate, where it speaks TLS; ``web``: what the charter says of it."""
    tls = (own.certificate, own.key) if own is not None else None
    async with (
        panel(folder / "panel", tls) as hmi,
        tunnel(gate, Protocol.HTTP, hmi.port, actions, frozenset(limits), web=web) as local,
    ):
        yield Curl(local, folder), hmi


async def test_under_view_pages_show_and_every_way_to_change_something_is_refused_at_the_device(
    gate: PeerGate, tmp_path: Path
) -> None:
    """C11, D13, C15: what is refused is not in the device's own log, and curl shows a normal error."""
    async with at_work(gate, tmp_path, VIEW) as (curl, hmi):
        assert await curl("/status/tank.html?unit=3", "-H", "X-Forwarded-For: 10.9.9.9") == 200
        assert curl.body.read_text() == "<p>Level: 17</p>\n"
        assert await curl("/status/long.html", "--http1.0") == 200
        assert curl.body.stat().st_size == 1_000_000
        assert await curl("/status/tank.html", "-I") == 200
        assert await curl("/old") == 302
        assert "location: /status/tank.html" in curl.head.read_text().lower()
        assert await curl("/set", "-d", "setpoint=350") == 403
        assert "refused [http_method_not_permitted]: The permit is not for this" in curl.body.read_text()
        assert await curl("/settings/limit", "-T", str(curl.body)) == 403
        assert await curl("/settings/limit", "-X", "DELETE") == 403
        assert await curl("/status/../settings/limit") == 403
        assert await curl("/status/%2e%2e/settings/limit") == 403
        assert await curl("/", "-X", "TRACE") == 403
        assert await curl("/status/tank.html", "-H", "Upgrade: websocket", "-H", "Connection: upgrade") == 403
        assert await curl("/status/tank.html", "-H", "Host: evil.example") == 403
        assert (
            await curl("/status/tank.html", "-H", "Content-Length: 3", "-H", "Transfer-Encoding: chunked")
            == 400
        )
        assert await curl("/status/gone.html") == 404
    assert hmi.settings == {"limit": "80"}
    assert [one[:3] for one in hmi.log] == [
        ["GET", "/status/tank.html?unit=3", "200"],
        ["GET", "/status/long.html", "200"],
        ["HEAD", "/status/tank.html", "200"],
        ["GET", "/old", "302"],
        ["GET", "/status/gone.html", "404"],
    ]
    assert {(one[3], one[5]) for one in hmi.log} == {("127.0.0.1", "-")}, "its own name, and nobody between"
    leaves = await gate.seen("PassageRefused", 9)
    assert leaves[0].code == "http_method_not_permitted"
    assert leaves[0].sentence == "The permit is not for this, which is to operate: POST /set."


async def test_a_job_is_listed_as_the_device_itself_logged_it(gate: PeerGate, tmp_path: Path) -> None:
    """C11: looked, set something within the limits and beyond them; both ways, no line more and none less."""
    limits = ("http use GET /status/*", "http use POST /set", "http use PUT /settings/speed")
    async with at_work(gate, tmp_path, OPERATE, *limits) as (curl, hmi):
        assert await curl("/status/tank.html") == 200
        assert await curl("/set", "-d", "setpoint=350&pin=1234") == 200
        assert curl.body.read_text() == "taken\n"
        assert (
            await curl("/set", "-H", "Content-Type: application/json", "-d", json.dumps({"setpoint": 12}))
            == 200
        )
        assert await curl("/settings/limit") == 403
        assert (
            await curl("/settings/limit", "-T", str(tmp_path / "body"), "-H", "Expect: 100-continue") == 403
        )
        assert (
            await curl("/settings/speed", "-T", str(tmp_path / "body"), "-H", "Expect: 100-continue") == 201
        )
        assert await curl("/set", "-H", "Transfer-Encoding: chunked", "-d", "setpoint=7") == 200
    assert hmi.settings == {"limit": "80", "speed": ""}
    listed = [row for frames in await gate.recorded() for row in transactions(frames)]
    done = [row.done for row in listed if row.done is not None]
    assert [(one.function, one.address) for one in done] == [(one[0], one[1]) for one in hmi.log]
    assert [one[6] for one in hmi.log if one[0] == "POST"] == [
        "setpoint=350&pin=1234", "{\\x22setpoint\\x22: 12}", "setpoint=7"
    ]  # fmt: skip
    assert [one.values for one in done if one.function == "POST"] == [
        ("setpoint=350", "pin=(not shown)"), ("setpoint=12",), ("setpoint=7",)
    ]  # fmt: skip
    assert [row.outcome for row in listed if row.done is None] == ["refused: http_path_not_permitted"] * 2
    assert listed[0].what == "GET /status/tank.html: 200 OK, 17 bytes of text/html"


async def test_a_password_of_the_vendor_s_own_is_in_no_recording(gate: PeerGate, tmp_path: Path) -> None:
    """A07."""
    async with at_work(gate, tmp_path, VIEW) as (curl, hmi):
        assert await curl("/status/tank.html", "-u", "ana:eigenes") == 200
    assert hmi.log[0][4] != "-"
    sent = crossed((await gate.recorded())[0], Kind.TO_ASSET)
    assert b"Authorization: Basic (not recorded)\r\n" in sent


async def test_a_panel_that_speaks_tls_is_known_by_its_certificate_and_asked_with_the_plant_s_credential(
    gate: PeerGate, tmp_path: Path
) -> None:
    """A07, C17: the vendor's side stays inside SSH; the credential is in no recording and on no page."""
    own = authority(tmp_path / "own")
    web = Web(
        "panel-3.plant.example", fingerprints(ssl.PEM_cert_to_DER_cert(own.certificate.read_text()))[1:]
    )
    gate.credentials[entry_of(AssetId("plc-07"), Protocol.HTTP)] = Credential("hmi", "canary")
    async with at_work(gate, tmp_path, VIEW, own=own, web=web) as (curl, hmi):
        assert await curl("/status/tank.html", "-u", "ana:eigenes") == 200
        assert curl.body.read_text() == "<p>Level: 17</p>\n"
        assert await curl("/status/long.html") == 200
        assert curl.body.stat().st_size == 1_000_000
        assert await curl("/old") == 302
        assert "location: /status/tank.html" in curl.head.read_text().lower()
    assert {(one[3], one[4], one[5]) for one in hmi.log} == {
        ("panel-3.plant.example", "Basic", b64encode(b"hmi:canary").decode())
    }
    frames = (await gate.recorded())[0]
    assert b64encode(b"hmi:canary") not in crossed(frames, Kind.TO_ASSET)
    assert [row.outcome for frames in await gate.recorded() for row in transactions(frames)] == ["done"] * 3


async def test_a_panel_that_shows_another_certificate_is_sent_nothing_and_an_alert_says_what_it_showed(
    gate: PeerGate, tmp_path: Path
) -> None:
    own, other = authority(tmp_path / "own"), authority(tmp_path / "other")
    known, shown = (
        fingerprints(ssl.PEM_cert_to_DER_cert(one.certificate.read_text())) for one in (other, own)
    )
    async with at_work(gate, tmp_path, VIEW, own=own, web=Web(certificates=known)) as (curl, hmi):
        assert await curl("/status/tank.html") == 0
    assert hmi.log == []
    (alert, *_) = await gate.seen("HostKeyMismatch")
    assert (alert.asset, alert.shown) == ("plc-07", ", ".join(shown))
    (refusal, *_) = await gate.seen("PassageRefused")
    assert refusal.code == "certificate_mismatch"


@pytest.mark.skipif(not BROWSER.exists(), reason="needs chromium-headless-shell or chromium")
async def test_a_browser_works_a_panel_and_another_page_in_it_reaches_nothing(
    gate: PeerGate, tmp_path: Path
) -> None:
    """C15: a form of the panel's own sets something; the same form on somebody else's page does not."""
    own = "<form method=post action=/set><input name=setpoint value=350><button>Set</button></form>"
    put = (
        "<script>fetch('/settings/speed',{method:'PUT',body:'70'}).then(r=>document.title=r.status)</script>"
    )
    async with at_work(gate, tmp_path, OPERATE) as (curl, hmi), launched() as browser:
        (hmi.folder / "pages" / "index.html").write_text(own + put)
        page = await browser.new_page()
        await page.goto(f"{curl.at}/index.html")
        await page.wait_for_function("document.title == '201'")
        await page.click("button")
        await page.wait_for_url("**/set")
        assert await page.inner_text("body") == "taken\n"
        await page.goto("data:text/html," + own.replace("/set", f"{curl.at}/set").replace("350", "666"))
        await page.click("button")
        await page.wait_for_url("**/set")
        assert "POST /set was sent by a page that is not the device's own." in await page.inner_text("body")
    assert hmi.settings == {"limit": "80", "speed": "70"}
    assert [one[6] for one in hmi.log if one[0] == "POST"] == ["setpoint=350"]
    (leaf,) = await gate.seen("PassageRefused")
    assert leaf.code == "http_origin_not_permitted"

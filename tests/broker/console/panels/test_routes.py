from dataclasses import replace
from ipaddress import ip_address

from broker.console.browsing.ways import panel_port, ways
from broker.console.panels.routes import beginning, begins_at
from domain.access import ConnectionMethod, Grant, PassageKind
from domain.ids import ToolId
from domain.permit import PermitState
from domain.plant import Endpoint, Protocol
from tests.broker.console.house import House
from tests.domain.samples import asset, permit


def test_the_lowest_http_port_that_is_granted_is_the_page() -> None:
    web = asset(
        endpoints=tuple(Endpoint(Protocol.HTTP, ip_address("192.0.2.7"), port) for port in (8080, 80))
    )
    mine = replace(
        permit(),
        method=ConnectionMethod.BROWSER,
        keys=frozenset(),
        grants=frozenset({Grant(PassageKind.FORWARD)}),
    )
    assert panel_port(mine, web) == 80
    assert panel_port(replace(mine, grants=frozenset({Grant(PassageKind.FORWARD, 8080)})), web) == 8080
    assert panel_port(replace(mine, grants=frozenset({Grant(PassageKind.SHELL)})), web) is None
    (way,) = ways(mine, PermitState.APPROVED, web)
    assert (way.what, way.path) == ("Open its page here", f"/permits/{permit().id}/panel")


def test_a_page_begins_where_the_permit_s_limits_let_it() -> None:
    for limits, path in (
        ((), "/"),
        (("http use GET /status/*", "http use POST /set"), "/status/"),
        (("http use GET /b", "http use GET /a.html"), "/a.html"),
        (("modbus read coils",), "/"),
    ):
        assert begins_at(replace(permit(), limits=frozenset(limits))) == path


def test_what_is_typed_to_begin_at_is_a_path_or_nothing() -> None:
    for typed, path in (("/", "/"), ("/a%7Eb?c=d", "/a~b?c=d"), ("/a?", "/a?")):
        assert beginning(typed.encode()) == path
    for typed in (
        "",
        "a",
        "//evil.example",
        "/../a",
        "/a#b",
        "/a?b#c",
        "/a?b c",
        "/a?\n",
        "/a?ä",
        "/" + "x" * 2000,
        "/?" + "x" * 2001,
    ):
        assert beginning(typed.encode()) is None, typed
    assert beginning(b"\xff") is None


async def test_the_page_says_what_a_permit_is_for_and_its_form_alone_leads_to_devices(house: House) -> None:
    mine = await house.ask(method=ConnectionMethod.BROWSER, tools=frozenset({ToolId("browser")}))
    ssh = await house.ask()
    async with await house.sign_in("ana") as ana, await house.sign_in("petra") as petra:
        page = await ana.get(f"/permits/{mine.id}/panel")
        assert "not for a device" in page.text
        assert "form-action 'self';" in page.headers["content-security-policy"]
        settings = replace(house.desk.parts.settings, pages="pages.localhost")
        house.desk.parts = replace(house.desk.parts, settings=settings)
        page = await ana.get(f"/permits/{mine.id}/panel")
        assert "form-action 'self' https://*.pages.localhost:8443;" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "strict-origin"
        assert "for SSH clients of your own" in (await ana.get(f"/permits/{ssh.id}/panel")).text
        assert (await petra.get(f"/permits/{mine.id}/panel")).status_code == 403

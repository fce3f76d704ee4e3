from dataclasses import replace
from ipaddress import ip_address

import pytest

from broker.console.browsing.screens import only_looks
from broker.console.browsing.ways import screen_port, ways
from domain.access import Action, ConnectionMethod, Grant, PassageKind
from domain.ids import ToolId
from domain.permit import Permit, PermitState
from domain.plant import Endpoint, Protocol
from tests.broker.console.house import House
from tests.domain.samples import asset, permit

FORWARD = frozenset({Grant(PassageKind.FORWARD)})
HMI = asset(
    endpoints=tuple(
        Endpoint(protocol, ip_address("192.0.2.7"), port)
        for protocol, port in ((Protocol.MODBUS, 502), (Protocol.VNC, 5901), (Protocol.VNC, 5900))
    )
)


def by_browser(grants: frozenset[Grant]) -> Permit:
    return replace(permit(), method=ConnectionMethod.BROWSER, keys=frozenset(), grants=grants)


def test_the_lowest_vnc_port_that_is_granted_is_the_screen() -> None:
    assert screen_port(by_browser(FORWARD), HMI) == 5900
    assert screen_port(by_browser(frozenset({Grant(PassageKind.FORWARD, 5901)})), HMI) == 5901
    assert screen_port(by_browser(frozenset({Grant(PassageKind.FORWARD, 502)})), HMI) is None
    assert screen_port(by_browser(frozenset({Grant(PassageKind.SHELL)})), HMI) is None
    assert screen_port(by_browser(FORWARD), None) is None
    (way,) = ways(by_browser(FORWARD), PermitState.APPROVED, HMI)
    assert (way.what, way.path) == ("Open the screen here", f"/permits/{permit().id}/screen")


@pytest.mark.parametrize(
    ("actions", "limits", "looks"),
    [
        ({Action.VIEW}, (), True),
        ({Action.VIEW, Action.OPERATE}, (), False),
        ({Action.OPERATE}, ("vnc use power",), True),
        ({Action.OPERATE}, ("vnc use pointer",), False),
        ({Action.OPERATE}, ("modbus read coils",), False),
        ({Action.CONFIGURE}, (), True),
    ],
)
def test_a_page_says_view_only_where_neither_key_nor_click_passes(
    actions: set[Action], limits: tuple[str, ...], looks: bool
) -> None:
    asked = replace(permit(), actions=frozenset(actions), limits=frozenset(limits))
    assert only_looks(asked) is looks


async def test_the_page_says_what_a_permit_is_for(house: House) -> None:
    mine = await house.ask(method=ConnectionMethod.BROWSER, tools=frozenset({ToolId("browser")}))
    ssh = await house.ask()
    async with await house.sign_in("ana") as ana, await house.sign_in("petra") as petra:
        page = await ana.get(f"/permits/{mine.id}/screen")
        assert "not for a screen" in page.text
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert "for SSH clients of your own" in (await ana.get(f"/permits/{ssh.id}/screen")).text
        assert (await petra.get(f"/permits/{mine.id}/screen")).status_code == 403

"""By which permit a tunnel goes, from what a lobby's JSON says."""

from typing import Any

import pytest

from broker.cli.tunnel_plan import TOOLS, NoPlanError, Way, local_ports, plan
from domain.plant import TERMINALS, Protocol

A, B = "a" * 26, "b" * 26
ASSETS: list[Any] = [
    {
        "asset": "plc-07",
        "endpoints": [
            {"protocol": "ssh", "port": 22},
            {"protocol": "modbus", "port": 502},
            {"protocol": "s7", "port": 102},
        ],
    },
    {"asset": "hmi-1", "endpoints": [{"protocol": "http", "port": 80}]},
]


def permit(id_: str = A, **changes: Any) -> dict[str, Any]:
    return {
        "permit": id_,
        "asset": "plc-07",
        "state": "approved",
        "grants": ["forward:502", "shell"],
        "start": "2026-03-01T12:00:00Z",
        "end": "2026-03-01T16:00:00Z",
        **changes,
    }


def test_the_only_permit_that_can_be_used_and_opens_a_port_is_taken() -> None:
    others = [
        permit(B, state="requested"),
        permit("c" * 26, grants=["shell"]),
        permit("d" * 26, state="completed"),
    ]
    chosen = plan([*others, permit()], ASSETS, "")
    assert (chosen.permit, chosen.asset, chosen.ways) == (A, "plc-07", (Way(Protocol.MODBUS, 502),))
    assert f"{chosen.end:%H:%M}" == "16:00"


def test_what_the_permit_limits_is_told_too() -> None:
    limits = ["modbus read coils 0-9"]
    assert plan([permit(limits=limits)], ASSETS, A).limits == tuple(limits)
    assert plan([permit()], ASSETS, A).limits == ()


def test_a_grant_of_every_port_opens_all_but_ssh() -> None:
    ways = plan([permit(grants=["forward"])], ASSETS, A).ways
    assert ways == (Way(Protocol.MODBUS, 502), Way(Protocol.S7, 102))


@pytest.mark.parametrize(
    ("permits", "wanted", "said"),
    [
        ([], "", "No permit of yours"),
        ([permit()], B, "There is no permit"),
        ([permit(), permit(B, asset="hmi-1", grants=["forward"])], "", "Several permits"),
        ([permit(state="requested")], A, "is requested"),
        ([permit(state="revoked")], A, "is revoked"),
        ([permit(grants=["shell"])], A, "opens no port"),
        ([permit(asset="elsewhere")], A, "opens no port"),
    ],
)
def test_where_there_is_none_to_go_by_it_is_said_with_a_remedy(
    permits: list[Any], wanted: str, said: str
) -> None:
    with pytest.raises(NoPlanError, match=said) as caught:
        plan(permits, ASSETS, wanted)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("permits", "assets"),
    [
        (["x"], ASSETS),
        ([permit(grants=["forward:x"])], ASSETS),
        ([permit(end="soon")], ASSETS),
        ([permit()], [{"asset": "plc-07", "endpoints": [{"protocol": "modbus", "port": 70000}]}]),
        ([permit()], [{"asset": "plc-07", "endpoints": [{"protocol": "gopher", "port": 70}]}]),
        ([permit()], [{"asset": "plc-07", "endpoints": [5]}]),
    ],
)
def test_what_no_lobby_says_is_a_value_error(permits: list[Any], assets: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        plan(permits, assets, "")


def test_a_way_begins_at_its_own_port_where_it_can() -> None:
    assert local_ports(Way(Protocol.S7, 102)) == (102, 10102, 0)
    assert local_ports(Way(Protocol.ETHERNET_IP, 60000)) == (60000, 0, 0)


def test_each_protocol_that_is_forwarded_has_its_words_and_fixed_ports_are_told_of() -> None:
    assert set(TOOLS) == set(Protocol) - TERMINALS
    assert (
        Way(Protocol.MODBUS, 502).hint("127.0.0.1", 10502)
        == "In a Modbus master: TCP, host 127.0.0.1, port 10502"
    )
    assert Way(Protocol.OPC_UA, 4840).hint("::1", 4840).endswith("opc.tcp://[::1]:4840")
    assert "know port 102 only" in Way(Protocol.S7, 102).hint("127.0.0.1", 10102)
    assert "know port" not in Way(Protocol.S7, 102).hint("127.0.0.1", 102)

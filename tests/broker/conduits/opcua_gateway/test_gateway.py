from base64 import b64encode
from dataclasses import replace
from ipaddress import ip_address
from random import Random

import pytest
from asyncua import ua

from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua_gateway.channel import built
from broker.conduits.opcua_gateway.gateway import OpcUaGateway, gateway_for
from domain.errors import ConfigError
from domain.output import Answer, Cut, ToAsset, ToVendor
from domain.plant import Endpoint, Protocol
from tests.broker.conduits.opcua.samples import (
    ACK,
    SIGNED,
    calls,
    found,
    hello,
    message,
    opening,
    reads,
    writes,
)
from tests.broker.conduits.opcua_gateway.keys import identity
from tests.broker.conduits.opcua_gateway.peers import VIEW, Ends, connected
from tests.for_each import for_each


def test_what_is_judged_and_recorded_is_in_the_clear_and_what_goes_over_either_line_is_not() -> None:
    ends, body = connected(), reads()
    (asked,) = ends.asks(body, 2)
    assert isinstance(asked, ToAsset)
    assert asked.data.endswith(body)
    line = ends.gateway.for_asset(asked.data)
    assert b"Speed" not in line
    assert ends.server.opened(line).Body == body
    body = found(2.5)
    (told,) = ends.answers(body, 2)
    assert isinstance(told, ToVendor)
    assert told.data.endswith(body)
    line = ends.gateway.for_vendor(told.data)
    assert body[-8:] not in line
    assert ends.tool.opened(line).Body == body


def test_what_the_permit_does_not_cover_is_answered_under_seal_and_never_reaches_the_server() -> None:
    """C11, D13."""
    ends = connected()
    for number, change in enumerate((writes(), calls()), start=2):
        (answer,) = ends.asks(change, number)
        assert isinstance(answer, Answer)
        assert answer.code == "opc_ua_service_not_permitted"
        assert ends.tool.opened(ends.gateway.for_vendor(answer.data)).SequenceHeader.RequestId == number
    (asked,) = ends.asks(reads(), 4)
    assert isinstance(asked, ToAsset)
    assert ends.server.opened(ends.gateway.for_asset(asked.data)).SequenceHeader.SequenceNumber == 2, "no gap"


def test_a_channel_gets_new_keys_and_what_was_under_way_by_the_old_ones_still_comes() -> None:
    ends = connected()
    (asked,) = ends.asks(reads(), 2)
    assert isinstance(asked, ToAsset)
    ends.open(3, token=14)
    (told,) = ends.gateway.from_asset(ends.sealed_answer(found(1.0), 2))
    assert isinstance(told, ToVendor)
    kept = ends.tool.sealed(message(reads(), 4))
    ends.open(4, token=15)
    (cut,) = ends.gateway.from_vendor(kept)
    assert isinstance(cut, Cut)
    assert "by keys that were never agreed on, or are no longer" in cut.sentence


@for_each(
    "said",
    [
        "a signature alone",
        "a policy of SHA-1",
        "another key's",
        "another's certificate later",
        "no channel at all",
    ],
)
def test_a_channel_that_is_not_what_the_gate_speaks_ends_it(said: str) -> None:
    ends = Ends(mode=ua.MessageSecurityMode.Sign) if said == "a signature alone" else Ends()
    ends.greet()
    if said == "a policy of SHA-1":
        uri = "http://opcfoundation.org/UA/SecurityPolicy#Basic256"
        outputs = list(ends.gateway.from_vendor(opening(policy=uri, body=b"x" * 256)))
    elif said == "another key's":
        ends.tool.peer = identity("plc").der
        outputs = ends.ask()
    elif said == "another's certificate later":
        ends.open()
        ends.tool.identity = identity("other")
        outputs = ends.ask(2)
    elif said == "no channel at all":
        outputs = list(ends.gateway.from_vendor(message(reads(), 1)))
    else:
        outputs = ends.ask()
    (cut,) = outputs
    assert isinstance(cut, Cut)
    assert cut.code == "opc_ua_channel"
    assert list(ends.gateway.from_vendor(hello())) == []


def test_another_server_than_the_pinned_one_can_open_nothing_and_is_not_believed() -> None:
    ends = Ends()
    ends.greet()
    (asked,) = ends.ask()
    assert isinstance(asked, ToAsset)
    line = ends.gateway.for_asset(asked.data)
    ends.server.identity = identity("other")
    with pytest.raises(Exception, match="another key"):
        ends.server.opening(line)
    ends.server.uri, ends.server.peer = SIGNED, identity("gate").der
    answer = ua.OpenSecureChannelResponse()
    answer.Parameters.ServerNonce = ends.server.fresh_nonce()
    (cut,) = ends.gateway.from_asset(ends.server.sealed_opening(opening(), built(answer)))
    assert isinstance(cut, Cut)
    assert "another certificate than the one that is known" in cut.sentence


def test_where_nothing_is_encrypted_a_tool_may_look_for_servers_and_nothing_else() -> None:
    ends = Ends()
    ends.greet()
    asked = opening()
    assert ends.sent(asked)[:83] == asked[:83], "but for its number"
    (cut,) = ends.gateway.from_vendor(message(reads(), 2))
    assert isinstance(cut, Cut)
    assert "may only look for servers" in cut.sentence


def test_whatever_comes_instead_of_what_was_sealed_nothing_of_it_passes() -> None:
    """C11: every changed byte of a sealed message is noticed, wherever it stands; junk raises nothing."""
    draw, ends = Random(5), connected()
    sealed = ends.tool.sealed(message(reads(), 2))
    for at in range(len(sealed)):
        one = connected() if at == 0 else None
        gate = one.gateway if one is not None else _again(ends)
        changed = sealed[:at] + bytes((sealed[at] ^ draw.randrange(1, 256),)) + sealed[at + 1 :]
        assert not any(isinstance(each, ToAsset) for each in gate.from_vendor(changed)), at
    for _ in range(200):
        gate = _again(ends)
        junk = draw.choice((b"MSGF", b"OPNF", b"CLOF")) + (12 + 60).to_bytes(4, "little") + draw.randbytes(64)
        assert not any(
            isinstance(each, ToAsset | ToVendor) for each in (*gate.from_vendor(junk), *gate.from_asset(junk))
        )


def _again(ends: Ends) -> OpcUaGateway:
    """A gateway in the state of ``ends``, at its beginning otherwise."""
    fresh = Ends()
    fresh.greet()
    gate = fresh.gateway
    gate._tool, gate._server, gate._discovering = ends.gateway._tool, ends.gateway._server, False
    return gate


def test_it_is_made_for_the_pinned_certificate_or_says_what_is_wrong_with_that() -> None:
    endpoint = Endpoint(
        Protocol.OPC_UA, ip_address("192.0.2.10"), 4840, certificate=b64encode(identity("plc").der).decode()
    )
    made = gateway_for(lambda: identity("gate"), OpcUaFilter(VIEW), endpoint)
    assert list(made.from_vendor(hello())) == [ToAsset(hello())]
    assert list(made.from_asset(ACK)) == [ToVendor(ACK)]
    for wrong, filter_ in (
        (replace(endpoint, certificate=b64encode(b"\x30\x82\0\0").decode()), OpcUaFilter(VIEW)),
        (endpoint, ModbusFilter(VIEW)),
    ):
        with pytest.raises(ConfigError):
            gateway_for(lambda: identity("gate"), filter_, wrong)

from collections.abc import Iterable

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.opcua.answers import answered
from broker.conduits.opcua.chunks import FROM_CLIENT, FROM_SERVER, MOST_CHUNK, Framing, secured
from broker.conduits.opcua.filter import MOST_OPEN, OpcUaFilter
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.opcua.samples import (
    ACK,
    METHOD,
    OPENED,
    SIGNED,
    SPEED,
    calls,
    chunk,
    done,
    found,
    hello,
    may_reach,
    message,
    opening,
    own,
    reads,
    writes,
)

VIEW = frozenset({Action.VIEW})
REQUESTS = (
    ua.AddNodesRequest, ua.DeleteNodesRequest, ua.AddReferencesRequest, ua.DeleteReferencesRequest, ua.HistoryUpdateRequest,
    ua.RegisterServerRequest, ua.TransferSubscriptionsRequest, ua.SetTriggeringRequest,
)  # fmt: skip
CHANGES = (
    writes(),
    calls(),
    writes(attribute=ua.AttributeIds.DisplayName),
    *(struct_to_binary(one()) for one in REQUESTS),
)


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def numbers(data: bytes, kinds: frozenset[bytes] = FROM_CLIENT) -> list[int]:
    heads = [secured(one, 0) for one in Framing(kinds).feed(data)]
    return [one.number for one in heads if one is not None]


def connected(actions: frozenset[Action] = VIEW) -> OpcUaFilter:
    gate = OpcUaFilter(actions)
    for sent, came in ((hello(), ACK), (opening(), OPENED)):
        assert reached(gate.from_vendor(sent)) == sent
        assert list(gate.from_asset(came)) == [ToVendor(came)]
    return gate


def signed(actions: frozenset[Action] = VIEW) -> OpcUaFilter:
    gate = OpcUaFilter(actions)
    tuple(gate.from_vendor(hello()))
    tuple(gate.from_asset(ACK))
    sealed = opening(policy=SIGNED, body=bytes(256))
    assert reached(gate.from_vendor(sealed)) == sealed
    assert list(gate.from_asset(sealed)) == [ToVendor(sealed)]
    return gate


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_its_answer() -> None:
    gate = connected()
    for number, (sent, came) in enumerate(
        ((reads(), found(1.0)), (reads(SPEED, METHOD), found(1.0, 2.0))), 2
    ):
        assert list(gate.from_vendor(message(sent, number))) == [ToAsset(message(sent, number))]
        assert list(gate.from_asset(message(came, number))) == [ToVendor(message(came, number))]
    close = chunk(b"CLO", message(reads(), 4)[8:])
    assert list(gate.from_vendor(close)) == [ToAsset(close)]


def test_under_view_whatever_changes_something_is_answered_and_never_reaches_the_server() -> None:
    """C11, D13: writes, calls, nodes and references, history, others' subscriptions."""
    for change in CHANGES:
        gate = connected()
        (answer,) = gate.from_vendor(message(change, 2))
        assert isinstance(answer, Answer)
        assert answer.code == "opc_ua_service_not_permitted"
        (one,) = Framing(FROM_SERVER).feed(answer.data)
        head = secured(one, 0)
        assert head is not None
        told = answered(head.body)
        assert told is not None
        assert (told.outcome(), head.request, head.number) == ("access denied", 2, 2)
        sent = reached(gate.from_vendor(message(reads(), 3)))
        assert numbers(sent) == [2], "the server never learns that there was one more"
        (came,) = gate.from_asset(message(found(1.0), 2, 3))
        assert isinstance(came, ToVendor)
        assert numbers(came.data, FROM_SERVER) == [3], "and the tool's numbers go on behind the gate's answer"


def test_each_action_lets_its_own_be_done() -> None:
    for action, change in (
        (Action.OPERATE, writes()),
        (Action.OPERATE, calls(METHOD, 3)),
        (Action.CONFIGURE, writes(attribute=ua.AttributeIds.AccessLevel)),
        (Action.CONFIGURE, calls(ua.NodeId(12542, 0))),
        (Action.CONFIGURE, struct_to_binary(ua.AddNodesRequest())),
        (Action.OVERRIDE, calls(ua.NodeId(12886, 0))),
    ):
        sent = message(change, 2)
        assert list(connected(VIEW | {action}).from_vendor(sent)) == [ToAsset(sent)]
        assert reached(connected(frozenset(Action) - {action}).from_vendor(sent)) == b""
    refreshed = message(calls(ua.NodeId(3875, 0)), 2)
    assert reached(connected().from_vendor(refreshed)) == refreshed


def test_a_write_in_several_chunks_takes_more_and_is_refused_as_one() -> None:
    body = writes()
    parts = message(body[:40] + bytes(60), 2, 7, b"C"), message(body[40:], 3, 7)
    assert reached(connected(frozenset(Action)).from_vendor(b"".join(parts))) == b"".join(parts)
    gate = connected(VIEW | {Action.OPERATE})
    outputs = list(gate.from_vendor(parts[0] + parts[1]))
    assert codes(outputs) == ["opc_ua_service_not_permitted"]
    assert reached(outputs) == b""
    refused, told = outputs
    assert isinstance(refused, Answer)
    assert refused.data == b"", "a tool that still sends is not answered yet"
    assert isinstance(told, ToVendor)
    assert own(told.data)
    assert numbers(reached(gate.from_vendor(message(reads(), 4)))) == [2]


def test_a_service_that_nobody_knows_is_answered_and_ends_the_conduit() -> None:
    for unknown in (b"\x01\x00\x39\x05", b"\x01\x02\x77\x02", b"\x03\x02\x00\x01\x00\x00\x00x"):
        gate = connected(frozenset(Action))
        outputs = list(gate.from_vendor(message(unknown + reads()[4:], 2) + message(reads(), 3)))
        assert codes(outputs) == ["opc_ua_service_unknown"] * 2
        assert reached(outputs) == b""
        assert list(gate.from_vendor(message(reads(), 3))) == []


@pytest.mark.parametrize(
    "junk", [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x00"]
)
def test_another_protocol_in_the_tunnel_ends_it(junk: bytes) -> None:
    """C04: HTTP, SSH and TLS are no OPC UA."""
    assert codes(OpcUaFilter(frozenset(Action)).from_vendor(junk)) == ["opc_ua_malformed"]
    assert codes(OpcUaFilter(frozenset(Action)).from_asset(junk)) == ["opc_ua_malformed"]


def test_what_can_t_be_one_conversation_ends_it() -> None:
    """C11: no greeting, no channel, a channel that is no plain one, a sequence with a gap, chunks that do not belong."""
    begun = message(reads(), 2, part=b"C")
    for sent in (
        message(reads(), 2) + message(reads(), 4),
        message(reads(), 2) + message(reads(), 2),
        begun + message(b"", 3),
        message(b"", 2, part=b"A"),
        message(reads()[:20], 2),
        message(reads() + b"x", 2),
        message(writes()[:-3], 2),
        hello(),
        opening(2, mode=3),
        opening(2, policy=SIGNED),
        opening(2, policy="http://example.org/none"),
        begun + opening(3),
        chunk(b"MSG", bytes(15)),
    ):
        outputs = list(connected(frozenset(Action)).from_vendor(sent))
        assert codes(outputs) == ["opc_ua_malformed"], sent
        assert isinstance(outputs[-1], Cut)
    for sent in (message(reads(), 1), opening(), hello()[:12] + bytes(8)):
        assert codes(OpcUaFilter(VIEW).from_vendor(sent)) in (["opc_ua_malformed"], [])
    for came in (ACK, OPENED, message(found(1.0), 1)):
        assert codes(OpcUaFilter(VIEW).from_asset(came)) == ["opc_ua_malformed"]


def test_both_ends_agree_on_no_longer_chunks_than_the_gate_holds() -> None:
    assert reached(OpcUaFilter(VIEW).from_vendor(hello(2**24))) == hello(MOST_CHUNK)
    assert reached(OpcUaFilter(VIEW).from_vendor(hello(8192))) == hello(8192)


def test_what_is_signed_is_read_and_refused_by_its_end() -> None:
    """C05: nobody can answer it in the server's place."""
    gate, signature = signed(), bytes(32)
    sent = message(reads(), 900, 5, signature=signature)
    assert list(gate.from_vendor(sent)) == [ToAsset(sent)]
    came = message(found(1.0), 33, 5, signature=signature)
    assert list(gate.from_asset(came)) == [ToVendor(came)]
    outputs = list(gate.from_vendor(message(writes(), 901, 6, signature=signature)))
    assert codes(outputs) == ["opc_ua_service_not_permitted"]
    assert isinstance(outputs[0], Cut)


def test_what_is_encrypted_does_not_pass() -> None:
    """C05: an inner tunnel that nobody sees into."""
    for body in (bytes(range(64)), bytes(64), reads()[1:] + bytes(32)):
        outputs = list(signed(frozenset(Action)).from_vendor(message(body, 2)))
        assert codes(outputs) == ["opc_ua_encrypted"]
        assert isinstance(outputs[0], Cut)


def test_an_answer_that_nobody_asked_for_is_withheld_and_the_numbers_close_over_it() -> None:
    gate = connected()
    tuple(gate.from_vendor(message(reads(), 2)))
    assert codes(gate.from_asset(message(found(1.0), 2, 99))) == ["opc_ua_unasked"]
    (came,) = gate.from_asset(message(found(1.0), 3, 2))
    assert isinstance(came, ToVendor)
    assert numbers(came.data, FROM_SERVER) == [2]
    assert codes(gate.from_asset(message(found(1.0), 4, 2))) == ["opc_ua_unasked"], "an answer is one answer"
    assert codes(signed().from_asset(message(found(1.0), 4, 2))) == ["opc_ua_unasked"]


def test_a_server_that_never_answers_costs_no_memory() -> None:
    gate = connected()
    for number in range(2, MOST_OPEN + 100):
        assert reached(gate.from_vendor(message(reads(), number)))
    assert len(gate._open) == MOST_OPEN
    assert isinstance(done(), bytes)


@given(st.binary(max_size=60), st.sampled_from([reads()[:30], writes()[:40], calls()[:40], b"\x01\x00"]))
def test_whatever_a_request_says_only_what_looks_reaches_the_server(data: bytes, begins: bytes) -> None:
    """C11, D13."""
    for one in connected().from_vendor(message(begins + data, 2)):
        assert not isinstance(one, ToAsset) or may_reach(one.data)

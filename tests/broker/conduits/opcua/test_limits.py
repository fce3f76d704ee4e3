import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from broker.conduits.opcua.answers import ACCESS_DENIED, OUT_OF_RANGE, answered
from broker.conduits.opcua.chunks import FROM_SERVER, Framing, secured
from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua.requests import NAMING
from broker.conduits.opcua.services import OPEN_CHANNEL, SERVICES, WORKING
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, Cut, Output, ToAsset
from domain.plant import Protocol
from domain.vocabulary import VOCABULARY
from tests.broker.conduits.opcua.samples import (
    ACK,
    METHOD,
    OPENED,
    SIGNED,
    SPEED,
    calls,
    hello,
    message,
    opening,
    reads,
    writes,
)
from tests.for_each import for_each

LIMITS = tuple(
    limit_of(f"opc-ua {one}")
    for one in (
        'read nodes "ns=2;s=Speed"',
        'read nodes "i=2259"',
        'write nodes "ns=2;s=Speed" between -10.5 and 500',
        'write nodes "ns=2;s=Name"',
        'use methods "ns=2;s=Start of ns=2;s=Speed"',
        'use methods "ns=2;s=Reset"',
        "use browse",
    )
)
NAME, OTHER, RESET = ua.NodeId("Name", 2), ua.NodeId("speed", 2), ua.NodeId("Reset", 2)
STATE = ua.NodeId(2259)


def told(*requests: bytes, policy: str = "", part: bytes = b"F") -> Output:
    """What becomes of the last of ``requests``."""
    gate = OpcUaFilter(frozenset(Action), LIMITS)
    asked = opening(policy=policy, body=b"sealed") if policy else opening()
    answers = opening(policy=policy, body=b"sealed") if policy else OPENED
    for sent, came in ((hello(), ACK), (asked, answers)):
        tuple(gate.from_vendor(sent))
        tuple(gate.from_asset(came))
    signature = bytes(32) if policy else b""
    for at, one in enumerate(requests, start=2):
        (output,) = gate.from_vendor(message(one, at, part=part, signature=signature))
    return output


def watches(*nodes: ua.NodeId) -> bytes:
    request = ua.CreateMonitoredItemsRequest()
    request.Parameters.ItemsToCreate = [
        ua.MonitoredItemCreateRequest(ua.ReadValueId(node, ua.AttributeIds.Value)) for node in nodes
    ]
    return struct_to_binary(request)


def writes_text(node: ua.NodeId, text: str) -> bytes:
    request = ua.WriteRequest()
    request.Parameters.NodesToWrite = [
        ua.WriteValue(
            node, ua.AttributeIds.Value, Value=ua.DataValue(ua.Variant(text, ua.VariantType.String))
        )
    ]
    return struct_to_binary(request)


@for_each(
    "asked, code",
    [
        pytest.param(reads(), "", id="a node that may be read"),
        pytest.param(reads(SPEED, STATE), "", id="and one of the standard's"),
        pytest.param(reads(SPEED, NAME), "node", id="one of two"),
        pytest.param(reads(OTHER), "node", id="a name that differs by its case"),
        pytest.param(watches(SPEED), "", id="a watched node"),
        pytest.param(watches(SPEED, NAME), "node", id="one of two watched"),
        pytest.param(writes(value=500.0), "", id="the upper bound"),
        pytest.param(writes(value=500.5), "value", id="above it"),
        pytest.param(writes(value=-10.5), "", id="the lower bound"),
        pytest.param(writes(value=float("nan")), "value", id="no number"),
        pytest.param(writes_text(SPEED, "5"), "value", id="a text where a number is bounded"),
        pytest.param(writes_text(NAME, "line 5"), "", id="a text without bounds"),
        pytest.param(writes(NAME, attribute=ua.AttributeIds.DisplayName), "", id="another attribute without bounds"),
        pytest.param(writes(attribute=ua.AttributeIds.MinimumSamplingInterval), "value", id="and within bounds"),
        pytest.param(writes(OTHER), "node", id="a node that is not named"),
        pytest.param(calls(METHOD, 5), "", id="a method of its object"),
        pytest.param(calls(RESET), "", id="a method of any object"),
        pytest.param(calls(NAME), "node", id="another method"),
        pytest.param(struct_to_binary(ua.BrowseRequest()), "", id="a service that is named"),
        pytest.param(struct_to_binary(ua.PublishRequest()), "", id="one that a session works by"),
        pytest.param(struct_to_binary(ua.HistoryReadRequest()), "service", id="one that is not named"),
        pytest.param(struct_to_binary(ua.DeleteNodesRequest()), "service", id="nor this"),
    ],
)  # fmt: skip
def test_every_node_and_every_value_is_held(asked: bytes, code: str) -> None:
    """S-05: what lies outside is answered as the server would, and never reaches it."""
    output = told(asked)
    if not code:
        assert isinstance(output, ToAsset), output
        return
    assert isinstance(output, Answer)
    assert output.code == f"opc_ua_{code}_not_permitted"
    (chunk,) = Framing(FROM_SERVER).feed(output.data)
    said = secured(chunk, 0)
    assert said is not None
    answer = answered(said.body)
    assert answer is not None
    assert answer.status == (OUT_OF_RANGE if code == "value" else ACCESS_DENIED)


def test_a_request_in_several_chunks_names_what_nobody_reads() -> None:
    output = told(reads(), part=b"C")
    assert isinstance(output, Answer)
    assert (output.code, output.data) == ("opc_ua_node_not_permitted", b""), "answered with its last chunk"


def test_where_it_is_signed_what_lies_outside_ends_the_conduit() -> None:
    assert isinstance(told(reads(), policy=SIGNED), ToAsset)
    output = told(writes(value=501.0), policy=SIGNED)
    assert isinstance(output, Cut)
    assert output.code == "opc_ua_value_not_permitted"


def test_every_service_has_its_word_for_limits() -> None:
    words = VOCABULARY[Protocol.OPC_UA]
    named = {one.name for code, one in SERVICES.items() if code not in WORKING and code not in NAMING}
    assert words.uses == named
    assert OPEN_CHANNEL not in SERVICES

"""OPC UA for the tests of its filter, and for the shared tests of every filter. Requests are built by asyncua."""

import struct

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from broker.conduits.opcua.chunks import FROM_CLIENT, FROM_SERVER, MESSAGE, MOST_CHUNK, OPEN, Framing, secured
from broker.conduits.opcua.requests import Request, read
from broker.conduits.opcua.services import FAULT
from domain.access import Action

CHANNEL, TOKEN = 6, 13
NONE = "http://opcfoundation.org/UA/SecurityPolicy#None"
SIGNED = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"
SPEED, METHOD = ua.NodeId("Speed", 2), ua.NodeId("Start", 2)


def chunk(kind: bytes, data: bytes, part: bytes = b"F") -> bytes:
    return kind + part + struct.pack("<I", 8 + len(data)) + data


def hello(most: int = MOST_CHUNK) -> bytes:
    url = b"opc.tcp://127.0.0.1:4840"
    return chunk(b"HEL", struct.pack("<IIIII", 0, most, most, 0, 0) + struct.pack("<i", len(url)) + url)


ACK = chunk(b"ACK", struct.pack("<IIIII", 0, MOST_CHUNK, MOST_CHUNK, 0, 0))


def opening(
    number: int = 1, mode: int = 1, policy: str = NONE, body: bytes | None = None, request: int | None = None
) -> bytes:
    """A request for a secure channel, or the answer to one."""
    asked = ua.OpenSecureChannelRequest()
    asked.Parameters.SecurityMode = ua.MessageSecurityMode(mode)
    said = struct_to_binary(asked) if body is None else body
    head = struct.pack("<II", CHANNEL, len(policy)) + policy.encode() + struct.pack("<ii", -1, -1)
    return chunk(OPEN, head + struct.pack("<II", number, request or number) + said)


def message(
    body: bytes, number: int, request: int | None = None, part: bytes = b"F", signature: bytes = b""
) -> bytes:
    """One chunk of a message; the request's number is the sequence's unless it is told."""
    head = struct.pack("<IIII", CHANNEL, TOKEN, number, number if request is None else request)
    return chunk(MESSAGE, head + body + signature, part)


def reads(*nodes: ua.NodeId) -> bytes:
    request = ua.ReadRequest()
    request.RequestHeader.RequestHandle = 77
    request.Parameters.NodesToRead = [
        ua.ReadValueId(node, ua.AttributeIds.Value) for node in nodes or (SPEED,)
    ]
    return struct_to_binary(request)


def writes(
    node: ua.NodeId = SPEED, value: float = 350.0, attribute: ua.AttributeIds = ua.AttributeIds.Value
) -> bytes:
    request = ua.WriteRequest()
    request.RequestHeader.RequestHandle = 77
    request.Parameters.NodesToWrite = [
        ua.WriteValue(node, attribute, Value=ua.DataValue(ua.Variant(value, ua.VariantType.Double)))
    ]
    return struct_to_binary(request)


def calls(method: ua.NodeId = METHOD, *arguments: object) -> bytes:
    request = ua.CallRequest()
    one = ua.CallMethodRequest(SPEED, method)
    one.InputArguments = [ua.Variant(argument) for argument in arguments]
    request.Parameters.MethodsToCall = [one]
    return struct_to_binary(request)


def found(*values: float) -> bytes:
    """The answer to a read."""
    answer = ua.ReadResponse()
    answer.Results = [ua.DataValue(ua.Variant(value, ua.VariantType.Double)) for value in values]
    return struct_to_binary(answer)


def done(*statuses: int) -> bytes:
    """The answer to a write."""
    answer = ua.WriteResponse()
    answer.Results = [ua.StatusCode(status) for status in statuses or (0,)]
    return struct_to_binary(answer)


OPENED = opening(1, body=struct_to_binary(ua.OpenSecureChannelResponse()))
WRITES = writes()
TALK = (
    (True, hello()),
    (False, ACK),
    (True, opening()),
    (False, OPENED),
    (True, message(reads(), 2)),
    (False, message(found(2.5), 2)),
    (True, message(writes(), 3) + message(reads(), 4)),
    (False, message(done(), 3, 99) + message(found(2.5), 4)),
    (True, message(reads(SPEED, METHOD), 5, part=b"C") + message(b"", 6, 5) + message(calls(), 7)),
    (False, message(found(1.0), 5, part=b"C") + message(b"", 6, 5)),
    (True, message(WRITES[:90], 8, part=b"C") + message(WRITES[90:], 9, 8)),
    (True, message(b"\x01\x00\x39\x05" + reads()[4:], 10)),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole chunks that only look; those behind a message's first say nothing by themselves."""
    whole = b""
    for one in Framing(FROM_CLIENT).feed(data):
        whole += one.data
        body = secured(one, 0) if one.kind == MESSAGE else None
        if body is None or (body.number, body.request) == (0, 0):
            continue
        said = read(body.body, whole=one.part == b"F")
        if isinstance(said, Request) and said.needs != {Action.VIEW}:
            return False
    return whole == data


def own(data: bytes) -> bool:
    """Whether this is one chunk that says no: what was refused at a request's first chunk is answered at its last."""
    found = list(Framing(FROM_SERVER).feed(data))
    body = secured(found[0], 0) if len(found) == 1 else None
    return body is not None and body.body.startswith(b"\x01\0" + FAULT.to_bytes(2, "little"))

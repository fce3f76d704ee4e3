from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary

from broker.conduits.opcua.answers import ACCESS_DENIED, answered, fault
from broker.conduits.opcua.chunks import FROM_SERVER, Framing, Secured, secured
from tests.broker.conduits.opcua.samples import done, found


def test_the_server_s_own_no_is_told() -> None:
    for body, outcome, values in (
        (found(1.0, 2.5), "", ("1", "2.5")),
        (done(), "", ()),
        (done(0, 0x80340000), "node unknown", ()),
        (done(0x80FF0000), "status 0x80ff0000", ()),
    ):
        told = answered(body)
        assert told is not None
        assert (told.outcome(), told.values) == (outcome, values)
    for body in (b"", found(1.0)[:10], found(1.0)[:-9], b"\x01\x02" + found(1.0)[2:]):
        assert answered(body) is None


def test_a_fault_is_one_that_a_stock_client_reads() -> None:
    asked = Secured(6, 13, 40, 9, b"")
    (one,) = Framing(FROM_SERVER).feed(fault(asked, 55, 77, bytes(8), ACCESS_DENIED))
    head = secured(one, 0)
    assert head is not None
    assert (head.channel, head.token, head.number, head.request) == (6, 13, 55, 9)
    read = struct_from_binary(ua.ServiceFault, ua.utils.Buffer(head.body))
    assert read.ResponseHeader.RequestHandle == 77
    assert read.ResponseHeader.ServiceResult.value == ACCESS_DENIED
    told = answered(head.body)
    assert told is not None
    assert told.outcome() == "access denied"

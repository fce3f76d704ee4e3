from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from broker.conduits.opcua.requests import Malformed, Request, Unknown, read
from domain.access import Action
from tests.broker.conduits.opcua.samples import METHOD, SPEED, calls, reads, writes

V, OP, C = Action.VIEW, Action.OPERATE, Action.CONFIGURE


def test_what_a_request_takes_and_how_it_is_told() -> None:
    """C11, D13."""
    for body, needs, said, values in (
        (reads(), {V}, "read, ns=2;s=Speed", ()),
        (reads(*[SPEED] * 10), {V}, f"read, {', '.join(['ns=2;s=Speed'] * 8)} and 2 more", ()),
        (writes(), {OP}, "write, ns=2;s=Speed", ("350",)),
        (writes(attribute=ua.AttributeIds.DisplayName), {C}, "write, ns=2;s=Speed attribute 4", ("350",)),
        (calls(METHOD, 1, "x", [1.0]), {OP}, "call, ns=2;s=Start of ns=2;s=Speed", ()),
        (struct_to_binary(ua.BrowseRequest()), {V}, "browse", ()),
        (struct_to_binary(ua.PublishRequest()), {V}, "publish", ()),
        (struct_to_binary(ua.AddNodesRequest()), {C}, "add nodes", ()),
    ):
        found = read(body, whole=True)
        assert isinstance(found, Request), said
        assert (found.needs, str(found), found.values) == (needs, said, values)
    assert isinstance(found := read(reads(), whole=True), Request)
    assert found.handle == 77


def test_of_a_part_only_the_service_is_known_and_it_takes_the_most() -> None:
    for body, needs in ((writes()[:60], {OP, C}), (calls()[:60], {OP, C}), (reads()[:60], {V})):
        found = read(body, whole=False)
        assert isinstance(found, Request)
        assert found.needs == needs


def test_what_nobody_can_judge_is_told_apart() -> None:
    """C11."""
    for body in (b"", reads()[:20], reads() + b"x", writes()[:-1], calls() + b"\0"):
        assert isinstance(read(body, whole=True), Malformed)
    for kind in (b"\x01\x00\x39\x05", b"\x01\x02\x77\x02", b"\x00\x05"):
        assert isinstance(read(kind + reads()[4:], whole=True), Unknown)

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.enip.filter import MOST_OPEN, EthernetIpFilter
from broker.conduits.enip.frames import LIST_IDENTITY, NOP, REGISTER, UNREGISTER, Framing, packet
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.enip.samples import (
    BACK,
    CLOSED,
    OPENED,
    READ,
    VALUE,
    WRITE,
    closing,
    connected,
    framed,
    may_reach,
    opening,
    sent_on,
    several,
    to_tag,
    unconnected,
)

VIEW = frozenset({Action.VIEW})
CHANGES = (
    WRITE, to_tag(0x4E, "Speed", "0400 00000000 00000000"), to_tag(0x53, "Speed", "c400 0100 00000000 01000000"), to_tag(0x10, "Speed"),
    *map(bytes.fromhex, (
        "10 03 20 04 24 64 30 03 0100", "02 02 20 01 24 01", "04 02 20 f5 24 01 0100 0300", "10 03 20 f5 24 01 30 05",
        "05 02 20 01 24 01 00", "06 02 20 8e 24 01", "07 02 20 8e 24 01", "08 02 20 6b 24 00", "09 02 20 6b 24 07",
        "15 02 20 01 24 01", "16 02 20 01 24 01", "4c 02 20 37 24 c8 00", "50 02 20 37 24 c8 00", "4b 02 20 01 24 01",
    )),
)  # fmt: skip


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def answer_in(outputs: Iterable[Output]) -> tuple[str, bytes, int | None]:
    """The code, the message and the connection of the one answer in the device's place."""
    (one, *_cut) = outputs
    assert isinstance(one, Answer)
    (frame,) = Framing().feed(one.data)
    found = packet(frame.data)
    assert found is not None
    return one.code, found.message, found.connection


def with_connection(actions: frozenset[Action] = VIEW) -> EthernetIpFilter:
    gate = EthernetIpFilter(actions)
    assert reached(gate.from_vendor(unconnected(opening()))) == unconnected(opening())
    assert list(gate.from_asset(unconnected(OPENED))) == [ToVendor(unconnected(OPENED))]
    return gate


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_its_answer() -> None:
    gate = EthernetIpFilter(VIEW)
    for sent, came in (
        (framed(REGISTER, b"\1\0\0\0", session=0), framed(REGISTER, b"\1\0\0\0")),
        (framed(LIST_IDENTITY), framed(LIST_IDENTITY, b"\1\0")),
        (unconnected(READ), unconnected(VALUE)),
        (unconnected(sent_on(READ)), unconnected(VALUE)),
        (unconnected(sent_on(READ)), unconnected("d2 00 01 01 0402 00")),
        (unconnected(several(READ, READ)), unconnected("8a 00 00 00 0000")),
    ):
        assert list(gate.from_vendor(sent)) == [ToAsset(sent)]
        assert list(gate.from_asset(came)) == [ToVendor(came)]
    for silent in (framed(NOP), framed(UNREGISTER)):
        assert list(gate.from_vendor(silent)) == [ToAsset(silent)]


def test_under_view_whatever_changes_something_is_answered_however_it_is_carried() -> None:
    """C11, D13: tags, outputs, settings, resets, starts and stops, downloads; alone, among others, sent on, connected."""
    for change in CHANGES:
        for carried, named in (
            (change, change[0]),
            (sent_on(change), change[0]),
            (several(READ, change), 0x0A),
            (sent_on(several(READ, change)), 0x0A),
            (several(READ, several(change)), 0x0A),
        ):
            outputs = list(EthernetIpFilter(VIEW).from_vendor(unconnected(carried)))
            assert reached(outputs) == b"", carried.hex()
            assert answer_in(outputs) == (
                "ethernet_ip_service_not_permitted",
                bytes((named | 0x80, 0, 0x0F, 0)),
                None,
            )
        gate = with_connection()
        told = answer_in(gate.from_vendor(connected(change, 9)))
        assert told == ("ethernet_ip_service_not_permitted", bytes((change[0] | 0x80, 0, 0x0F, 0)), BACK)
        assert reached(gate.from_vendor(connected(READ, 10))) == connected(READ, 10), (
            "the way is as open as before"
        )


def test_each_action_lets_its_own_be_done() -> None:
    for action, change in (
        (Action.OPERATE, WRITE),
        (Action.OPERATE, bytes.fromhex("10 03 20 04 24 64 30 03 0100")),
        (Action.CONFIGURE, bytes.fromhex("10 03 20 f5 24 01 30 05")),
        (Action.CONFIGURE, bytes.fromhex("50 02 20 37 24 c8 00")),
        (Action.OVERRIDE, bytes.fromhex("05 02 20 01 24 01 00")),
        (Action.OVERRIDE, bytes.fromhex("07 02 20 8e 24 01")),
    ):
        sent = unconnected(sent_on(change))
        assert list(EthernetIpFilter(VIEW | {action}).from_vendor(sent)) == [ToAsset(sent)]
        assert reached(EthernetIpFilter(frozenset(Action) - {action}).from_vendor(sent)) == b""


def test_a_service_that_nobody_knows_is_answered_and_ends_the_conduit() -> None:
    """Makers' own: PCCC inside CIP for one, and what loads programs."""
    for unknown in ("4b 02 20 67 24 01 00", "5c 02 20 64 24 01", "32 02 20 01 24 01", "4c 02 20 01 24 01"):
        gate = EthernetIpFilter(frozenset(Action))
        outputs = list(gate.from_vendor(unconnected(unknown) + unconnected(READ)))
        assert codes(outputs) == ["ethernet_ip_service_unknown"] * 2
        assert answer_in(outputs)[1] == bytes((int(unknown[:2], 16) | 0x80, 0, 0x08, 0))
        assert reached(outputs) == b""
        assert list(gate.from_vendor(unconnected(READ))) == []


def test_what_would_go_on_to_another_device_is_refused() -> None:
    """C04: out of the rack, two racks on, sent on twice, or as a connection of inputs and outputs."""
    for message, status in (
        (sent_on(READ, "12 0b 31 30 2e 31 2e 31 2e 31 2e 32 30 00".replace("12 0b", "12 0b")), 0x0F),
        (sent_on(READ, "02 05"), 0x0F),
        (sent_on(READ, "01 02 01 03"), 0x0F),
        (sent_on(sent_on(READ)), 0x0F),
        (opening(route="01 02 02 05 20 02 24 01"), 0x0F),
        (opening(route="20 04 24 64 2c 65"), 0x01),
        (opening(transport=0x01), 0x01),
        (opening(transport=0x01, code=0x5B), 0x01),
    ):
        outputs = list(EthernetIpFilter(frozenset(Action)).from_vendor(unconnected(message)))
        assert reached(outputs) == b""
        code, answer, _back = answer_in(outputs)
        assert (code, answer[2]) == ("ethernet_ip_elsewhere", status), message.hex()


@pytest.mark.parametrize(
    "junk", [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01", b"\xc8\x00\x00\x00"]
)
def test_another_protocol_in_the_tunnel_ends_it(junk: bytes) -> None:
    """C04: HTTP, SSH and TLS are no EtherNet/IP, and EtherNet/IP that turns to TLS is not seen into."""
    assert codes(EthernetIpFilter(frozenset(Action)).from_vendor(junk)) == ["ethernet_ip_malformed"]
    assert codes(EthernetIpFilter(frozenset(Action)).from_asset(junk)) == ["ethernet_ip_malformed"]


def test_a_connection_is_one_that_the_device_opened_and_nobody_has_closed() -> None:
    gate = EthernetIpFilter(VIEW)
    assert codes(gate.from_vendor(connected(READ))) == ["ethernet_ip_no_connection"]
    gate = with_connection()
    assert reached(gate.from_vendor(connected(READ, 1))) == connected(READ, 1)
    answer = connected(VALUE, 1, by=BACK)
    assert codes(gate.from_asset(connected(VALUE, 2, by=BACK))) == ["ethernet_ip_unasked"]
    assert codes(gate.from_asset(connected(VALUE, 1, by=0x99))) == ["ethernet_ip_unasked"]
    assert list(gate.from_asset(answer)) == [ToVendor(answer)]
    tuple(gate.from_vendor(unconnected(closing(), 3)))
    assert list(gate.from_asset(unconnected(CLOSED, 3))) == [ToVendor(unconnected(CLOSED, 3))]
    assert codes(gate.from_vendor(connected(READ, 4))) == ["ethernet_ip_no_connection"]


def test_an_answer_that_nobody_asked_for_is_withheld_and_the_work_goes_on() -> None:
    gate = EthernetIpFilter(VIEW)
    assert codes(gate.from_asset(unconnected(VALUE))) == ["ethernet_ip_unasked"]
    tuple(gate.from_vendor(unconnected(READ, 5)))
    assert (
        codes(gate.from_asset(unconnected(VALUE, 6) + unconnected("8e 00 00 00", 5)))
        == ["ethernet_ip_unasked"] * 2
    )
    assert list(gate.from_asset(unconnected(VALUE, 5))) == [ToVendor(unconnected(VALUE, 5))]
    assert codes(gate.from_asset(unconnected(VALUE, 5))) == ["ethernet_ip_unasked"], "an answer is one answer"


def test_a_device_that_never_answers_costs_no_memory() -> None:
    gate = with_connection()
    for number in range(300):
        assert reached(gate.from_vendor(unconnected(READ, number)))
    assert len(gate._open) == MOST_OPEN


@given(
    st.binary(max_size=40),
    st.sampled_from(
        [b"", b"\x0a\x02\x20\x02\x24\x01", b"\x52\x02\x20\x06\x24\x01", b"\x4c\x02\x20", b"\x10"]
    ),
)
def test_whatever_a_message_says_only_what_looks_reaches_the_device(data: bytes, begins: bytes) -> None:
    """C11, D13: for every message, and for every one that carries others."""
    for carried in (begins + data, several(READ, begins + data), sent_on(begins + data)):
        for one in EthernetIpFilter(VIEW).from_vendor(unconnected(carried)):
            assert not isinstance(one, ToAsset) or may_reach(one.data)

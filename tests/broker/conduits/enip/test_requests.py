from broker.conduits.enip.frames import SEND_RR, Frame, Framing
from broker.conduits.enip.requests import Elsewhere, Malformed, Plain, Request, Unknown, read
from tests.broker.conduits.enip.samples import (
    KEY,
    READ,
    WRITE,
    closing,
    connected,
    framed,
    opening,
    sent_on,
    several,
    to_tag,
    unconnected,
)


def said(wire: bytes, slots: dict[int, str] | None = None) -> object:
    (frame,) = Framing().feed(wire)
    return read(frame, slots or {})


def test_what_is_carried_is_unpacked_and_told() -> None:
    """C11."""
    for message, uses in (
        (READ, ["read tag, tag Speed"]),
        (several(READ, WRITE), ["read tag, tag Speed", "write tag, tag Speed"]),
        (
            sent_on(several(READ, WRITE), "01 03"),
            ["slot 3: read tag, tag Speed", "slot 3: write tag, tag Speed"],
        ),
        (several(READ, several(WRITE)), ["read tag, tag Speed", "write tag, tag Speed"]),
        (bytes.fromhex("0e 03 20 01 24 01 30 07"), ["get attribute, identity 1 attribute 7"]),
        (bytes.fromhex("10 03 20 93 24 01 30 07 00"), ["set attribute, class 0x93 1 attribute 7"]),
        (bytes.fromhex("55 03 20 6b 25 00 00 00 0200 0100 0200"), ["list tags, symbol 0"]),
        (bytes.fromhex("01 00"), ["get all attributes, no class"]),
        (opening(), ["open connection, connection manager 1"]),
    ):
        found = said(unconnected(message))
        assert isinstance(found, Request), (message.hex(), found)
        assert [str(use) for use in found.uses] == uses
        assert found.answered_as == (uses and (message[0] if message[0] != 0x52 else 0x0A))
    found = said(connected(READ, 9), {0x11: "4"})
    assert isinstance(found, Request)
    assert (str(found.uses[0]), found.connection, found.number) == ("slot 4: read tag, tag Speed", 0x11, 9)


def test_opening_and_closing_stand_alone() -> None:
    found = said(unconnected(closing()))
    assert isinstance(found, Request)
    assert found.closes == KEY
    assert isinstance(said(unconnected(several(READ, opening()))), Malformed)
    assert isinstance(said(unconnected(several(closing(), READ))), Malformed)


def test_what_nobody_can_judge_is_told_apart() -> None:
    """C11."""
    nested = several(several(several(several(several(READ)))))
    for wire, kind in (
        (framed(0x63), Plain),
        (Frame(0x63, 7, 1, bytes(8)).wire(), Malformed),
        (Frame(0x63, 7, 0, bytes(8), b"", 1).wire(), Malformed),
        (framed(SEND_RR, b""), Malformed),
        (framed(SEND_RR, bytes.fromhex("00000000 0500 0300 0000 0000 b200 0200 0100 0080 0000")), Malformed),
        (framed(0x70, bytes.fromhex("00000000 0500 0200 0000 0000 b200 0200 0100")), Malformed),
        (unconnected("8c 00"), Malformed),
        (unconnected("0e"), Malformed),
        (unconnected("0e 03 20 01"), Malformed),
        (unconnected("0e 03 01 00 20 01 24 01"), Malformed),
        (unconnected(nested), Malformed),
        (unconnected("0a 02 20 02 24 01 0000"), Malformed),
        (unconnected("0a 02 20 02 24 01 0100 0500 0100"), Malformed),
        (unconnected("0a 02 20 02 24 01 0200 0600 0600 0100"), Malformed),
        (unconnected("0a 02 20 02 24 01 ffff"), Malformed),
        (unconnected(sent_on(READ)[:-2]), Malformed),
        (unconnected(sent_on(READ, "20 06 24 01")), Malformed),
        (unconnected(opening()[:-2]), Malformed),
        (unconnected(closing()[:-2]), Malformed),
        (unconnected(sent_on(opening("20 02 24 01"), "01 03")), Request),
        (unconnected("0a 02 20 04 24 01 0100 0400 0100"), Unknown),
        (unconnected("52 02 20 01 24 01"), Unknown),
        (unconnected(to_tag(0x4B, "Speed")), Unknown),
        (unconnected(several(READ, bytes.fromhex("4b 02 20 67 24 01"))), Unknown),
        (unconnected(sent_on(sent_on(READ))), Elsewhere),
        (unconnected(sent_on(READ, "02 05")), Elsewhere),
        (connected(sent_on(READ)), Elsewhere),
        (unconnected(sent_on(opening(), "01 03")), Elsewhere),
    ):
        assert isinstance(said(wire), kind), (wire[24:].hex(), said(wire))

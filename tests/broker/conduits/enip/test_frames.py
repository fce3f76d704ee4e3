from broker.conduits.enip.frames import (
    LIST_IDENTITY,
    SEND_RR,
    SEND_UNIT,
    Frame,
    Framing,
    Packet,
    items,
    packed,
    packet,
)


def test_a_frame_is_what_it_was_wherever_the_stream_is_split() -> None:
    sent = [Frame(SEND_RR, 7, 0, b"12345678", bytes(count)) for count in (0, 1, 300)] + [
        Frame(LIST_IDENTITY, 0, 0, bytes(8))
    ]
    stream = b"".join(frame.wire() for frame in sent)
    for step in (1, 3, 24, 25, len(stream)):
        framing = Framing()
        found: list[Frame] = []
        for at in range(0, len(stream), step):
            found += framing.feed(stream[at : at + step])
        assert found == sent
        assert framing.fault == ""


def test_what_is_no_frame_says_why_and_nothing_comes_after_it() -> None:
    for junk, why in (
        (b"GET / HTTP/1.1", "no command 0x4547"),
        (b"\x6f\x00\xff\xff", "65535 bytes follow"),
        (b"\xc8\x00\x00\x00", "no command 0x00c8"),
    ):
        framing = Framing()
        assert list(framing.feed(junk)) == []
        assert why in framing.fault
        assert list(framing.feed(Frame(LIST_IDENTITY, 0, 0, bytes(8)).wire())) == []


def test_a_packet_has_an_address_and_a_message() -> None:
    for one in (Packet(b"abc"), Packet(b"abc", 0x11, 9)):
        assert packet(packed(one)) == one
        assert items(packed(one)) == 2
    for data in (
        "00000000 0500",
        "01000000 0500 0200 0000 0000 b200 0100 aa",
        "00000000 0500 0100 b200 0100 aa",
        "00000000 0500 0200 0000 0100 aa b200 0100 aa",
        "00000000 0500 0200 0000 0000 b200 0200 aa",
        "00000000 0500 0200 0000 0000 b200 0000",
        "00000000 0500 0200 0000 0000 b100 0300 0100 aa",
        "00000000 0500 0200 a100 0200 aaaa b100 0300 0100 aa",
        "00000000 0500 0200 a100 0400 11000000 b100 0200 0100",
        "00000000 0500 0200 0000 0000 b200 0100 aa bb",
    ):
        assert packet(bytes.fromhex(data)) is None, data


def test_an_answer_may_have_an_item_more() -> None:
    data = bytes.fromhex("00000000 0500 0300 0000 0000 b200 0100 aa 0080 0200 0000")
    assert packet(data) == Packet(b"\xaa")
    assert items(data) == 3


def test_both_kinds_of_message_are_told_apart_by_their_command() -> None:
    assert {SEND_RR, SEND_UNIT} == {0x6F, 0x70}

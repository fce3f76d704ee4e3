from dataclasses import replace

from broker.conduits.dnp3.link import Frame, Framing, checksum


def framed(data: bytes, *, from_master: bool = True) -> tuple[list[Frame], str]:
    framing = Framing(from_master=from_master)
    return list(framing.feed(data)), framing.fault


def test_the_checksum_is_the_one_of_devices_in_the_field() -> None:
    """A frame that a real outstation sent (dnp3_2.pcap, frame 4)."""
    wire = bytes.fromhex("05640a4401000a006e25c0f08280006b7d")
    assert framed(wire, from_master=False) == ([Frame(0x44, 1, 10, bytes.fromhex("c0f0828000"))], "")


def test_a_frame_is_what_it_was_wherever_the_stream_is_split() -> None:
    sent = [Frame(0xC4, 10, 1, bytes(range(count))) for count in (1, 15, 16, 17, 32, 250)] + [
        Frame(0xC9, 10, 1)
    ]
    stream = b"".join(frame.wire() for frame in sent)
    for step in (1, 2, 7, 291, len(stream)):
        framing = Framing(from_master=True)
        found: list[Frame] = []
        for at in range(0, len(stream), step):
            found += framing.feed(stream[at : at + step])
        assert found == sent
        assert framing.fault == ""


def test_one_wrong_bit_anywhere_ends_the_reading() -> None:
    """C11: header, addresses, data and checksums."""
    wire = Frame(0xC4, 10, 1, bytes(range(20))).wire()
    for at in range(len(wire)):
        for bit in range(8):
            damaged = wire[:at] + bytes((wire[at] ^ 1 << bit,)) + wire[at + 1 :]
            found, fault = framed(damaged)
            assert found == []
            assert fault


def test_a_frame_that_was_read_is_written_as_it_came_and_one_made_of_it_anew() -> None:
    for count in (1, 15, 16, 17, 250):
        sent = Frame(0xC4, 10, 1, bytes(range(count)))
        ((came,), _) = framed(sent.wire())
        assert came == sent
        assert came.wire() == sent.wire()
        assert replace(came, source=2).wire() == replace(sent, source=2).wire() != sent.wire()


def test_what_can_t_be_a_frame_says_why() -> None:
    for frame, why in (
        (Frame(0x44, 10, 1, b"x"), "comes from the other end"),
        (Frame(0xC5, 10, 1, b"x"), "no function 5"),
        (Frame(0x82, 10, 1), "no function 2"),
        (Frame(0xC4, 10, 1), "function 4 with 0 bytes"),
        (Frame(0xC9, 10, 1, b"x"), "function 9 with 1 bytes"),
        (Frame(0xC9, 0xFFF0, 1), "a reserved one"),
        (Frame(0xC9, 10, 0xFFFF), "a reserved one"),
    ):
        found, fault = framed(frame.wire())
        assert found == []
        assert why in fault
    head = b"\x05\x64\x04\xc9\x0a\0\x01\0"
    assert "5 is the least" in framed(head + checksum(head))[1]
    assert "05 64" in framed(b"\x05\x65")[1]


def test_a_service_that_an_outstation_has_not_is_answered_so() -> None:
    ((frame,), _) = framed(Frame(0xD3, 10, 1, b"x").wire())
    ((answer,), fault) = framed(frame.not_supported(), from_master=False)
    assert fault == ""
    assert (answer.function, answer.primary, answer.source, answer.destination) == (15, False, 10, 1)
    assert Frame(0xC4, 0xFFFF, 1, b"x").broadcast

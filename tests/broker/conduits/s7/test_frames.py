import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.s7.frames import (
    CONNECT,
    LONGEST_MESSAGE,
    LONGEST_PACKET,
    Framing,
    Link,
    Unit,
    disconnect,
    packet,
)
from tests.broker.conduits.s7 import samples

SIGN_OF_LIFE = samples.SIGN_OF_LIFE
MESSAGES = st.lists(st.binary(max_size=40), max_size=4)


def piece(data: bytes, *, last: bool) -> bytes:
    whole = bytearray(packet(data))
    whole[6] = 0x80 if last else 0
    return bytes(whole)


def test_a_connection_is_asked_for_in_one_packet() -> None:
    (found,) = Framing().feed(samples.CONNECT)
    assert isinstance(found, Link)
    assert found.code == CONNECT
    assert found.raw == samples.CONNECT
    assert disconnect(found) == bytes.fromhex("0300000b 0680 0001 0000 80".replace(" ", ""))


@given(MESSAGES, st.integers(1, 9), st.data())
def test_where_the_stream_is_split_makes_no_difference(
    messages: list[bytes], pieces: int, data: st.DataObject
) -> None:
    """Nor does it into how many packets a message was put."""
    stream = b"".join(
        piece(message[at : at + pieces], last=at + pieces >= len(message))
        for message in messages
        for at in range(0, len(message) or 1, pieces)
    )
    framing, found, at = Framing(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 30))
        found += framing.feed(stream[at : at + step])
        at += step
    assert [one.message for one in found if isinstance(one, Unit)] == messages
    assert b"".join(one.raw for one in found) == stream
    assert framing.fault == ""


def test_an_empty_packet_is_passed_on_at_once_and_none_is_lost_in_a_message() -> None:
    assert list(Framing().feed(SIGN_OF_LIFE)) == [Unit(b"", SIGN_OF_LIFE)]
    split = piece(b"ab", last=False) + SIGN_OF_LIFE + piece(b"c", last=True)
    assert list(Framing().feed(split)) == [Unit(b"abc", split)]


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        pytest.param("47", "3 and 0", id="another protocol"),
        pytest.param("0301", "3 and 0", id="a reserved byte that is used"),
        pytest.param("03000006", "6 bytes", id="too short for a packet"),
        pytest.param("0300ffff", "65535 bytes", id="as long as the field can say"),
        pytest.param("03000007 02f001", "class 0", id="a packet with a number"),
        pytest.param("03000008 03f08000", "class 0", id="a packet with more in its head"),
        pytest.param("03000007 027080", "0x70", id="an error packet"),
        pytest.param("03000008 02e00000", "contradicts", id="a connection with data behind it"),
    ],
)
def test_what_is_no_packet_of_class_0_is_a_fault(head: str, fault: str) -> None:
    framing = Framing()
    good = packet(b"\x32")
    assert list(framing.feed(good + bytes.fromhex(head))) == [Unit(b"\x32", good)]
    assert fault in framing.fault
    assert list(framing.feed(good)) == []


def test_a_message_has_a_length_however_many_packets_it_comes_in() -> None:
    framing = Framing()
    longest = packet(bytes(LONGEST_MESSAGE))
    assert len(longest) == LONGEST_PACKET
    assert [one.raw for one in framing.feed(longest)] == [longest]
    assert list(framing.feed(piece(bytes(5000), last=False) * 2)) == []
    assert "8192 bytes" in framing.fault
    crumbs = Framing()
    assert list(crumbs.feed(piece(b"x", last=False) * 3000)) == []
    assert crumbs.fault, "many packets of one byte are as much to hold as a long message"


def test_a_connection_s_packet_does_not_come_in_the_midst_of_a_message() -> None:
    framing = Framing()
    assert list(framing.feed(piece(b"ab", last=False) + samples.CONNECT)) == []
    assert "midst" in framing.fault

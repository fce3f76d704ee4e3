from broker.conduits.opcua.chunks import (
    FROM_CLIENT,
    FROM_SERVER,
    MOST_CHUNK,
    Chunk,
    Framing,
    Secured,
    bounded,
    numbered,
    opening,
    secured,
)
from tests.broker.conduits.opcua import samples
from tests.broker.conduits.opcua.samples import ACK, CHANNEL, NONE, TOKEN, chunk, hello, message


def test_a_chunk_is_what_it_was_wherever_the_stream_is_split() -> None:
    sent = [hello(), samples.opening(), message(b"abc", 2, part=b"C"), message(b"", 3)]
    stream = b"".join(sent)
    for step in (1, 7, 8, 100, len(stream)):
        framing = Framing(FROM_CLIENT)
        found: list[Chunk] = []
        for at in range(0, len(stream), step):
            found += framing.feed(stream[at : at + step])
        assert [one.data for one in found] == sent
        assert framing.fault == ""


def test_what_is_no_chunk_says_why_and_nothing_comes_after_it() -> None:
    for junk, why in (
        (b"GET / HT", "no such kind"),
        (ACK, "no such kind"),
        (chunk(b"MSG", b"", b"X"), "no such kind"),
        (chunk(b"HEL", b"", b"C"), "no such kind"),
        (b"MSGF\x07\0\0\0", "has 7 bytes"),
        (b"MSGF" + (MOST_CHUNK + 1).to_bytes(4, "little"), "65537 bytes"),
    ):
        framing = Framing(FROM_CLIENT)
        assert list(framing.feed(junk)) == []
        assert why in framing.fault
        assert list(framing.feed(hello())) == []


def test_the_head_of_a_message_is_read_and_its_signature_left_out() -> None:
    (one,) = Framing(FROM_SERVER).feed(message(b"abc", 2, 9, signature=b"s" * 32))
    assert secured(one, 32) == Secured(CHANNEL, TOKEN, 2, 9, b"abc")
    assert secured(one, 36) is None
    (other,) = Framing(FROM_SERVER).feed(numbered(one, 77))
    assert secured(other, 32) == Secured(CHANNEL, TOKEN, 77, 9, b"abc")


def test_the_head_of_an_opening_is_read() -> None:
    (one,) = Framing(FROM_CLIENT).feed(samples.opening(5))
    found = opening(one)
    assert found is not None
    assert (found[0], found[1].number, found[1].request) == (NONE, 5, 5)
    (other,) = Framing(FROM_CLIENT).feed(numbered(one, 77))
    renumbered = opening(other)
    assert renumbered is not None
    assert (renumbered[1].number, renumbered[1].body) == (77, found[1].body)
    for cut in range(8, len(one.data) - len(found[1].body)):
        assert opening(Chunk(b"OPN", b"F", one.data[:cut])) is None
    assert opening(Chunk(b"OPN", b"F", one.data[:12] + b"\xfe\xff\xff\xff" + bytes(40))) is None


def test_a_greeting_asks_for_no_longer_chunks_than_the_gate_holds() -> None:
    assert bounded(hello(2**20)) == hello(MOST_CHUNK)
    assert bounded(hello(9000)) == hello(9000)
    assert bounded(hello()[:20]) is None

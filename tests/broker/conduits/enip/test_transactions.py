from broker.conduits.enip.frames import REGISTER
from broker.conduits.enip.transactions import MOST_OPEN, EthernetIpReader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.enip.samples import (
    BACK,
    OPENED,
    READ,
    VALUE,
    WRITE,
    connected,
    framed,
    opening,
    sent_on,
    several,
    unconnected,
)

WRITTEN = "cd 00 00 00"


def done(*crossed: tuple[bytes, bytes]) -> list[Transaction]:
    """Requests with their answers; an empty answer never came."""
    reader = EthernetIpReader()
    found: list[Transaction] = []
    for at, (request, answer) in enumerate(crossed):
        found += reader.sent(request, 1000 * at)
        found += reader.answered(answer, 1000 * at + 10)
    found += reader.finish()
    assert not reader.broken
    return found


def test_a_transaction_is_told_in_words() -> None:
    for request, answer, said in (
        (READ, VALUE, ["read tag, tag Speed: 42"]),
        (sent_on(WRITE, "01 03"), WRITTEN, ["slot 3: write tag, tag Speed = 350"]),
        (WRITE, "cd 00 0f 00", ["write tag, tag Speed = 350: privilege violation"]),
        (READ, "", ["read tag, tag Speed: no answer"]),
        (several(READ, WRITE), "8a 00 00 00 0200 0600 1000" + VALUE + WRITTEN, ["read tag, tag Speed: 42", "write tag, tag Speed = 350, was 42"]),
        (several(READ, WRITE), "8a 00 08 00", ["read tag, tag Speed: service not supported", "write tag, tag Speed = 350: service not supported"]),
        (bytes.fromhex("0e 03 20 01 24 01 30 07"), "8e 00 00 00 0341", ["get attribute, identity 1 attribute 7: 0341"]),
        (bytes.fromhex("10 03 20 04 24 64 30 03 0100"), "90 00 00 00", ["set attribute, assembly 100 attribute 3 = 0100"]),
        (bytes.fromhex("05 02 20 01 24 01 00"), "85 00 00 00", ["reset, identity 1"]),
    ):  # fmt: skip
        found = done((unconnected(request), unconnected(answer) if answer else b""))
        assert [one.sentence for one in found] == said
        assert all(one.sentence.startswith(one.what) for one in found)


def test_a_write_says_what_was_there_before_where_the_channel_had_seen_it() -> None:
    *_, one = done(
        (unconnected(READ, 1), unconnected(VALUE, 1)), (unconnected(WRITE, 2), unconnected(WRITTEN, 2))
    )
    assert one.sentence == "write tag, tag Speed = 350, was 42"
    assert (one.function, one.action, one.writes, one.table, one.address) == (
        "write tag",
        Action.OPERATE,
        True,
        "tag",
        "Speed",
    )
    assert (one.values, one.before) == (("350",), ("42",))


def test_over_a_connection_the_slot_is_the_connection_s() -> None:
    session, opened, read = done(
        (framed(REGISTER, b"\1\0\0\0"), framed(REGISTER, b"\1\0\0\0")),
        (unconnected(opening("01 04 20 02 24 01")), unconnected(OPENED)),
        (connected(READ, 9), connected(VALUE, 9, by=BACK)),
    )
    assert session.sentence == "register session"
    assert opened.sentence == "open connection, connection manager 1"
    assert (read.sentence, read.unit) == ("slot 4: read tag, tag Speed: 42", "4")


def test_a_device_that_never_answers_costs_no_memory_and_loses_nothing() -> None:
    reader = EthernetIpReader()
    found = [one for number in range(300) for one in reader.sent(unconnected(READ, number), number)]
    assert len(reader._open) == MOST_OPEN
    assert [one.at_us for one in (*found, *reader.finish())] == list(range(300))


def test_what_is_no_ethernet_ip_is_said_to_be_unreadable() -> None:
    for sent, came in (
        (b"GET / HTTP/1.1", b""),
        (unconnected("4b 02 20 67 24 01"), b""),
        (b"", b"HTTP/1.1 200"),
    ):
        reader = EthernetIpReader()
        assert [*reader.sent(sent, 0), *reader.answered(came, 0)] == []
        assert reader.broken

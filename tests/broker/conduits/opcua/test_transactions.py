from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from broker.conduits.opcua.transactions import MOST_OPEN, OpcUaReader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.opcua.samples import (
    ACK,
    METHOD,
    OPENED,
    SIGNED,
    SPEED,
    calls,
    done,
    found,
    hello,
    message,
    opening,
    reads,
    writes,
)


def told(*crossed: tuple[bytes, bytes], reader: OpcUaReader | None = None) -> list[Transaction]:
    """Requests with their answers; an empty answer never came."""
    reader = reader or OpcUaReader()
    rows: list[Transaction] = []
    for at, (request, answer) in enumerate(((hello() + opening(), ACK + OPENED), *crossed)):
        rows += reader.sent(request, 1000 * at)
        rows += reader.answered(answer, 1000 * at + 10)
    rows += reader.finish()
    assert not reader.broken
    return rows


def test_a_transaction_is_told_in_words() -> None:
    called = struct_to_binary(ua.CallResponse())
    rows = told(
        (message(reads(), 2), message(found(2.5), 2)),
        (message(writes(), 3), message(done(), 3)),
        (message(writes(), 4), message(done(0x803B0000), 4)),
        (message(calls(METHOD, 1), 5), message(called, 5)),
        (message(struct_to_binary(ua.BrowseRequest()), 6), b""),
    )
    assert [one.sentence for one in rows] == [
        "read, ns=2;s=Speed: 2.5",
        "write, ns=2;s=Speed = 350, was 2.5",
        "write, ns=2;s=Speed = 350, was 350: not writable",
        "call, ns=2;s=Start of ns=2;s=Speed",
        "browse: no answer",
    ]
    assert [one.writes for one in rows] == [False, True, True, True, False]
    assert (rows[1].action, rows[1].address, rows[1].before) == (Action.OPERATE, "ns=2;s=Speed", ("2.5",))


def test_what_comes_in_several_chunks_is_one() -> None:
    body, answer = reads(SPEED, METHOD), found(1.0, 2.0)
    (one,) = told(
        (
            message(body, 2, 9, b"C") + message(b"", 3, 9),
            message(answer[:30], 2, 9, b"C") + message(answer[30:], 3, 9),
        )
    )
    assert one.sentence == "read: 1, 2"


def test_what_is_signed_is_read_as_well() -> None:
    reader = OpcUaReader()
    tuple(reader.sent(hello() + opening(policy=SIGNED, body=bytes(256)), 0))
    sealed = message(writes(), 2, signature=bytes(32)), message(done(), 2, signature=bytes(32))
    rows = [*reader.sent(sealed[0], 1), *reader.answered(sealed[1], 2)]
    assert [one.sentence for one in rows] == ["write, ns=2;s=Speed = 350"]


def test_a_server_that_never_answers_costs_no_memory_and_loses_nothing() -> None:
    reader = OpcUaReader()
    rows = [one for number in range(MOST_OPEN + 50) for one in reader.sent(message(reads(), number), number)]
    assert len(reader._open) == MOST_OPEN
    assert [one.at_us for one in (*rows, *reader.finish())] == list(range(MOST_OPEN + 50))


def test_what_is_no_opc_ua_is_said_to_be_unreadable() -> None:
    for sent, came in ((b"GET / HTTP/1.1", b""), (message(b"junk", 2), b""), (b"", b"HTTP/1.1 200")):
        reader = OpcUaReader()
        assert [*reader.sent(sent, 0), *reader.answered(came, 0)] == []
        assert reader.broken

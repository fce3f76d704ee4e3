from broker.conduits.dnp3.transactions import MOST_OPEN, Dnp3Reader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.dnp3.samples import LATCH_ON, POLL, asked, told

COMMAND = f"0c01 17 01 03 {LATCH_ON}"


def done(*crossed: tuple[str, str]) -> list[Transaction]:
    """Requests with their answers; an empty answer never came."""
    reader = Dnp3Reader()
    found: list[Transaction] = []
    for at, (request, answer) in enumerate(crossed):
        if request:
            found += reader.sent(asked(request), 1000 * at)
        if answer:
            found += reader.answered(told(answer), 1000 * at + 10)
    found += reader.finish()
    assert not reader.broken
    return found


def test_a_transaction_is_told_in_words() -> None:
    for request, answer, said in (
        (POLL, "c1 81 0000 0102 00 00 01 81 01 1e01 00 00 00 01 feffffff", "outstation 10: read, class 1, class 2, class 3, class 0: 1, 0, -2"),
        (f"c1 05 {COMMAND} 00", f"c1 81 0000 {COMMAND} 00", "outstation 10: direct operate, binary output 3 = latch on"),
        (f"c1 04 {COMMAND} 00", f"c1 81 0000 {COMMAND} 02", "outstation 10: operate, binary output 3 = latch on: not selected"),
        ("c1 0d", "c1 81 0000 3402 07 01 8813", "outstation 10: cold restart: 5000"),
        ("c1 0e", "c1 81 0001", "outstation 10: warm restart: function not supported"),
        ("c1 17", "", "outstation 10: measure delay: no answer"),
        (f"c1 06 {COMMAND} 00", "", "outstation 10: direct operate without acknowledgement, binary output 3 = latch on: no answer is due"),
        ("", "f1 82 0000 0201 17 01 04 81", "outstation 10: told unasked, binary input event 4: 1"),
    ):  # fmt: skip
        (one,) = done((request, answer))
        assert one.sentence == said
        assert one.sentence.startswith(one.what)


def test_a_command_says_where_what_and_that_it_writes() -> None:
    (one,) = done(("c1 05 2902 28 0200 0300 6400 00 0700 feff 00", "c1 81 0000"))
    assert (one.function, one.action, one.writes) == ("direct operate", Action.OPERATE, True)
    assert (one.unit, one.table, one.address, one.count, one.values) == (
        "10",
        "analog output",
        "3",
        2,
        ("100", "-2"),
    )
    (one,) = done((POLL, "c1 81 0000"))
    assert not one.writes


def test_an_answer_in_several_fragments_is_told_once_and_confirmations_not_at_all() -> None:
    crossed = (
        (POLL, "a1 81 0000 0102 00 00 00 81"),
        ("c1 00", "42 81 0000 0102 00 01 01 01"),
        ("d1 00", "f1 82 8000"),
    )
    (one,) = done(*crossed)
    assert one.values == ("1", "0")


def test_a_request_that_another_follows_was_not_answered() -> None:
    first, second = done((POLL, ""), ("c2 17", "c2 81 0000 3402 07 01 0100"))
    assert (first.outcome, second.outcome) == ("no answer", "done")


def test_outstations_that_never_answer_cost_no_memory_and_lose_nothing() -> None:
    reader = Dnp3Reader()
    found = [one for number in range(500) for one in reader.sent(asked(POLL, to=number), number)]
    assert len(reader._open) == MOST_OPEN
    assert [one.at_us for one in (*found, *reader.finish())] == list(range(500))


def test_what_is_no_dnp3_is_said_to_be_unreadable() -> None:
    for sent, came in ((b"GET / HTTP/1.1", b""), (asked("c1 63"), b""), (b"", b"HTTP/1.1 200")):
        reader = Dnp3Reader()
        assert [*reader.sent(sent, 0), *reader.answered(came, 0)] == []
        assert reader.broken

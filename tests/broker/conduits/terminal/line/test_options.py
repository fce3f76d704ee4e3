"""RFC 1143's table, and what it promises: no answer to what was already agreed, so no endless exchange."""

from broker.conduits.terminal.line.options import IAC, Option, Options, Verb
from tests.for_each import for_each

WILL, WONT, DO, DONT = Verb.WILL, Verb.WONT, Verb.DO, Verb.DONT
ECHO, LINEMODE = Option.ECHO, 34


def options() -> Options:
    return Options(ours=frozenset({ECHO}), theirs=frozenset({ECHO}))


@for_each(
    ("said", "answers"),
    [
        ([(WILL, ECHO)], [DO]),
        ([(WILL, ECHO), (WILL, ECHO)], [DO, None]),
        ([(WILL, ECHO), (WONT, ECHO), (WONT, ECHO)], [DO, DONT, None]),
        ([(WONT, ECHO)], [None]),
        ([(DO, ECHO), (DO, ECHO), (DONT, ECHO), (DONT, ECHO)], [WILL, None, WONT, None]),
        ([(WILL, LINEMODE), (WILL, LINEMODE), (WONT, LINEMODE)], [DONT, DONT, None]),
        ([(DO, LINEMODE), (DONT, LINEMODE)], [WONT, None]),
    ],
)
def test_what_is_offered_is_agreed_once_or_declined(
    said: list[tuple[Verb, int]], answers: list[Verb | None]
) -> None:
    one = options()
    got = [one.received(verb, option) for verb, option in said]
    assert got == [
        b"" if answer is None else bytes((IAC, answer, option))
        for answer, (_, option) in zip(answers, said, strict=True)
    ]


@for_each(("verb", "yes", "no"), [(DO, WILL, WONT), (WILL, DO, DONT)])
def test_what_was_asked_for_is_not_answered_again_when_its_answer_comes(
    verb: Verb, yes: Verb, no: Verb
) -> None:
    one = options()
    assert one.ask(verb, ECHO) == bytes((IAC, verb, ECHO))
    assert one.ask(verb, ECHO) == b""
    assert one.received(yes, ECHO) == b""
    assert (one.they_do(ECHO), one.we_do(ECHO)) == (verb is DO, verb is WILL)
    other = options()
    other.ask(verb, ECHO)
    assert other.received(no, ECHO) == b""
    assert not other.they_do(ECHO)
    assert not other.we_do(ECHO)


def test_who_declined_is_known_until_they_agree() -> None:
    one = options()
    assert not one.refused
    one.ask(DO, ECHO)
    one.received(WONT, ECHO)
    assert one.refused == {ECHO}
    one.received(WILL, ECHO)
    assert not one.refused


def test_options_that_are_never_agreed_to_take_no_memory() -> None:
    one = options()
    for option in range(256):
        one.received(WILL, option)
        one.received(DO, option)
    assert len(one._theirs) + len(one._ours) == 2

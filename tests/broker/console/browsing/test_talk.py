import json

import pytest

from broker.console.browsing.talk import (
    HIGHEST,
    LONGEST_WORDS,
    WIDEST,
    Ahead,
    Drawn,
    Ended,
    LastWords,
    Resized,
    Start,
    TalkError,
    Typed,
    heard,
)
from broker.console.tongues import tongue
from domain.said import say
from tests.for_each import for_each

MEANT = {
    "typed bytes, as they are": ({"bytes": b"\x03\x00\xff"}, Typed(b"\x03\x00\xff")),
    "a size": ({"text": '{"size": [80, 24]}'}, Resized(80, 24)),
    "a size that no terminal has": ({"text": '{"size": [0, 99999]}'}, Resized(1, HIGHEST)),
    "a width below nothing": ({"text": '{"size": [-5, 2]}'}, Resized(1, 2)),
    "the widest": ({"text": '{"size": [1000000000000000000000, 2]}'}, Resized(WIDEST, 2)),
    "a shell": ({"text": '{"start": [80, 24], "command": ""}'}, Start(80, 24, "")),
    "one command": ({"text": '{"start": [80, 24], "command": "uname -a"}'}, Start(80, 24, "uname -a")),
    "what was drawn": ({"text": '{"drawn": 4096}'}, Drawn(4096)),
}
MEANINGLESS = (
    {},
    {"text": None},
    {"text": ""},
    {"text": "ls"},
    {"text": "[" * 100_000},
    {"text": "[]"},
    {"text": '{"size": [80]}'},
    {"text": '{"size": [80.5, 24]}'},
    {"text": '{"start": [80, 24]}'},
    {"text": '{"start": [80, 24], "command": "' + "x" * 5000 + '"}'},
    {"text": '{"drawn": -1}'},
    {"text": '{"drawn": 0}'},
    {"text": '{"signal": "KILL"}'},
)


@for_each("message, meaning", MEANT.values(), ids=MEANT)
def test_each_message_of_a_page_means_one_thing(message: dict, meaning: object) -> None:
    assert heard(message) == meaning


def test_a_message_that_no_page_of_ours_sends_means_nothing() -> None:
    for message in MEANINGLESS:
        with pytest.raises(TalkError):
            heard(message)


def test_a_page_that_draws_nothing_is_sent_no_more_than_its_measure() -> None:
    ahead = Ahead(most=100)
    ahead.sent(99)
    assert ahead.room
    ahead.sent(1)
    assert not ahead.room
    ahead.drawn(1)
    assert ahead.room


def test_a_page_can_t_have_drawn_what_it_was_never_sent() -> None:
    ahead = Ahead(most=100)
    ahead.sent(10)
    ahead.drawn(10_000)
    ahead.sent(100)
    assert not ahead.room


def test_the_last_words_are_the_gate_s_last_line_without_what_acts_on_a_terminal() -> None:
    words = LastWords()
    assert words.said() == ""
    words.heard(b"warning: from the asset\r\npenstock: it ends in 5 minutes.\r\n\r\npenst")
    words.heard(b"ock: refused [window_over]: It is \x1b[31mover\x1b[0m.\x07\r\nlogout\r\n")
    assert words.said() == "penstock: refused [window_over]: It is [31mover[0m."


def test_what_floods_the_standard_error_is_not_kept() -> None:
    words = LastWords()
    for _ in range(100):
        words.heard(b"penstock: " + b"x" * LONGEST_WORDS)
    assert len(words.kept) <= 2 * LONGEST_WORDS
    assert len(words.said()) <= LONGEST_WORDS


def test_an_end_is_told_in_the_reader_s_language_and_the_gate_s_words_as_they_were() -> None:
    ended = Ended("x", say("Nobody is signed in here."), status=77, words="penstock: refused [x]: No.")
    told = json.loads(ended.message(tongue("de")))["ended"]
    assert told["sentence"] == "Hier ist niemand angemeldet."
    assert (told["status"], told["words"]) == (77, "penstock: refused [x]: No.")

"""A notice: inert, bounded, addressed; the same one twice is one."""

import sys
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PersonId
from domain.notice import (
    _ACTING,
    MOST_SENTENCES,
    SENTENCE_CHARACTERS,
    SUBJECT_CHARACTERS,
    Notice,
    NoticeKind,
    inert,
)

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def notice(**changed: Any) -> Notice:
    told: dict[str, Any] = {
        "key": "asked:p",
        "to": PersonId("petra"),
        "kind": NoticeKind.ASKED,
        "at": AT,
        "subject": "A permit waits for you",
        "sentences": ("Ana asks for eng-ws-1.",),
        "path": "/permits/p",
    }
    return Notice(**(told | changed))


@given(st.text(), st.lists(st.text(), max_size=30))
def test_no_character_of_a_notice_acts_on_its_reader(subject: str, sentences: list[str]) -> None:
    made = notice(subject=subject, sentences=tuple(sentences))
    for text in (made.subject, *made.sentences):
        assert not [one for one in text if unicodedata.category(one) in ACTING]
        text.encode("utf-8")
    assert len(made.subject) <= SUBJECT_CHARACTERS
    assert len(made.sentences) <= MOST_SENTENCES
    assert all(len(one) <= SENTENCE_CHARACTERS for one in made.sentences)


@given(st.text(max_size=80), st.integers(2, 100))
def test_what_is_inert_stays_as_it_is(text: str, most: int) -> None:
    once = inert(text, most)
    assert inert(once, most) == once


def test_a_line_end_a_direction_override_and_an_escape_are_written_out() -> None:
    assert inert("a\r\nBcc: x\u202e\x1b]52;", 80) == "a\\r\\nBcc: x\\u202e\\x1b]52;"
    assert inert("Grüße, 東京", 80) == "Grüße, 東京"


def test_what_is_too_long_shows_that_it_was_cut() -> None:
    assert inert("abcdef", 6) == "abcdef"
    assert inert("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize("key", ["", "a b", "a\n", "ä", "x" * 201])
def test_a_key_is_one_printable_word(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        notice(key=key)


@pytest.mark.parametrize(
    "path", ["", "permits", "//evil.example/", "https://evil.example", "/a b", "/a\n", "/\\evil", '/"x']
)
def test_a_path_stays_in_the_console(path: str) -> None:
    with pytest.raises(ValueError, match="page"):
        notice(path=path)


@pytest.mark.parametrize("path", ["/", "/permits/abc", "/permits?state=requested&of=ana#waiting"])
def test_a_page_of_the_console_is_one(path: str) -> None:
    assert notice(path=path).path == path


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        notice(at=AT.replace(tzinfo=None))


def test_nothing_that_counts_as_printable_acts() -> None:
    printable = filter(str.isprintable, map(chr, range(sys.maxunicode + 1)))
    assert not {one for one in printable if unicodedata.category(one) in _ACTING}

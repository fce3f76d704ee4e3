"""What somebody searches for, and where it stands in a text. One cutting into words for both databases. Pure.

Words are letters and digits; everything else parts them, so that ``plc-07.conf`` is three words that follow each other.
All words asked for must be there; ``"in quotes"`` they follow each other, as those of one piece do anyway; ``sys*`` stands for every word
that begins so. Capitals don't count. A wide letter (Chinese, Japanese, Korean) is a word of its own, for nothing parts them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_QUERY = 200
MOST_TERMS = 12
LONGEST_WORD = 200
_WORDS = re.compile(r"[^\W_]+")
_PIECES = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other; the last may be only the beginning of one."""

    words: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, and where it stands in it: ``start`` is inside, ``end`` is not."""

    word: str
    start: int
    end: int


def words_of(text: str) -> Iterator[Word]:
    """The words of ``text`` in their order."""
    for found in _WORDS.finditer(text):
        start = found.start()
        for at in range(found.start(), found.end()):
            if unicodedata.east_asian_width(text[at]) in "WF":
                yield from _word(text, start, at)
                yield from _word(text, at, at + 1)
                start = at + 1
        yield from _word(text, start, found.end())


def _word(text: str, start: int, end: int) -> Iterator[Word]:
    folded = unicodedata.normalize("NFKC", text[start:end].casefold())
    word = "".join(one for one in folded if one.isalnum())[:LONGEST_WORD]
    if word:
        yield Word(word, start, end)


def terms_of(query: str) -> tuple[Term, ...]:
    """What ``query`` asks for; nothing when there is no word in it."""
    terms: list[Term] = []
    for quoted, bare in _PIECES.findall(query[:LONGEST_QUERY]):
        words = tuple(one.word for one in words_of(quoted or bare))
        term = Term(words, bare.endswith("*"))
        if words and term not in terms:
            terms.append(term)
    return tuple(terms[:MOST_TERMS])


def hits(text: str, terms: tuple[Term, ...]) -> tuple[tuple[int, int], ...]:
    """Where the terms stand in ``text``: starts and ends, in order, none inside another."""
    words = list(words_of(text))
    found: list[tuple[int, int]] = []
    for at in range(len(words)):
        for term in terms:
            these = words[at : at + len(term.words)]
            if _is(tuple(one.word for one in these), term) and (not found or found[-1][1] <= these[0].start):
                found.append((these[0].start, these[-1].end))
                break
    return tuple(found)


def _is(words: tuple[str, ...], term: Term) -> bool:
    if len(words) != len(term.words) or words[:-1] != term.words[:-1]:
        return False
    return words[-1].startswith(term.words[-1]) if term.begins else words[-1] == term.words[-1]


def pieces(text: str, terms: tuple[Term, ...], room: int = 160) -> tuple[tuple[str, bool], ...]:
    """The line of ``text`` with the first hit, shortened around it, in pieces: text, and whether it was asked for."""
    lines = text.split("\n")
    line = next((one for one in lines if hits(one, terms)), lines[0])
    marks = hits(line, terms)
    first = marks[0][0] if marks else 0
    begin = max(0, min(first - room // 3, len(line) - room))
    stop = begin + room
    shown: list[tuple[str, bool]] = [("\N{HORIZONTAL ELLIPSIS}", False)] if begin else []
    at = begin
    for start, end in marks:
        if end <= begin or start >= stop:
            continue
        shown += [(line[at:start], False), (line[start:end], True)]
        at = end
    shown.append((line[at : max(stop, at)], False))
    if stop < len(line):
        shown.append(("\N{HORIZONTAL ELLIPSIS}", False))
    return tuple(piece for piece in shown if piece[0])

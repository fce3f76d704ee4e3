"""Letters that look like others: what an approver reads must be what was written. Pure.

Only free text is looked at. Ids are ASCII words by their type, and names come from the charter.
"""

import re
import unicodedata
from dataclasses import dataclass

from domain.said import say

_TWINS = {
    "CYRILLIC": ("АВСЕНІЈКМОРЅТХУаԁеһіјӏорԛѕԝхусѵ", "ABCEHIJKMOPSTXYadehijlopqswxycv"),  # noqa: RUF001  # just these letters
    "GREEK": ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορτυχ", "ABEZHIKMNOPTYXayikvoptux"),
    "ARMENIAN": ("ՍՏՕԼսոօզհցլ", "USOLunoqhgl"),
}  # after Unicode TS 39, confusables.txt: the letters that a Latin reader takes for Latin ones
TWINS = {one: latin for letters, twins in _TWINS.values() for one, latin in zip(letters, twins, strict=True)}
"""Letters of other alphabets, each with the Latin letter that it is taken for.

A micro sign, an ohm and other Greek letters that nobody mistakes are not among them.
"""

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A word that reads like another one."""

    word: str
    reads_like: str
    letters: tuple[str, ...]
    """The names of the letters that are not what they seem."""

    def sentence(self) -> str:
        """For the approver, in plain words."""
        names = ", ".join(one.lower() for one in self.letters)
        return say(
            "“{word}” is not the word “{reads_like}” that it looks like: it has a {names}.",
            word=self.word,
            reads_like=self.reads_like,
            names=names,
        )


def lookalikes(text: str) -> tuple[Lookalike, ...]:
    """The words of ``text`` that hold a letter in a disguise, each once.

    A word is one when it mixes Latin letters with their twins of another alphabet, when it is made
    of such twins alone beside Latin words, or when a compatibility form (full width, mathematical
    bold, circled) stands for an ASCII letter or digit.
    """
    latin = any(_is_latin(one) for one in text)
    found: dict[str, Lookalike] = {}
    for word in _words(text):
        strange = [one for one in word if _is_dressed(one)]
        twins = [one for one in word if one in TWINS]
        letters = [one for one in word if one.isalpha()]
        if twins and (any(_is_latin(one) for one in word) or (latin and len(twins) == len(letters))):
            strange += twins
        if strange:
            names = tuple(dict.fromkeys(unicodedata.name(one, f"U+{ord(one):04X}") for one in strange))
            found[word] = Lookalike(word, _plain(word), names)
    return tuple(found.values())


def _words(text: str) -> list[str]:
    """Words, with the letters in disguise among them that are no letters to Unicode (circled ones)."""
    return re.findall(rf"(?:{_WORD.pattern}|[\d\U0001F130-\U0001F169\u24B6-\u24E9])+", text)


def _is_latin(one: str) -> bool:
    return one.isalpha() and unicodedata.name(one, "").startswith("LATIN")


def _is_dressed(one: str) -> bool:
    # A raised 2 or a one-half (category No) is written on purpose: m², ½ inch.
    if one.isascii() or unicodedata.category(one) == "No":
        return False
    plain = unicodedata.normalize("NFKC", one)
    return plain != one and plain.isascii() and plain.isalnum()


def _plain(word: str) -> str:
    return "".join(TWINS.get(one, one) for one in unicodedata.normalize("NFKC", word))

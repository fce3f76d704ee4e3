"""What may stand in a charter's texts. A name that only looks like another deceives an approver."""

import unicodedata

LONGEST_NAME = 100
LONGEST_TEXT = 500
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Scripts whose letters are drawn alike; a word that mixes two of them means to deceive."""


class UnusableError(ValueError):
    """Why a text may not stand where it does, and what to do about it. Never leaves the charter's reader."""

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(fact)
        self.fact = fact
        self.remedy = remedy


def quoted(text: str) -> str:
    """``text`` as it may appear in a message: escaped, and shortened."""
    plain = text
    if not text.isprintable():
        plain = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
        )
    return f"'{plain[:60]}…'" if len(plain) > 60 else f"'{plain}'"


def longest(text: str) -> str:
    """The limit for ``text``, in words."""
    return f"{LONGEST_TEXT} characters (this has {len(text)})"


def worry_about_text(text: str) -> str:
    """What is wrong with one line of free text, or nothing."""
    if not text.isprintable():
        hidden = next(each for each in text if not each.isprintable())
        code, name = f"U+{ord(hidden):04X}", unicodedata.name(hidden, "")
        return f"holds a control or invisible character ({f'{code}, {name}' if name else code})"
    if len(text) > LONGEST_TEXT:
        return "is too long"
    return ""


def worry_about_name(text: str) -> str:
    """What is wrong with a name, or nothing."""
    if worry := worry_about_text(text):
        return worry
    if len(text) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} characters"
    if text != text.strip():
        return "begins or ends with a space"
    return "" if text.isascii() else _worry_about_letters(text)


def _worry_about_letters(text: str) -> str:
    if unicodedata.normalize("NFKC", text) != text:
        return f"holds characters that only look like '{unicodedata.normalize('NFKC', text)}'"
    for word in text.split():
        scripts = {unicodedata.name(each, "?").partition(" ")[0] for each in word if each.isalpha()}
        if len(scripts & _SCRIPTS) > 1:
            return f"mixes letters of different scripts in '{word}'"
    return ""


def alike(name: str) -> str:
    """A form that is equal for two names which a reader in a hurry would take for one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in folded if each.isalnum())

"""A sentence that still knows what it was made of, so that a page may say it in its reader's language.

Each is a ``str``, and that is the English sentence: the ledger, the API, the SSH door, logs and whatever is signed
or hashed read it as such and never know. Only who shows it to a person asks a ``Tongue`` for it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Form(StrEnum):
    """How a figure is written down."""

    TIME = "time"
    """Hour and minute of a day that is known."""
    DAY = "day"
    DAY_AND_TIME = "day and time"
    WEEKDAY_AND_TIME = "weekday and time"
    ONE_PLACE = "one place"
    """A number with one place behind its point."""


class Tongue(Protocol):
    """A language: its words for a message, and its way to write figures."""

    def worded(self, message: str, plural: str, count: int) -> str:
        """``message`` in this language, its placeholders still in it; ``plural`` is empty where it has none."""
        ...

    def written(self, value: datetime | float, form: Form) -> str:
        """A figure: an instant in the zone that it carries, or a number."""
        ...


class Said(str):
    """One message with what was put into it. ``values`` may be said in the same way, or are taken as they are."""

    __slots__ = ("message", "number", "plural", "values")
    message: str
    plural: str
    number: int
    values: Mapping[str, object]

    def in_tongue(self, tongue: Tongue) -> str:
        """It in the language of ``tongue``."""
        words = tongue.worded(self.message, self.plural, self.number)
        return words.format(**{name: in_tongue(one, tongue) for name, one in self.values.items()})


class Listed(str):
    """Several things one after another, with the same words between each."""

    __slots__ = ("between", "parts")
    parts: tuple[str, ...]
    between: str

    def in_tongue(self, tongue: Tongue) -> str:
        """They in the language of ``tongue``."""
        return str(in_tongue(self.between, tongue)).join(str(in_tongue(one, tongue)) for one in self.parts)


class Figure(str):
    """A date, a time or a number."""

    __slots__ = ("form", "value")
    value: datetime | float
    form: Form

    def in_tongue(self, tongue: Tongue) -> str:
        """It as the language of ``tongue`` writes it."""
        return tongue.written(self.value, self.form)


def say(message: str, /, **values: object) -> Said:
    """``message`` with ``values`` in the place of its ``{names}``. It must be written out where this is called."""
    return _said(message, "", 1, values)


def say_n(message: str, plural: str, count: int, /, **values: object) -> Said:
    """``message`` for one and ``plural`` for another ``count``, which they name."""
    return _said(message, plural, count, values | {"count": count})


def listed(parts: Iterable[str], between: str = ", ") -> Listed:
    """``parts`` with ``between`` them, which may be said too."""
    kept = tuple(parts)
    one = Listed(str(between).join(kept))
    one.parts, one.between = kept, between
    return one


def figure(english: str, value: datetime | float, form: Form) -> Figure:
    """``value`` in ``form``; ``english`` is how it reads in English."""
    one = Figure(english)
    one.value, one.form = value, form
    return one


def in_tongue(value: object, tongue: Tongue) -> object:
    """``value`` in the language of ``tongue`` where it can be said in one; else as it is."""
    return value.in_tongue(tongue) if isinstance(value, Said | Listed | Figure) else value


def _said(message: str, plural: str, count: int, values: Mapping[str, object]) -> Said:
    one = Said((message if count == 1 or not plural else plural).format(**values))
    one.message, one.plural, one.number, one.values = message, plural, count, values
    return one

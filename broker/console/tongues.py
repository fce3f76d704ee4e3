"""The languages of the pages: which there are, which one a browser gets, and how each words and writes things.

English is the source: its sentences stand in the code and need no catalogue. Every other language has one,
``languages/<tag>.po``, read by Babel when it is first asked for. What is not in it is said in English.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from domain.said import Form
from domain.said import Tongue as Told

if TYPE_CHECKING:
    from babel import Locale

CATALOGUES = Path(__file__).parent / "languages"

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""Each by its own name, which is how its readers find it."""

PATTERNS: Mapping[str, Mapping[Form, str]] = {
    ENGLISH: {
        Form.TIME: "HH:mm (xxx)",
        Form.DAY: "dd MMM y",
        Form.DAY_AND_TIME: "EEE dd MMM y, HH:mm (xxx)",
        Form.WEEKDAY_AND_TIME: "EEE dd MMM, HH:mm (xxx)",
        Form.ONE_PLACE: "0.0",
    },
    "de": {
        Form.TIME: "HH:mm (xxx)",
        Form.DAY: "dd. MMM y",
        Form.DAY_AND_TIME: "EEE dd. MMM y, HH:mm (xxx)",
        Form.WEEKDAY_AND_TIME: "EEE dd. MMM, HH:mm (xxx)",
        Form.ONE_PLACE: "0.0",
    },
}
"""How figures are written, in the letters of CLDR: the hour of the plant with its offset, in every language."""

OFFSET = " (xxx)"
"""What a page leaves out of a time whose clock it names once for all."""


class Tongue(Told, Protocol):
    """A language of the pages."""

    @property
    def tag(self) -> str:
        """What ``lang`` and ``Content-Language`` say (BCP 47)."""
        ...


class English:
    """The language that everything is written in."""

    tag = ENGLISH

    def worded(self, message: str, plural: str, count: int) -> str:
        """``message``, or its plural."""
        return message if count == 1 or not plural else plural

    def written(self, value: datetime | float, form: Form) -> str:
        """``value`` by English custom."""
        return _written(value, form, ENGLISH)


class Translated:
    """A language with a catalogue."""

    def __init__(self, tag: str, catalogue: NullTranslations) -> None:
        self.tag = tag
        self._catalogue = catalogue

    def worded(self, message: str, plural: str, count: int) -> str:
        """The catalogue's word for it; English where it has none."""
        if plural:
            return self._catalogue.ngettext(message, plural, count)
        return self._catalogue.gettext(message)

    def written(self, value: datetime | float, form: Form) -> str:
        """``value`` by the custom of this language."""
        return _written(value, form, self.tag)


@dataclass(frozen=True, slots=True)
class OnePlace:
    """A language on a page that names its clock once: the times of that ``zone`` are written without their offset.

    But for the hour that the clock shows twice, where only the offset tells which of the two is meant.
    """

    spoken: Tongue
    zone: str

    @property
    def tag(self) -> str:
        """The language's own."""
        return self.spoken.tag

    def worded(self, message: str, plural: str, count: int) -> str:
        """As the language words it."""
        return self.spoken.worded(message, plural, count)

    def written(self, value: datetime | float, form: Form) -> str:
        """As the language writes it, a time of the page's own clock without its offset."""
        if isinstance(value, datetime) and _plain(value, self.zone):
            return _dated(value, PATTERNS[self.tag][form].removesuffix(OFFSET), self.tag)
        return self.spoken.written(value, form)


def _plain(value: datetime, zone: str) -> bool:
    """Whether ``value`` is read on the clock of ``zone``, and at an hour that it shows once."""
    clock = value.tzinfo
    twice = value.replace(fold=0).utcoffset() != value.replace(fold=1).utcoffset()
    return isinstance(clock, ZoneInfo) and clock.key == zone and not twice


@cache
def tongue(tag: str, zone: str = "") -> Tongue:
    """The language of ``tag``, which is one of LANGUAGES; on a page whose clock is that of ``zone``, if one is given.

    A catalogue is read once, in some fifty milliseconds.
    """
    if zone:
        return OnePlace(tongue(tag), zone)
    if tag == ENGLISH:
        return English()
    # Babel takes a while to load, and a console that nobody asks for another language never needs it.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415
    from babel.support import Translations  # noqa: PLC0415

    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        catalogue = read_po(file, locale=tag, domain="messages")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translated(tag, Translations(compiled))


def chosen(kept: str | None, accepted: str, plants: str) -> str:
    """The language for one browser: what its person ``kept``, else what it accepts (RFC 9110, 12.5.4), else the plant's."""
    if kept in LANGUAGES:
        return kept
    for wanted in _by_liking(accepted):
        tag = wanted.partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return plants


def _by_liking(accepted: str) -> list[str]:
    found: list[tuple[float, int, str]] = []
    for part in accepted.lower().split(","):
        tag, _, weight = part.partition(";")
        try:
            liking = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if 0 < liking <= 1:
            found.append((-liking, len(found), tag.strip()))
    return [tag for _, _, tag in sorted(found)]


def _written(value: datetime | float, form: Form, tag: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415

    pattern = PATTERNS[tag][form]
    if isinstance(value, datetime):
        return _dated(value, pattern, tag)
    return format_decimal(value, pattern, _locale(tag))


def _dated(value: datetime, pattern: str, tag: str) -> str:
    from babel.dates import format_datetime  # noqa: PLC0415

    return format_datetime(value, pattern, value.tzinfo, _locale(tag))


@cache
def _locale(tag: str) -> "Locale":
    from babel import Locale  # noqa: PLC0415

    return Locale.parse(tag)

"""One table of a charter file while it is read: typed fields out, every fault noted, none raised.

A getter that finds a fault notes it and returns a harmless value of the right type; whoever reads
asks ``sound`` before building anything from the values. So one pass finds all faults.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from domain.canonical import Json, instant_text
from domain.errors import ConfigError
from domain.ids import is_word
from domain.window import TimeWindow
from policies.charter.places import Path, Places
from policies.charter.wording import longest, quoted, worry_about_name, worry_about_text

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

MOST_AT_ONCE = 10_000

NEVER = TimeWindow(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC))
"""Stands in for a window that could not be read; a charter with one is never built."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, and the list that its faults go to."""

    file: str
    places: Places
    faults: list[ConfigError] = field(default_factory=list)

    def fault(self, line: int, fact: str, remedy: str) -> None:
        """Note one fault."""
        self.faults.append(ConfigError(fact, remedy=remedy, file=self.file, line=line))


class Table:
    """The fields of one table. ``kind`` is what it describes: a zone, an asset …"""

    no_day: ClassVar[date] = date(1, 1, 1)
    """Stands in for a day that could not be read."""

    def __init__(self, source: Source, path: Path, content: Mapping[str, object], kind: str) -> None:
        self.sound = True
        self.kind = kind
        self._source = source
        self._path = path
        self._content = content
        self._known: set[str] = set()
        self._headers: list[str] = []
        """The headers of the tables inside it that were asked for and are not there."""

    @property
    def label(self) -> str:
        """How a fault calls this table: by its id where it has one, else by its number."""
        for key in ("id", "reference", "right", "protocol", "state"):
            if isinstance(name := self._content.get(key), str):
                return f"{self.kind} {quoted(name)}"
        last = self._path[-1] if self._path else ""
        return f"{self.kind} number {last + 1}" if isinstance(last, int) else self.kind

    def fault(self, key: str, fact: str, remedy: str, item: str | None = None) -> None:
        """Note a fault at ``key`` (or at the one ``item`` of its list)."""
        self.sound = False
        path = (*self._path, key) if key else self._path
        places = self._source.places
        line = places.line(path) if item is None else places.line_of_item(path, item)
        self._source.fault(line, f"{self.label}: {fact}" if self.label else fact, remedy)

    def declared(self, key: str) -> str:
        """What ``key`` says if it is a string at all, sound or not; for references, never for a value."""
        value = self._content.get(key)
        return value if isinstance(value, str) else ""

    def declared_list(self, key: str) -> tuple[str, ...]:
        """The strings that the list ``key`` holds, sound or not."""
        value = self._content.get(key)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def names(self) -> tuple[str, ...]:
        """The names of its fields, where they are the author's own words."""
        return tuple(self._content)

    @property
    def header(self) -> str:
        """How its header is written, without brackets."""
        return ".".join(part for part in self._path if isinstance(part, str))

    def has(self, key: str) -> bool:
        """Whether the table has a field ``key`` at all."""
        self._known.add(key)
        return key in self._content

    def word(self, key: str) -> str:
        """An id, or a reference to one: a lower-case word."""
        value = self._string(key)
        if value and not is_word(value):
            self.fault(key, f"'{key}' is {quoted(value)}, which is not an id.", _id_meant(value))
            return ""
        return value

    def words(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of ids; never empty unless ``optional`` and left out."""
        values = self.texts(key, optional=optional)
        for value in values:
            if not is_word(value):
                self.fault(
                    key,
                    f"'{key}' names {quoted(value)}, which is not an id.",
                    _id_meant(value),
                    value,
                )
        return values

    def name(self, key: str) -> str:
        """A name that people tell things apart by: no characters that look like others."""
        value = self._string(key)
        if value and (worry := worry_about_name(value)):
            self.fault(key, f"'{key}' {worry}.", "Type the name again with plain letters.")
        return value

    def text(self, key: str, *, blank: bool = False, optional: bool = False) -> str:
        """One printable line; ``blank`` lets it be empty, ``optional`` lets it be left out."""
        if optional and key not in self._content:
            self._known.add(key)
            return ""
        value = self._string(key, blank=blank)
        if worry := worry_about_text(value):
            self.fault(key, f"'{key}' {worry}.", f"Write one plain line, {longest(value)} at most.")
        return value

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of different strings; an empty list is a fault, because it could be read as "all"."""
        value = self._take(key, list, 'a list of strings, such as ["one", "another"]', optional=optional)
        if value is None:
            return ()
        if not all(isinstance(item, str) for item in value):
            self.fault(key, f"'{key}' holds something other than strings.", "Put each item in quotes.")
            return ()
        if not value:
            self.fault(
                key,
                f"'{key}' is empty, which could be read as 'all' or as 'none'.",
                "Name each one; to allow none, leave the whole entry out.",
            )
        for item in sorted({item for item in value if value.count(item) > 1}):
            self.fault(key, f"'{key}' names {quoted(item)} twice.", "Remove one of the two.", item)
        return tuple(value)

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of printable lines, none of them blank."""
        values = self.texts(key)
        for value in values:
            if worry := worry_about_text(value) or ("" if value.strip() else "holds a blank line"):
                self.fault(key, f"'{key}' {worry}.", "Write plain lines, each in quotes.", value)
        return values

    def choice(self, key: str, kinds: type[E], *, meant: Mapping[str, str] = MappingProxyType({})) -> E:
        """One member of an enumeration; ``meant`` says what to do about some words that are none."""
        value = self._string(key)
        if value.lower() in meant:
            self.fault(key, f"'{key}' is {quoted(value)}.", meant[value.lower()])
            return next(iter(kinds))
        return self._member(key, value, kinds, None) if value else next(iter(kinds))

    def choices(self, key: str, kinds: type[E], *, never: Container[E] = ()) -> frozenset[E]:
        """A set of members; never empty. Those of ``never`` are read and not offered to who misspells one."""
        return frozenset(self._member(key, item, kinds, item, never) for item in self.texts(key))

    def at_once(self, key: str) -> int:
        """How many there may be at the same time; 0 when it is left out, which is no limit or what is usual."""
        return self.number(key, 1, MOST_AT_ONCE) if self.has(key) else 0

    def number(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        value = self._take(key, int, "a whole number")
        if value is None:
            return low
        if not low <= value <= high:
            self.fault(
                key, f"'{key}' is not from {low} to {high}.", f"Give a whole number from {low} to {high}."
            )
            return low
        return value

    def numbers(self, key: str, count: int, low: int, high: int) -> tuple[int, ...]:
        """A list of exactly ``count`` whole numbers from ``low`` to ``high``; empty when it has a fault."""
        what = f"a list of {count} whole numbers from {low} to {high}"
        value = self._take(key, list, what)
        if value is None:
            return ()
        # Exact type again: true would count as 1.
        if len(value) != count or not all(type(one) is int and low <= one <= high for one in value):
            self.fault(key, f"'{key}' is not {what}.", f"Write it as {what}: [{', '.join(['2'] * count)}].")
            return ()
        return tuple(value)

    def claim(self, key: str, *, needed: bool = False) -> bool:
        """True or false; false when left out, which is a fault where it is ``needed``."""
        return self._take(key, bool, "true or false", optional=not needed) or False

    def day(self, key: str) -> date:
        """A date alone, without quotes."""
        return self._take(key, date, "a date such as 2026-01-31, without quotes") or self.no_day

    def span(self, key: str, longest_days: int) -> timedelta:
        """A length of time written as ``30m``, ``8h`` or ``2d``."""
        value = self._string(key)
        unit = {"m": 60, "h": 3600, "d": 86400}.get(value[-1:], 0)
        digits = value[:-1]
        if unit and digits.isascii() and digits.isdigit() and len(digits) <= 6:
            span = timedelta(seconds=int(digits) * unit)
            if timedelta() < span <= timedelta(days=longest_days):
                return span
        if value:
            self.fault(
                key,
                f"'{key}' is {quoted(value)}, which is not a length of time up to {longest_days} days.",
                "Write minutes, hours or days, for instance '30m', '8h' or '2d'.",
            )
        return timedelta(minutes=1)

    def instant(self, key: str, zone: ZoneInfo) -> datetime:
        """One instant. A date alone means midnight in the site's ``zone``."""
        return self._instant(key, zone) or NEVER.start

    def window(self, zone: ZoneInfo) -> TimeWindow:
        """``from`` and ``until``: half-open. A date alone means midnight in the site's ``zone``."""
        start, end = self._instant("from", zone), self._instant("until", zone)
        if start is None or end is None:
            return NEVER
        if end <= start:
            fact = "its window ends before it begins, or at the same instant."
            self.fault("until", fact, "Put 'until' after 'from': it is the first instant outside.")
            return NEVER
        return TimeWindow(start, end)

    def table(self, key: str, kind: str) -> "Table | None":
        """The sub-table ``key``, or None when it is left out."""
        header = f"{self.header}.{key}".lstrip(".")
        if _of_tables(self._content.get(key)):
            self._known.add(key)
            self.fault(
                key, f"'{key}' is written as if there were several.", f"Write [{header}], with one bracket."
            )
            return None
        value = self._take(key, dict, f"a table [{header}]", optional=True)
        if value is None:
            self._headers.append(f"[{header}]")
            return None
        prefix = f"{self.label}, " if self.kind else ""
        return Table(self._source, (*self._path, key), value, prefix + kind)

    def tables(self, key: str, kind: str, *, optional: bool = False) -> tuple["Table", ...]:
        """The array of tables ``[[key]]``; empty and not ``optional`` is a fault."""
        header = f"{self.header}.{key}".lstrip(".")
        if isinstance(self._content.get(key), dict):
            self._known.add(key)
            if self._source.places.written((*self._path, key)):
                fact = f"'{key}' is written as if there were only one."
                self.fault(key, fact, f"Write [[{header}]], with two brackets: there may be several.")
            else:
                fact = f"a part of '{key}' stands here, and no [[{header}]] above it."
                self.fault(key, fact, f"Write [[{header}]] where the entry begins; look for one misspelt.")
            return ()
        value = self._take(key, list, f"a list of tables, each under [[{header}]]", optional=optional)
        if value is None:
            self._headers.append(f"[[{header}]]")
            return ()
        if not all(isinstance(item, dict) for item in value):
            self.fault(key, f"'{key}' is not made of tables.", f"Begin each one with [[{header}]].")
            return ()
        prefix = f"{self.label}, " if self.kind else ""
        return tuple(
            Table(self._source, (*self._path, key, index), item, prefix + kind)
            for index, item in enumerate(value)
        )

    def done(self, *, kinds: Iterable[str] = (), elsewhere: Callable[[str], str] | None = None) -> bool:
        """Note every field that nobody asked for; whether the table is sound.

        ``kinds`` are the names that fields may have where these are words of a list; ``elsewhere``
        says of a field where it would belong, or nothing.
        """
        allowed = tuple(kinds)
        for key in self._content:
            if key not in self._known:
                near = get_close_matches(key.lower(), {*self._known, *allowed}, n=1, cutoff=0.7)
                remedy = f"Did you mean '{near[0]}'?" if near else ""
                if elsewhere is not None and (belongs := elsewhere(key)):
                    remedy = belongs
                elif allowed:
                    remedy = f"{remedy} It may be one of: {', '.join(allowed)}.".lstrip()
                self.fault(
                    key,
                    f"{quoted(key)} is not a field of this {'table' if self._path else 'file'}.",
                    remedy or self._above(),
                )
        return self.sound

    def _above(self) -> str:
        """What to do about a field that is none here: perhaps the header above it was forgotten."""
        absent = f": {' or '.join(self._headers)}" if self._headers else ""
        return f"Remove it, or put the header of its own table above it{absent}; docs/charter.md lists the fields."

    @property
    def faults(self) -> tuple[ConfigError, ...]:
        """Everything noted so far in this table's file."""
        return tuple(self._source.faults)

    def document(self) -> Json:
        """The table as it stood, as JSON: instants in UTC, dates as dates."""
        return _plain(self._content)

    def _member(self, key: str, value: str, kinds: type[E], item: str | None, never: Container[E] = ()) -> E:
        try:
            return kinds(value)
        except ValueError:
            offered = [one for one in kinds if one not in never]
            near = get_close_matches(value.lower(), offered, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            says = "is" if item is None else "names"
            remedy = f"{hint}It may be one of: {', '.join(offered)}."
            self.fault(key, f"'{key}' {says} {quoted(value)}.", remedy, item)
            return next(iter(kinds))

    def _instant(self, key: str, zone: ZoneInfo) -> datetime | None:
        self._known.add(key)
        value = self._content.get(key)
        match value:
            case None:
                self.fault(key, f"'{key}' is missing.", f"Add {key} = 2026-01-31 (a date).")
            case datetime() if value.tzinfo is not None:
                return value
            case datetime():
                self.fault(
                    key,
                    f"'{key}' has a time without a zone, which is two instants on the night the clocks change.",
                    "Write a date alone, or add the offset: 2026-01-31T08:00:00+01:00.",
                )
            case date():
                local = datetime.combine(value, time(), zone)
                # A date whose midnight happens twice or never has no single instant in this zone.
                if (
                    local.astimezone(UTC).astimezone(zone) == local
                    and local.utcoffset() == local.replace(fold=1).utcoffset()
                ):
                    return local
                self.fault(
                    key,
                    f"midnight of {value} is not one instant in {zone.key}.",
                    "Write the instant with its offset.",
                )
            case _:
                self.fault(key, f"'{key}' is not a date.", f"Write {key} = 2026-01-31, without quotes.")
        return None

    def _string(self, key: str, *, blank: bool = False) -> str:
        value = self._take(key, str, "a string in quotes")
        if value is not None and not value.strip() and not blank:
            self.fault(key, f"'{key}' is empty.", "Fill it in.")
            return ""
        return value or ""

    def _take(self, key: str, kind: type[T], what: str, *, optional: bool = False) -> "T | None":
        self._known.add(key)
        value = self._content.get(key)
        if value is None:
            if not optional:
                self.fault(key if key in self._content else "", f"'{key}' is missing.", f"Add it: {what}.")
            return None
        # Exact type: a bool is an int to Python, and a datetime is a date.
        if type(value) is not kind:
            self.fault(key, f"'{key}' is not {what}.", f"Write it as {what}.")
            return None
        return value


def _id_meant(value: str) -> str:
    """What to write in place of ``value``, which is no id."""
    if value in {"*", "all", "any"}:
        return "There is no wildcard and no 'all': name each one by its id."
    if is_word(plain := value.lower().replace("_", "-")):
        return f"Did you mean '{plain}'? An id has lower-case letters, digits and hyphens."
    return "Write its id, not its name: lower-case letters, digits and hyphens, beginning with a letter, 63 at most."


def _of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _plain(value: object) -> Json:
    match value:
        case bool() | int() | str():
            return value
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            # Floats and times of day belong in no field, so a sound charter holds none.
            raise TypeError(f"{type(value).__name__} does not belong in a charter")

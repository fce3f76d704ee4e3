"""Reading TOML strictly, with errors that say where: file, line, fact and what to do."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import ConfigError

REMEDY = "Mend the line, or restore the file from the plant's own copy and enrol again what is missing."

_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, with the lines it was read from so that a fault can say where."""

    file: str
    values: Mapping[str, object]
    lines: tuple[str, ...] = ()
    first: int = 1
    """The number of the first of ``lines`` in the file."""

    def fault(self, name: str, fact: str) -> ConfigError:
        """What is wrong with ``name``, as an error to raise."""
        place = re.compile(rf'\s*(\[\[?\s*)?"?{re.escape(name)}"?\s*[=\].]')
        at = next((i for i, line in enumerate(self.lines) if place.match(line)), 0)
        return ConfigError(fact, remedy=REMEDY, file=self.file, line=self.first + at if self.lines else 0)

    def names(self) -> tuple[str, ...]:
        """Every key, in the file's order."""
        return tuple(self.values)

    def text(self, name: str) -> str:
        """A printable line of text."""
        value = self._value(name)
        if not isinstance(value, str) or not value.isprintable():
            raise self.fault(name, f"The {name} must be one line of text.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.fault(name, f"The {name} must be a list of texts.")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self.fault(name, f"The {name} must be true or false.")
        return value

    def table(self, name: str) -> "Table":
        """A table below this one; empty when it is missing."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self.fault(name, f"The {name} must be a table.")
        return Table(self.file, value, self.lines, self.first)

    def tables(self, name: str, known: set[str]) -> tuple["Table", ...]:
        """A list of tables, each with no key but the ``known`` ones; empty when it is missing."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.fault(name, f"The {name} must be written as [[{name}]].")
        starts = [i for i, line in enumerate(self.lines) if line.strip() == f"[[{name}]]"]
        starts = starts if len(starts) == len(value) else [0] * len(value)
        found = [
            Table(self.file, one, self.lines[start:], self.first + start)
            for one, start in zip(value, starts, strict=True)
        ]
        for one in found:
            one.only(known)
        return tuple(found)

    def only(self, known: set[str]) -> None:
        """ConfigError for a key that nobody reads: a misspelt one must not be silently ignored."""
        for name in self.values:
            if name not in known:
                raise self.fault(name, f"{name!r} is not known here.")

    def _value(self, name: str) -> object:
        if name not in self.values:
            raise ConfigError(
                f"The {name} is missing.", remedy=REMEDY, file=self.file, line=self.first if self.lines else 0
            )
        return self.values[name]


def read_table(file: str, data: bytes, known: set[str]) -> Table:
    """The whole file as a table; ConfigError when it is not TOML in UTF-8, or has an unknown key."""
    try:
        text = data.decode("utf-8")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(
            "The file is not UTF-8.",
            remedy=REMEDY,
            file=file,
            line=data.count(b"\n", 0, error.start) + 1,
        ) from error
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        raise ConfigError(
            f"The file is not TOML: {error}.", remedy=REMEDY, file=file, line=int(at[1]) if at else 0
        ) from error
    table = Table(file, values, tuple(text.splitlines()))
    table.only(known)
    return table


def quoted(text: str | bool) -> str:
    """``text`` as a TOML basic string: JSON's escapes are TOML's too, for printable text."""
    return json.dumps(text, ensure_ascii=False)

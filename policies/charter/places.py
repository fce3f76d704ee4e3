"""Where in a TOML text each table and key stands.

``tomllib`` gives values without positions, and a fault without a line sends an engineer searching.
This scan knows only as much TOML as finding lines takes; what it can't place gets its table's line,
so it may be less exact than the parser but never wrong about what the charter says.
"""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_NAME = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[(\[?)[ \t]*({_NAME})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_NAME})[ \t]*=")
_PARTS = re.compile(_PART)
_LONGEST_LINE = 4096  # longer lines hold data, and no key that anybody would look for


class Places:
    """The line, counted from 1, of each table and key of one text."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._found: Mapping[Path, int] = _scan(self._lines)

    def line(self, path: Path) -> int:
        """Where ``path`` stands, or the nearest thing around it that was found; 1 at worst."""
        for length in range(len(path), 0, -1):
            if (line := self._found.get(path[:length])) is not None:
                return line
            # The first of several tables stands under its index, also where a single one was expected.
            if length == len(path) and (line := self._found.get((*path, 0))) is not None:
                return line
            # A table that only what it holds has made: where that begins.
            if inside := [
                at
                for each, at in self._found.items()
                if length == len(path) == len(each) - 1 and each[:length] == path
            ]:
                return min(inside)
        return 1

    def written(self, path: Path) -> bool:
        """Whether a header or a key of exactly this path was found; TOML makes some tables unasked."""
        return path in self._found or (*path, 0) in self._found

    def line_of_item(self, path: Path, item: str) -> int:
        """The line of the list at ``path`` that holds the string ``item``; else where the list begins."""
        first = self.line(path)
        for number in range(first, len(self._lines) + 1):
            line = self._lines[number - 1]
            if number > first and (_HEADER.match(line) or _KEY.match(line)):
                break
            if f'"{item}"' in line or f"'{item}'" in line:
                return number
        return first


def _scan(lines: list[str]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    here: Path = ()
    inside = ""  # the quotes that will end the multi-line string that we are in
    for number, line in enumerate(lines, 1):
        if inside:
            inside = "" if line.count(inside) % 2 else inside
            continue
        if len(line) > _LONGEST_LINE:
            continue
        if header := _HEADER.match(line):
            here = _entered(_parts(header[2]), arrays, array=bool(header[1]))
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault(here + _parts(key[1]), number)
        inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")
    return found


def _entered(parts: Path, arrays: dict[Path, int], *, array: bool) -> Path:
    """The full path of a header: every array of tables on the way with its present index."""
    path: Path = ()
    for position, part in enumerate(parts, 1):
        path = (*path, part)
        if array and position == len(parts):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _parts(name: str) -> Path:
    return tuple(part.strip("\"'") for part in _PARTS.findall(name))

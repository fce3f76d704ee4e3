"""What a terminal shows at one moment, as the text that draws it: where a replay of a long recording begins. Pure.

Worked out from the output just before that moment, which is inert already. A screen that holds what is older than that,
and was never drawn again, lacks it; the recording has it.
"""

import re
import unicodedata
from typing import Any

import pyte
from pyte.graphics import FG_BG_256
from wcwidth import wcwidth

from recorder.replay import RESET

ALTERNATE = "\x1b[?1049h"
_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_SWITCH = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
# pyte takes no more numbers than a sequence has by its standard, and knows no colons.
_NUMBERS = re.compile(
    r"\x1b\[([0-9]*)[;:][0-9;:]*([A-GI-Z@`a-egi-ln-qs-z])|\x1b\[([0-9]*[;:][0-9]*)[0-9;:]*([Hfr])"
)
_COLONS = re.compile(r"\x1b\[[0-9;]*:[0-9;:]*m")
_ERASE = re.compile(r"\x1b\[(?!0?[JK]|[123]J|[12]K)[0-9]+[JK]")
_STYLES = {"bold": 1, "italics": 3, "underscore": 4, "blink": 5, "reverse": 7, "strikethrough": 9}
_INDEXED = {colour: number for number, colour in reversed(list(enumerate(FG_BG_256)))}


class Picture:
    """One terminal of this size, empty at first."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = _Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._other = False

    def feed(self, text: str) -> None:
        """The asset wrote this, made inert."""
        for switch in _SWITCH.finditer(text):
            self._other = switch[1] == "h"
        self._stream.feed(_ERASE.sub("", _NUMBERS.sub(_fewer, _COLONS.sub("", text))))

    def resize(self, columns: int, rows: int) -> None:
        """The window has a new size."""
        self._screen.resize(rows, columns)

    def drawing(self) -> str:
        """What draws it on an empty terminal of the same size: every row, then the cursor."""
        parts = [RESET, "\x1b[2J", ALTERNATE if self._other else "", "\x1b[?7l"]
        rows = ((y, self._row(y)) for y in range(self._screen.lines))
        parts += [f"\x1b[{y + 1};1H{row}" for y, row in rows if row]
        cursor = self._screen.cursor
        x = min(cursor.x, self._screen.columns - 1)
        return "".join([*parts, f"\x1b[0m\x1b[?7h\x1b[{cursor.y + 1};{x + 1}H", _style(cursor.attrs)])

    def _row(self, y: int) -> str:
        if y not in self._screen.buffer:
            return ""
        row = self._screen.buffer[y]
        out, before = [], ""
        for x in range(min(self._screen.columns, max(row, default=-1) + 1)):
            cell = row[x]
            style = _style(cell)
            if style != before:
                out.append(f"\x1b[0m{style}")
                before = style
            out.append(cell.data)
        return "".join(out)


class _Screen(pyte.Screen):
    def draw(self, data: str) -> None:
        # pyte drops the rest of a text in which a character takes no room and does not combine.
        if not data.isascii():
            data = "".join(one for one in data if wcwidth(one) > 0 or unicodedata.combining(one))
        super().draw(data)


def _fewer(sequence: re.Match[str]) -> str:
    one, final, two, place = sequence.groups()
    return f"\x1b[{one}{final}" if final else f"\x1b[{two.replace(':', ';')}{place}"


def _style(cell: Any) -> str:
    numbers = [str(number) for name, number in _STYLES.items() if getattr(cell, name)]
    numbers += [*_colour(cell.fg, 30), *_colour(cell.bg, 40)]
    return f"\x1b[{';'.join(numbers)}m" if numbers else ""


def _colour(name: str, base: int) -> list[str]:
    if name == "default":
        return []
    plain = name.removeprefix("bright")
    if plain in _NAMES:
        return [str(base + _NAMES.index(plain) + (60 if name != plain else 0))]
    if name in _INDEXED:
        return [str(base + 8), "5", str(_INDEXED[name])]
    try:
        red, green, blue = bytes.fromhex(name)
    except ValueError:
        return []
    return [str(base + 8), "2", str(red), str(green), str(blue)]

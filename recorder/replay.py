"""Show what crossed without obeying it: hostile terminal bytes become text that a terminal can't act on.

By allow-list. Text, colours, cursor, erase and scroll pass, for the picture depends on them; modes
that only change how a terminal behaves are left out; everything else (clipboard, links, titles,
queries that make a terminal type, images, bidirectional overrides) is shown as visible characters.
The recording keeps the bytes as they were.
"""

import re
from codecs import getincrementaldecoder
from typing import Final

LONGEST_SEQUENCE = 256
"""Characters of one control sequence; a real one stays far below."""

SHOWN_OF_STRING = 128
"""Characters of a title, link, clipboard text or image that are shown; the rest is counted."""

LONGEST_STRING = 1024 * 1024
"""Characters after which a string that never ends is over, so that nothing can hide behind it."""

# Characters that act, hide or reorder instead of being seen: C0 but for BS, HT, LF and CR; DEL and C1;
# and format characters (UAX #9 and #31), invisible fillers and what is no character at all.
_ACTS: Final = (
    "\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_PLAIN = re.compile(f"[^{_ACTS}]+")
# Nothing to see either: spaces but for the plain one, further format characters, private use, no characters. Written
# out, for an export made today must be the same bytes under every later version of Unicode.
_UNSEEN: Final = (
    "\xa0\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u1680\u2000-\u200a\u202f\u205f\u3000\ue000-\uf8ff\ufdd0-\ufdef"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000f0000-\U0010ffff"
)
_SEEN = re.compile(f"[^{_ACTS}{_UNSEEN}\\x08-\\x0a\\x0d]+")
_CONTROL_SEQUENCE = re.compile(r"\x1b\[([0-?]*)([ -/]*)([@-~])")  # ECMA-48 section 5.4
_UNFINISHED_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*|[ -/]*)?\Z")
_ESCAPE = re.compile(r"\x1b([ -/]*)([0-~])")  # ECMA-48 section 5.3 and ECMA-35 section 13
_STRING = re.compile(r"\x1b[\]PX^_]")  # OSC, DCS, SOS, PM, APC
_STRING_END = re.compile(r"\x1b\\|[\x07\x18\x1a\x9c]|\x1b(?!\Z)")

_PARAMETERS = re.compile(r"([0-9]{0,4}([;:][0-9]{0,4}){0,32})")  # small numbers: a repeat count can flood
_MOVES = frozenset("ABCDEFGHIZ`adef" + "JKX@PLM" + "Sr" + "mbg")
"""Cursor and tabs; erase, insert and delete; scroll up and the scroll region; colours, repeat, tab stops."""

_ESCAPES = frozenset({"7", "8", "D", "E", "M", "H", "(B", "(0", ")B", ")0"})
"""Save and restore the cursor, index, tab stop; the two character sets that draw lines."""

_SCREEN_MODES = frozenset({"7", "25", "47", "1047", "1048", "1049"})
"""Wrapping, the cursor's visibility, the other screen: the private modes that change the picture."""

_SILENT_ESCAPES = frozenset({"=", ">"})  # the keypad's mode: the keyboard's business, not the picture's

RESET: Final = "\x1b[0m\x1b[r\x1b(B\x1b[?7h\x1b[?25h\x1b[?1049l"
"""Puts a terminal right after something was shown on it."""


class Sanitiser:
    """A filter from the bytes of one terminal to text that is safe to show. Sequences may be split anywhere.

    Without ``strings``, titles, links and their like are left out: what never stood on the screen is not shown on it.
    """

    def __init__(self, *, strings: bool = True) -> None:
        self._strings = strings
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._string = 0
        """Characters of the string that is running; 0 outside one."""

    def feed(self, data: bytes) -> str:
        """The safe text for ``data``. Bytes that are not UTF-8 are shown as �."""
        return self._show(self._decoder.decode(data), last=False)

    def finish(self) -> str:
        """What is still held back when there is no more: half a sequence or character, shown."""
        return self._show(self._decoder.decode(b"", final=True), last=True)

    def _show(self, text: str, *, last: bool) -> str:
        text = self._pending + text
        self._pending = ""
        out: list[str] = []
        at = 0
        while at < len(text):
            if self._string:
                at = self._through_string(text, at, out, last=last)
                continue
            if plain := _PLAIN.match(text, at):
                out.append(plain[0])
                at = plain.end()
                continue
            if text[at] != "\x1b":
                out.append(visible(text[at]))
                at += 1
                continue
            if not last and len(text) - at < LONGEST_SEQUENCE and _UNFINISHED_SEQUENCE.match(text, at):
                self._pending = text[at:]
                break
            at = self._escape(text, at, out)
        if last:
            self._string = 0
        return "".join(out)

    def _escape(self, text: str, at: int, out: list[str]) -> int:
        if string := _STRING.match(text, at):
            out.append(visible(string[0]) if self._strings else "")
            self._string = 1
            return string.end()
        if found := _CONTROL_SEQUENCE.match(text, at):
            out.append(_control(found))
            return found.end()
        if found := _ESCAPE.match(text, at):
            name = found[1] + found[2]
            if name not in _SILENT_ESCAPES:
                out.append(found[0] if name in _ESCAPES else visible(found[0]))
            return found.end()
        out.append(visible("\x1b"))
        return at + 1

    def _through_string(self, text: str, at: int, out: list[str], *, last: bool) -> int:
        out = out if self._strings else []
        end = _STRING_END.search(text, at)
        stop = end.start() if end else len(text)
        if end is None and not last and text.endswith("\x1b"):
            stop -= 1  # the first half of its terminator, perhaps
        stop = min(stop, at + LONGEST_STRING - self._string + 1)
        room = max(0, SHOWN_OF_STRING - self._string + 1)
        out.append(visible(text[at : min(stop, at + room)]))
        self._string += stop - at
        if self._string > LONGEST_STRING or (end is not None and stop == end.start()):
            hidden = self._string - 1 - SHOWN_OF_STRING
            out.append(f"\N{HORIZONTAL ELLIPSIS}[{hidden} more]" if hidden > 0 else "")
            self._string = 0
            # A bare escape ends the string and begins a sequence of its own.
            if end is not None and stop == end.start() and end[0] != "\x1b":
                out.append(visible(end[0]))
                return end.end()
            return stop
        if stop < len(text):
            self._pending = text[stop:]
            return len(text)
        return stop


def _control(found: re.Match[str]) -> str:
    parameters, between, final = found.groups()
    if len(found[0]) > LONGEST_SEQUENCE:
        return visible(found[0])
    if parameters.startswith("?") and not between and final in "hl":
        kept = [mode for mode in parameters[1:].split(";") if mode in _SCREEN_MODES]
        return f"\x1b[?{';'.join(kept)}{final}" if kept else ""
    if parameters.startswith(">") and final == "m":
        return ""  # how the keyboard reports modifiers
    whole = not between and _PARAMETERS.fullmatch(parameters) is not None
    # With more than one number, T is mouse tracking and s sets margins; u alone restores the cursor.
    moves = final in _MOVES or (final == "T" and ";" not in parameters) or (final in "su" and not parameters)
    return found[0] if whole and moves else visible(found[0])


def visible(text: str) -> str:
    r"""Every character as one that can be seen and does nothing: ``ESC`` becomes ␛, an override ``\u202e``."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # Unicode's pictures of the C0 controls
    if code == 0x7F:
        return "\u2421"
    return character if _SEEN.match(character) else _escaped(code)


def _escaped(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def inert(text: str, limit: int = 0) -> str:
    r"""``text`` as one line that is safe to show anywhere: log, terminal or page (HTML still escapes it).

    Controls, line ends, overrides and undecodable bytes become escapes such as ``\n``, ``\x1b`` and
    ``\u202e``. ``limit`` above 0 shortens to so many characters.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if _SEEN.fullmatch(text):
        return text
    return "".join(_NAMED.get(one) or _inert(one) for one in text)


def _inert(character: str) -> str:
    return character if _SEEN.match(character) else _escaped(ord(character))


_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

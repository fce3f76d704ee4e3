"""A line typed in the lobby's terminal: echo, rubbing out, and nothing that a terminal could act upon. Pure."""

import codecs
from dataclasses import dataclass, field

LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class Typed:
    """What to show for the bytes that came, and what they completed."""

    echo: str = ""
    lines: tuple[str, ...] = ()
    interrupted: bool = False
    ended: bool = False


@dataclass(slots=True)
class Line:
    """The line being typed. Escape sequences (arrows, function keys) are swallowed whole."""

    terminal: bool
    _text: str = ""
    _escape: str = ""
    _after_return: bool = False
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def type(self, data: bytes) -> Typed:  # noqa: C901 - one branch per key
        """Take bytes from the client."""
        echo: list[str] = []
        lines: list[str] = []
        interrupted = ended = False
        for letter in self._decoder.decode(data):
            after_return, self._after_return = self._after_return, letter == "\r"
            if self._escape:
                self._follow_escape(letter)
            elif letter == "\x1b":
                self._escape = letter
            elif letter == "\n" and after_return:
                pass
            elif letter in "\r\n":
                lines.append(self._text)
                self._text = ""
                echo.append("\r\n")
            elif letter in "\x7f\b":
                if self._text:
                    self._text = self._text[:-1]
                    echo.append("\b \b")
            elif letter == "\x03":
                interrupted = True
                self._text = ""
                echo.append("^C\r\n")
            elif letter == "\x15":
                echo.append("\b \b" * len(self._text))
                self._text = ""
            elif letter == "\x04" and self.terminal:
                ended |= not self._text
            elif letter.isprintable() and len(self._text) < LONGEST_LINE:
                self._text += letter
                echo.append(letter)
        return Typed("".join(echo) if self.terminal else "", tuple(lines), interrupted, ended)

    def rest(self) -> str:
        """A last line that had no end."""
        text, self._text = self._text, ""
        return text

    def _follow_escape(self, letter: str) -> None:
        if self._escape == "\x1b":
            self._escape = letter if letter in "[O" else ""
        elif "@" <= letter <= "~" or len(self._escape) > 16:
            self._escape = ""
        else:
            self._escape += letter

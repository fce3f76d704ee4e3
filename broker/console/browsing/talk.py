"""What a terminal's page and the console say to each other. Pure.

A terminal's own bytes travel in binary messages, both ways, exactly as they are. Everything else is a line of
JSON: the page tells the size of its terminal and how much it has drawn, the console how the session ended.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.canonical import Json
from domain.said import Tongue, in_tongue

LONGEST_MESSAGE_BYTES = 64 * 1024
"""What a browser may send at once. A page cuts what is pasted into smaller pieces."""

MOST_UNDRAWN_BYTES = 512 * 1024
"""How far the asset's output may be ahead of what the page has drawn: Ctrl-C is felt within that."""

SMALLEST, WIDEST, HIGHEST = 1, 1000, 1000
"""In columns and rows. The gate clamps sizes too; this keeps numbers out that no terminal has."""

LONGEST_COMMAND = 4096
"""In characters."""

LONGEST_WORDS = 2000
"""Characters of what the gate said last."""

OURS = "penstock: "


class TalkError(ValueError):
    """A message that no page of ours sends."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first message: the size of the page's terminal, and the one command to run in it; empty for a shell."""

    columns: int
    rows: int
    command: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Bytes for the program."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """The page's terminal has another size."""

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """So many bytes more have been drawn."""

    size: int


Heard = Start | Typed | Resized | Drawn


def heard(message: Mapping[str, object]) -> Heard:
    """What a WebSocket message of the page means; TalkError for one that means nothing."""
    data, text = message.get("bytes"), message.get("text")
    if isinstance(data, bytes):
        return Typed(data)
    try:
        said = json.loads(text if isinstance(text, str) else "")
    except (ValueError, RecursionError) as error:
        raise TalkError from error
    match said:
        case {"start": [int(columns), int(rows)], "command": str(command)} if len(command) <= LONGEST_COMMAND:
            return Start(_clamped(columns, WIDEST), _clamped(rows, HIGHEST), command)
        case {"size": [int(columns), int(rows)]}:
            return Resized(_clamped(columns, WIDEST), _clamped(rows, HIGHEST))
        case {"drawn": int(size)} if size > 0:
            return Drawn(size)
        case _:
            raise TalkError


def _clamped(number: int, most: int) -> int:
    return max(SMALLEST, min(number, most))


@dataclass(slots=True)
class Ahead:
    """How much was sent that the page has not drawn yet."""

    most: int = MOST_UNDRAWN_BYTES
    undrawn: int = 0

    @property
    def room(self) -> bool:
        """Whether more may be sent."""
        return self.undrawn < self.most

    def sent(self, size: int) -> None:
        """So many bytes went out."""
        self.undrawn += size

    def drawn(self, size: int) -> None:
        """The page says so; it can't have drawn what it was never sent."""
        self.undrawn = max(0, self.undrawn - size)


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended, for whoever looks at the page."""

    code: str
    """``exited``, or what a refusal or an ending is called."""
    sentence: str = ""
    remedy: str = ""
    status: int | None = None
    """The program's exit status."""
    signal: str = ""
    """The signal that ended the program."""
    words: str = field(default="")
    """What the gate said last, as it said it: English, like everything that is said over SSH."""

    def message(self, reader: Tongue) -> str:
        """The line that the page is sent, in its reader's language."""
        told: dict[str, Json] = {
            "code": self.code,
            "sentence": str(in_tongue(self.sentence, reader)),
            "remedy": str(in_tongue(self.remedy, reader)),
            "status": self.status,
            "signal": self.signal,
            "words": self.words,
        }
        return json.dumps({"ended": told})


@dataclass(slots=True)
class LastWords:
    """What the gate said last on a program's standard error: its lines begin with its name.

    An asset could write such a line too, as it could write it on the terminal itself: it is shown, and decides nothing.
    """

    kept: str = ""

    def heard(self, data: bytes) -> None:
        """More of the standard error."""
        self.kept = (self.kept + data.decode("utf-8", "replace"))[-2 * LONGEST_WORDS :]

    def said(self) -> str:
        """The last such line, without a control character in it; empty for none."""
        lines = [one.strip() for one in self.kept.replace("\r", "\n").split("\n")]
        line = next((one for one in reversed(lines) if one.startswith(OURS)), "")
        return "".join(one for one in line if one.isprintable())[:LONGEST_WORDS]

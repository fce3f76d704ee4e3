"""What is found in a recording by reading it: an aid to find the place, never evidence and never a control."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recorder.replay import inert

VERSION: Final = 3
"""Of what is found: the next one when ``broker.reading.extract`` finds more or other things. An index made by another is made anew."""

LONGEST_TEXT = 2000
"""Characters of one thing found: a long command line, or some thirty rows of a screen."""


class FoundKind(StrEnum):
    """What kind of thing it is. The index and its readers keep these words."""

    PASSAGE = "passage"
    """A channel was opened or ended."""
    COMMAND = "command"
    """A line that the vendor sent off at a prompt, as the screen showed it, or the command of an ``exec``."""
    TRANSFER = "transfer"
    """A file that was put or fetched, or something done to a file, over sftp or scp."""
    SCREEN = "screen"
    """What stood on a screen."""
    REFUSAL = "refusal"
    STATE = "state"
    """Input waited because the zone's state changed, or went on again."""
    PAUSE = "pause"
    """Input waited because somebody paused it, or nobody watched."""
    WARNING = "warning"
    TRANSACTION = "transaction"
    """One transaction of a protocol that the gate reads."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing. ``at_us`` is microseconds since the recording began; ``text`` is inert and never empty."""

    kind: FoundKind
    at_us: int
    channel: int
    text: str
    deed: str = ""
    """What was done: ``put``, ``get``, ``rename`` of a file; the code of a refusal; what a pause is about."""
    octets: int = 0
    """Bytes of a file that crossed."""


def found(kind: FoundKind, at_us: int, channel: int, text: str, *, deed: str = "", octets: int = 0) -> Found:
    """One thing, with hostile bytes made visible and with a length that a page can show."""
    shown = "\n".join(inert(line) for line in text.split("\n"))
    return Found(kind, at_us, channel, shown[:LONGEST_TEXT] or "?", inert(deed, 60), octets)


def time_code(at_us: int) -> str:
    """Hours, minutes and seconds since the recording began."""
    seconds = at_us // 1_000_000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

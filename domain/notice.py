"""What a person is told: a few inert sentences and where to look. Nothing can be decided by one.

A notice follows evidence: whoever puts one has appended the leaf that it tells of.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import PersonId

KEY = re.compile(r"[!-~]{1,200}", re.ASCII)
PATH = re.compile(r"/([A-Za-z0-9_~?&=%.:-][A-Za-z0-9/_~?&=%.:#-]*)?", re.ASCII)

SUBJECT_CHARACTERS = 120
SENTENCE_CHARACTERS = 600
MOST_SENTENCES = 20


class NoticeKind(StrEnum):
    """What a notice is about. People choose by it where they are told; a kind is never renamed."""

    ASKED = "asked"
    """Somebody asks for a permit, and the reader may decide it."""
    REMINDED = "reminded"
    """A decision that the reader may make is still open, and time is short."""
    ESCALATED = "escalated"
    """A decision came to the reader because somebody nearer did not make it."""
    DECIDED = "decided"
    """What the reader asked for was approved, refused, narrowed or revoked."""
    STARTS = "starts"
    """A session will be possible from the instant named in it (MA-4(5)(b), paraphrased)."""
    ENDING = "ending"
    """A window is about to close."""
    LAPSED = "lapsed"
    """A request or a permit came to its end without having been decided or used."""
    STOPPED = "stopped"
    """Sessions were stopped: the kill switch, an interlock, a revocation."""
    STATE = "state"
    """The operating state of a zone changed while somebody was in it."""
    BREAK_GLASS = "break-glass"
    """A permit was approved past those who hold the right."""
    VOID = "void"
    """A decision right has no holder who could use it."""
    SUSPENDED = "suspended"
    """A vendor was suspended, or is let in again."""
    LEAVING = "leaving"
    """Somebody needs access no longer."""
    LOCKED = "locked"
    """Sign-ins in the reader's name, or from an address, are held back after failures."""
    TROUBLE = "trouble"
    """This node can't do what it should: evidence, clock, notices themselves."""
    TEST = "test"
    """Somebody tries whether notices arrive."""
    DIGEST = "digest"
    """What the day brought, in one notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person is told. Its texts are made inert and are cut to their limits here.

    ``key`` is stable: the same key for the same person is told once, however often it is put. ``path``
    is the console's page about it; ValueError for a key or a path that is none, which is a bug.
    """

    key: str
    """Printable ASCII without blanks, 200 characters at most; says what of: ``asked:<permit>``."""
    to: PersonId
    kind: NoticeKind
    at: datetime
    """When it came about, in UTC; not when it was told."""
    subject: str
    """May leave the plant, into a mail box or a chat room: no asset's name, no purpose, nothing that a vendor wrote."""
    sentences: tuple[str, ...]
    """Shown in the console; leave the plant only where it says so."""
    path: str
    """Begins with a slash, has no host, and stays what it is in every channel."""
    urgent: bool = False
    """Quiet hours don't hold it back, and it is never left to a digest."""
    permit: str = ""
    """The permit that it is about, if one: by it the ledger's word on the delivery is found."""

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} can't be a notice's key")
        if not PATH.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is not a page of the console")
        if self.at.tzinfo is None:
            raise ValueError("an instant needs a zone")
        object.__setattr__(self, "subject", inert(self.subject, SUBJECT_CHARACTERS))
        told = tuple(inert(one, SENTENCE_CHARACTERS) for one in self.sentences[:MOST_SENTENCES])
        object.__setattr__(self, "sentences", told)


def inert(text: str, most: int) -> str:
    r"""``text`` on one line of at most ``most`` characters, each one to be read and none to act.

    Controls, line ends, direction overrides and zero-width characters are written out, as the
    recorder's views do: ``\n``, ``\x1b``, ``\u202e``.
    """
    if len(text) <= most and text.isprintable():  # nearly all: nothing in it acts
        return text
    shown = "".join(_shown(one) for one in text[:most])
    return shown if len(shown) <= most and len(text) <= most else shown[: most - 1] + "…"


_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _shown(one: str) -> str:
    if unicodedata.category(one) not in _ACTING:
        return one
    code = ord(one)
    if code <= 0xFF:
        return _NAMED.get(one, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

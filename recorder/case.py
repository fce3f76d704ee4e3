"""What a case file holds, under which names: shared by who writes one and who verifies one."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError, PenstockError

SCHEMA = "penstock-case/1"
KEY_SCHEMA = "penstock-case-key/1"

MANIFEST = "manifest.json"
PERMIT = "permit.json"
APPROVALS = "approvals.json"
TRUST = "trust/approvers.toml"
CHARTER = "charter.json"
ATTESTATIONS = "trust/attestations.jsonl"
TEMPLATES = "trust/templates.jsonl"
RECORDING = "recording.pnr"
KEY = "recording.key.json"
EVENTS = "ledger/events.jsonl"
CHECKPOINT = "ledger/checkpoint"
VKEY = "ledger/vkey"
WITNESSED = "ledger/witnessed"
"""A head with cosignatures, as C2SP tlog-cosignature has it."""
CONSISTENCY = "ledger/witnessed.proof"
"""What leads from that head to the checkpoint: RFC 6962 section 2.1.2, one hash in base 64 a line."""
README = "VERIFY.md"
AGREED = "agreed/"
"""Below it, a folder for each permit under which a session went on after its zone's state had changed."""
STAMPS = "ledger/stamps/"
"""Below it, a folder for each time-stamped head, from 0 on: ``checkpoint``, ``proof``, ``token.tst``, ``crls.pem``, ``chain.pem``."""

KEEPING = "keeping/"
"""Below it, the trust files by which those signed who let the session's contents go."""

CAPTURE = ".pcapng"
"""What the name of a capture under ``exports/`` ends with."""

DERIVED = "derived/"
"""Below it, what the node made for reading, which no verifier can make again."""
TRANSACTIONS = f"{DERIVED}transactions.csv"
FILES = f"{DERIVED}files.csv"

ALWAYS = frozenset({PERMIT, APPROVALS, RECORDING, EVENTS, CHECKPOINT, VKEY, README})
SOMETIMES = frozenset(
    {TRUST, CHARTER, ATTESTATIONS, TEMPLATES, KEY, WITNESSED, CONSISTENCY, TRANSACTIONS, FILES}
)

MANIFEST_KEYS = frozenset({"schema", "session", "permit", "created_at", "files"})

MIB = 1024 * 1024
MOST_SMALL_BYTES = 16 * MIB
MOST_LINE_BYTES = MIB
"""Of an event; of how many lines there may be is no bound, so nobody holds them all in memory."""

MOST_EVENTS_BYTES = 64 * MIB
"""Of an incident's own list of events."""

OF_FILES = frozenset(
    {
        "FileTakenIn", "FileScreened", "FileReleased", "FileRefused", "FileDelivered", "FileMoved", "FileErased",
        "FileNotTaken",
    }
)  # fmt: skip
"""Events of which a session may have hundreds of thousands; a verifier proves each, and needs none of them for anything else."""


class Piecewise(Protocol):
    """A member that is read from its beginning."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; fewer only at the end."""
        ...


def keeping_name(digest: str) -> str:
    """Where the trust file of this digest (hex) is, by which somebody signed that evidence may go."""
    return f"{KEEPING}{digest}.toml"


def agreed_name(permit: str, member: str) -> str:
    """Where a second permit's ``member`` (``permit.json``, ``approvals.json``, ``charter.json``) is."""
    return f"{AGREED}{permit}/{member}"


def capture_name(channel: int) -> str:
    """Where a channel's capture is, as pcapng."""
    return f"exports/channel-{channel}{CAPTURE}"


def cast_names(channel: int) -> tuple[str, str]:
    """Where a channel's exports are: asciicast version 2, then 3."""
    return f"exports/terminal-{channel}.v2.cast", f"exports/terminal-{channel}.v3.cast"


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a member, each without its line feed; what follows the last one is a line too, unless it is empty."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def lines_in(source: Piecewise) -> Iterator[bytes]:
    """The lines of a member, each with its line feed, one at a time; EvidenceError for one that is too long, or has none."""
    rest = b""
    while piece := source.read(MIB):
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(rest) > MOST_LINE_BYTES:
            raise EvidenceError(f"A line of {EVENTS} is longer than any that can be right.")
    if rest:
        raise EvidenceError("The last line of the events has no end.", code="malformed")


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event with what opens its leaf and leads from the leaf to the checkpoint."""

    index: int
    leaf: bytes
    """The entry that is hashed into the tree."""
    text: bytes
    """Event and salt: the line that the ledger keeps beside the leaf."""
    path: tuple[bytes, ...]

    def line(self) -> bytes:
        """One line of ``ledger/events.jsonl``."""
        path: list[Json] = [b64encode(one).decode() for one in self.path]
        return (
            canonical(
                {
                    "index": self.index,
                    "leaf": self.leaf.decode(),
                    "text": self.text.decode(),
                    "path": path,
                }
            )
            + b"\n"
        )

    @staticmethod
    def of(line: bytes) -> "LedgerEvent":
        """The event that ``line()`` wrote; EvidenceError for anything else."""
        try:
            found = _event(read_object(line.removesuffix(b"\n")))
        except (KeyError, TypeError, ValueError) as error:
            raise EvidenceError(f"A line of {EVENTS} can't be read: {error!r}.") from error
        if found.line() != line:
            raise EvidenceError(f"A line of {EVENTS} is written in another form.")
        return found


def read_object(data: bytes) -> Mapping[str, Json]:
    """The object in canonical JSON; EvidenceError for anything else."""
    document = read_json(data)
    if not isinstance(document, Mapping):
        raise EvidenceError("This is JSON, but not an object.")
    return document


def read_json(data: bytes) -> Json:
    """The value in canonical JSON; EvidenceError for anything else."""
    try:
        return parse(data)
    except PenstockError as error:
        raise EvidenceError(error.fact) from error


def _event(fields: Mapping[str, Json]) -> LedgerEvent:
    index, leaf, text, path = fields["index"], fields["leaf"], fields["text"], fields["path"]
    if type(index) is not int or not isinstance(leaf, str) or not isinstance(text, str):
        raise TypeError("a field is of another kind")
    if isinstance(path, str) or not isinstance(path, Sequence):
        raise TypeError("the path is no list")
    return LedgerEvent(index, leaf.encode(), text.encode(), tuple(b64decode(str(one)) for one in path))

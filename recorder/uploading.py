"""What is to be done next with something that is copied to a second store. Pure.

A copy counts only when the store gave back the very bytes, from the version that it keeps for us, and when
the lock, where one is asked for, was looked at after it was set. Whatever is known in between is a value that
survives a crash (``receipts.py``): at each step the world may end, and the next process goes on from
the last value. So each step may be done twice, and doing it twice does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from domain.canonical import Json
from recorder.stores.second import Held, Trouble

MIB: Final = 1024 * 1024
LEAST_PART_BYTES: Final = 5 * MIB
"""All parts but the last are at least as large (S3)."""
MOST_PARTS: Final = 10_000

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
OWN: Final = frozenset({Trouble.GONE, Trouble.DIFFERS})
"""Troubles of one copy; all others are the store's, and everything waits."""


@dataclass(frozen=True, slots=True)
class Copying:
    """How far the copy of one thing has come. ``sha256`` is of the whole, in hex."""

    name: str
    size: int
    sha256: str
    part_bytes: int
    upload: str = ""
    """The upload in parts that was begun; empty: none, or it is over."""
    tags: tuple[str, ...] = ()
    """The store's tags for the parts that it has, from the first on."""
    looked: bool = False
    """Whether the store was asked if it has it already."""
    version: str = ""
    """The version that is ours."""
    locked: bool = False
    rejected: tuple[str, ...] = ()
    """Versions that gave back other bytes. Never taken for ours again."""

    @property
    def whole(self) -> bool:
        """Whether it goes in one piece."""
        return self.size <= self.part_bytes

    @property
    def sent_bytes(self) -> int:
        """How much of it the store has taken."""
        return self.size if self.version else min(self.size, len(self.tags) * self.part_bytes)


@dataclass(frozen=True, slots=True)
class Look:
    """Ask whether a process before this one had sent it all."""


@dataclass(frozen=True, slots=True)
class Put:
    """Send it in one piece."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin an upload in parts."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send the bytes from ``start`` up to, not including, ``stop`` as part ``number``."""

    number: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Complete:
    """Have the parts put together."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Set the lock, and look whether it is set."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Read our version, and compare. When it is the same, the copy is done."""


Step = Look | Put | Begin | Send | Complete | Lock | ReadBack


def copying(name: str, size: int, sha256: str, part_bytes: int) -> Copying:
    """A copy of which nothing is done yet; parts grow with what is too large for ten thousand of them."""
    least = -(-size // MOST_PARTS)
    return Copying(name, size, sha256, max(part_bytes, LEAST_PART_BYTES, least))


def next_step(one: Copying, *, lock: bool) -> Step:
    """What to do next; ``lock`` says whether the plant asks for one."""
    if one.version:
        return Lock() if lock and not one.locked else ReadBack()
    if not one.looked:
        return Look()
    if one.whole:
        return Put()
    if not one.upload:
        return Begin()
    start = len(one.tags) * one.part_bytes
    if start < one.size:
        return Send(len(one.tags) + 1, start, min(one.size, start + one.part_bytes))
    return Complete()


def found(one: Copying, held: Held | None) -> Copying:
    """After ``Look``: what lies under the name already may be ours, by its size and its stated hash."""
    ours = held is not None and (held.size, held.sha256) == (one.size, one.sha256)
    if held is not None and ours and held.version and held.version not in one.rejected:
        return replace(one, looked=True, version=held.version, upload="", tags=())
    return replace(one, looked=True)


def begun(one: Copying, upload: str) -> Copying:
    """After ``Begin``."""
    return replace(one, upload=upload, tags=())


def sent(one: Copying, tag: str) -> Copying:
    """After ``Send``."""
    return replace(one, tags=(*one.tags, tag))


def kept(one: Copying, version: str) -> Copying:
    """After ``Put`` or ``Complete``: the version that is ours."""
    return replace(one, version=version, upload="", tags=())


def locked(one: Copying) -> Copying:
    """After ``Lock``."""
    return replace(one, locked=True)


def done(one: Copying, sha256: str) -> bool:
    """After ``ReadBack``: whether these are the bytes that were sent."""
    return bool(one.version) and sha256 == one.sha256


def failed(one: Copying, trouble: Trouble) -> Copying:
    """After a step that failed: what must be done again.

    An upload that is gone may have been completed by a process that died before it could say so: look
    first. A version that gave back other bytes is left behind, and it is sent again. Anything else is
    tried again from where it stands.
    """
    match trouble:
        case Trouble.GONE:
            return replace(one, upload="", tags=(), looked=False)
        case Trouble.DIFFERS:
            rejected = (*one.rejected, one.version) if one.version else one.rejected
            return replace(one, version="", locked=False, upload="", tags=(), looked=True, rejected=rejected)
        case _:
            return one


def pause_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row: doubled each time, up to a minute.

    ``chance``, from 0 up to 1, spreads what many nodes would else do in the same second.
    """
    if failures < 1:
        return 0.0
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 30))
    return longest * (0.5 + chance / 2)


def document(one: Copying) -> dict[str, Json]:
    """As it is kept between two steps."""
    return {
        "format": "penstock-copying/1",
        "name": one.name,
        "size": one.size,
        "sha256": one.sha256,
        "part_bytes": one.part_bytes,
        "upload": one.upload,
        "tags": list(one.tags),
        "looked": one.looked,
        "version": one.version,
        "locked": one.locked,
        "rejected": list(one.rejected),
    }


def read(kept: Json) -> Copying | None:
    """What ``document`` wrote; None for anything else: then it is begun anew."""
    match kept:
        case {
            "format": "penstock-copying/1",
            "name": str(name),
            "size": int(size),
            "sha256": str(sha256),
            "part_bytes": int(part_bytes),
            "upload": str(upload),
            "tags": list(tags),
            "looked": bool(looked),
            "version": str(version),
            "locked": bool(lock),
            "rejected": list(rejected),
        } if size >= 0 and part_bytes >= LEAST_PART_BYTES:
            return Copying(
                name,
                size,
                sha256,
                part_bytes,
                upload,
                tuple(map(str, tags)),
                looked,
                version,
                lock,
                tuple(map(str, rejected)),
            )
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a thing is safely elsewhere: its version, read back and found to be the same, byte for byte."""

    name: str
    store: str
    """Which store, without secrets."""
    version: str
    size: int
    sha256: str
    verified_at: datetime
    locked_until: datetime | None
    """Until when the store lets nobody delete it; None: it asks for no lock."""

    def safe(self, now: datetime) -> bool:
        """Whether it still is: a lock that is over protects nothing any more."""
        return self.locked_until is None or now < self.locked_until


IDLE: Final = "idle"


@dataclass(frozen=True, slots=True)
class Status:
    """``doing``: ``idle``, ``proving``, ``looking``, ``sending``, ``locking``, ``reading-back``, ``ledger``."""

    at: datetime
    """When this began."""
    store: str
    doing: str
    name: str = ""
    """On what."""
    code: str = ""
    """What is wrong, stable; empty when nothing is."""
    fact: str = ""
    remedy: str = ""
    failing_since: datetime | None = None
    verified_at: datetime | None = None
    """When a copy was last read back and found to be the same."""
    proof: str = ""
    """What became of the last attempt to break the lock: ``lock_held``, or what gave way; empty: none is asked for."""
    altered: tuple[str, ...] = ()
    """Sessions whose recording here is not what the ledger says was sealed."""

    def well(self) -> "Status":
        """The same, with nothing wrong."""
        return replace(self, code="", fact="", remedy="", failing_since=None)


def said(step: Step) -> str:
    """What is being done, in one word that does not change."""
    match step:
        case Look():
            return "looking"
        case Put() | Begin() | Send() | Complete():
            return "sending"
        case Lock():
            return "locking"
        case ReadBack():
            return "reading-back"
        case _:
            assert_never(step)


def retried(tries: Mapping[str, float], names: tuple[str, ...], boottime_s: float) -> str | None:
    """Which of ``names`` comes next: the first that does not wait for its pause to end; None when all do."""
    return next((name for name in names if tries.get(name, 0.0) <= boottime_s), None)

"""A second place for sealed evidence, apart from the node: what the uploader needs of one.

It takes whole, finished things under a name, and never changes one: what is put under a name that is
taken becomes a further version of it, and every version keeps its own id. ``s3.py`` is one;
``tests/recorder/stores/test_s3.py`` holds it to the promises, against a real server.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.errors import EvidenceError


class Trouble(StrEnum):
    """What is wrong with a store, as whoever runs the plant must tell it apart. Stable: leaves and the API carry it."""

    AWAY = "store_away"
    SLOW = "store_slow"
    FAILING = "store_failing"
    FULL = "store_full"
    DENIED = "store_denied"
    SKEWED = "store_clock_skewed"
    NO_BUCKET = "store_no_bucket"
    CUT = "store_cut"
    DIFFERS = "store_differs"
    UNLOCKED = "store_unlocked"
    GONE = "store_upload_gone"
    ODD = "store_odd"


REMEDIES = {
    Trouble.AWAY: "See whether the store runs, and whether the node's firewall lets the uploader reach it.",
    Trouble.SLOW: "See to the store and to the way there; nothing is lost meanwhile, but the disk fills.",
    Trouble.FAILING: "See to the store: it answers with a fault of its own.",
    Trouble.FULL: "Give the store more room, or raise its quota.",
    Trouble.DENIED: "Check keys/store.toml, and what the store lets these credentials do; docs/stores.md lists it.",
    Trouble.SKEWED: "Put the node's clock and the store's right: they must agree to within a few minutes.",
    Trouble.NO_BUCKET: "Make the bucket, with versions and object lock, or correct [store] bucket.",
    Trouble.CUT: "See to the way to the store: connections break off before an answer is whole.",
    Trouble.DIFFERS: "Trust nothing in this store until it is examined: it gave back other bytes than it was sent.",
    Trouble.UNLOCKED: "This store does not hold what it promises: `penstock evidence store prove` names it.",
    Trouble.GONE: "Nothing: what was begun is begun again.",
    Trouble.ODD: "See the uploader's log; docs/stores.md lists what a store must be able to do.",
}


class StoreError(EvidenceError):
    """A store did not do what it was asked. What was begun there may or may not have happened."""

    def __init__(self, trouble: Trouble, fact: str) -> None:
        super().__init__(fact, remedy=REMEDIES[trouble])
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Held:
    """One version as the store has it, by its own word; only ``read`` proves the bytes."""

    version: str
    size: int
    sha256: str
    """In hex, as it was sent along; empty where nobody sent one."""
    locked_until: datetime | None
    """Until when nobody may delete it (COMPLIANCE mode alone counts); None: anybody who may, can."""


class SecondStore(Protocol):
    """Every method may raise StoreError; then it may or may not have happened there."""

    @property
    def name(self) -> str:
        """Where it is, without secrets; for leaves and people."""
        ...

    def look(self, name: str) -> Held | None:
        """The newest version under ``name``; None when there is none."""
        ...

    def put(self, name: str, data: bytes, sha256: str, until: datetime | None) -> str:
        """Keep ``data`` under ``name``; its version's id. ``until`` asks for a lock, ``lock`` makes sure of it."""
        ...

    def begin(self, name: str, sha256: str, until: datetime | None) -> str:
        """Begin to send something in parts; the upload's id."""
        ...

    def send(self, name: str, upload: str, number: int, data: bytes) -> str:
        """Send part ``number``, from 1; its tag. The same part may be sent again: the last one counts."""
        ...

    def complete(self, name: str, upload: str, tags: tuple[str, ...]) -> str:
        """Put the parts together; the new version's id. StoreError GONE: no such upload (any more)."""
        ...

    def abort(self, name: str, upload: str) -> None:
        """Throw away what was sent of an upload; none of that id is as good."""
        ...

    def unfinished(self) -> tuple[tuple[str, str], ...]:
        """Name and id of every upload that was begun and neither completed nor aborted."""
        ...

    def lock(self, name: str, version: str, until: datetime) -> datetime:
        """Have a version kept until ``until`` at least; until when it now is. StoreError UNLOCKED when it isn't."""
        ...

    def read(self, name: str, version: str) -> Iterator[bytes]:
        """A version's bytes in order; StoreError in the middle when they break off."""
        ...

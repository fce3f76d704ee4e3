"""Whether a store's lock holds, by trying to break it. What a store says of itself is not asked.

Two servers that are in use say yes to every call about locks and enforce none. So a canary is written
and locked; then everything is tried that must not go. The same credentials must be able to *lengthen*
the lock: else a refusal to shorten it would tell what they may do, and nothing of the lock.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from recorder.stores.second import Held, StoreError, Trouble

CANARY_FOR = timedelta(minutes=10)
"""How long a canary stays locked: more than two clocks may differ. Then it may be swept away."""

NO_ANSWER = frozenset(
    {
        Trouble.AWAY,
        Trouble.SLOW,
        Trouble.FAILING,
        Trouble.CUT,
        Trouble.FULL,
        Trouble.SKEWED,
        Trouble.NO_BUCKET,
    }
)
"""Troubles that say nothing of a lock: the proof could not be made."""


@dataclass(frozen=True, slots=True)
class LockProof:
    """What a store did when it was asked to break its own lock."""

    held: bool
    code: str
    """``lock_held``, or what gave way first: stable."""
    facts: tuple[str, ...]
    """Each step that was tried, and what came of it."""


class Lockable(Protocol):
    """What a proof needs of a store; each may raise StoreError."""

    def put(self, name: str, data: bytes, sha256: str, until: datetime | None) -> str:
        """As ``SecondStore.put``."""
        ...

    def lock(self, name: str, version: str, until: datetime) -> datetime:
        """As ``SecondStore.lock``."""
        ...

    def held(self, name: str, version: str) -> Held | None:
        """One version, as the store has it."""
        ...

    def read(self, name: str, version: str) -> Iterator[bytes]:
        """As ``SecondStore.read``."""
        ...

    def retain(self, name: str, version: str, until: datetime, mode: str = ...) -> None:
        """Set the lock of a version to end at ``until``, earlier or later than it did."""
        ...

    def delete(self, name: str, version: str, *, bypass: bool) -> None:
        """Delete a version for good; ``bypass`` asks for an administrator's way round its lock."""
        ...


class _Gave(Exception):  # noqa: N818 - not an error: how a proof ends early
    """The lock gave way."""

    def __init__(self, code: str, fact: str) -> None:
        super().__init__(code)
        self.code = code
        self.fact = fact


def prove_lock(store: Lockable, now: datetime) -> LockProof:
    """Try to break the lock of a canary. ``held`` only when nothing gave way and every byte is still there.

    StoreError when the store could not be asked: that proves neither.
    """
    facts: list[str] = []
    try:
        _prove(store, now, facts)
    except _Gave as gave:
        return LockProof(held=False, code=gave.code, facts=(*facts, gave.fact))
    return LockProof(held=True, code="lock_held", facts=tuple(facts))


def _prove(store: Lockable, now: datetime, facts: list[str]) -> None:
    until = now.astimezone(UTC).replace(microsecond=0) + CANARY_FOR
    longer, shorter = until + timedelta(minutes=1), until - CANARY_FOR / 2
    name, data = f"proof/{until:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}", secrets.token_bytes(64)
    version = _locked(store, name, data, until)
    facts.append(f"A canary was locked until {until:%H:%M:%S} UTC.")
    if not _goes(lambda: store.retain(name, version, longer), facts, "lengthen it"):
        raise _Gave("lock_unproven", "These credentials may not even lengthen a lock.")
    attempts: tuple[tuple[str, str, Callable[[], None]], ...] = (
        ("lock_shortened", "shorten it", lambda: store.retain(name, version, shorter)),
        (
            "lock_loosened",
            "let an administrator open it",
            lambda: store.retain(name, version, longer, "GOVERNANCE"),
        ),
        ("lock_deleted", "delete what it holds", lambda: store.delete(name, version, bypass=False)),
        ("lock_deleted", "delete it as an administrator", lambda: store.delete(name, version, bypass=True)),
    )
    for code, deed, attempt in attempts:
        if _goes(attempt, facts, deed):
            raise _Gave(code, "So the store enforces no lock, whatever it says of itself.")
    other = b"written over"
    store.put(name, other, hashlib.sha256(other).hexdigest(), None)
    held = store.held(name, version)
    if held is None or held.locked_until is None or held.locked_until < longer:
        raise _Gave("lock_forgotten", "The lock is not what it was before all this was tried.")
    if b"".join(store.read(name, version)) != data:
        raise _Gave("lock_overwritten", "What was locked is not there any more.")
    facts.append("It was written over, and the locked version is still there, to the byte.")


def _locked(store: Lockable, name: str, data: bytes, until: datetime) -> str:
    try:
        version = store.put(name, data, hashlib.sha256(data).hexdigest(), until)
        store.lock(name, version, until)
    except StoreError as error:
        if error.trouble in NO_ANSWER:
            raise
        raise _Gave("lock_not_set", f"A version could not be locked: {error.fact}") from error
    return version


def _goes(attempt: Callable[[], None], facts: list[str], deed: str) -> bool:
    try:
        attempt()
    except StoreError as error:
        if error.trouble in NO_ANSWER:
            raise
        facts.append(f"To {deed} was refused.")
        return False
    facts.append(f"To {deed} was allowed.")
    return True

"""Changing the node's recording key: no recording is rewritten, and it may be cut off anywhere and begun again.

1. Draw the next key, durable under ``….next``; it wraps nothing yet.
2. Under the lock, the key in use also becomes ``….old``, and the next one takes its place. Whoever wraps
   from here on wraps under the new one.
3. Wrap again what the old one wraps, one key file after the other, each at once or not at all.
4. Have it told. Only then 5. the old key is overwritten and removed.

What stands on the disk says which step is next.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.cipher import KEY_BYTES
from recorder.format.keys import key_id, rewrap
from recorder.keyring import Keyring, fit, wraps

Step = Callable[[str], None]
"""Called before each step by its name, for tests that cut it off there."""


class KeyFiles(Protocol):
    """What a change asks of whatever keeps key files; an ``EvidenceStore`` is one."""

    def sealed(self) -> tuple[SessionId, ...]:
        """What is closed for good, by id."""
        ...

    def open_ones(self) -> tuple[SessionId, ...]:
        """What is being written."""
        ...

    def read_key(self, session: SessionId) -> bytes:
        """Its key file; EvidenceError where there is none."""
        ...

    def replace_key(self, session: SessionId, key_file: bytes) -> None:
        """Put another key file in its place, at once or not at all."""
        ...


class Together:
    """Several of them as one; no id is in two."""

    def __init__(self, *places: KeyFiles) -> None:
        self._places = places

    def sealed(self) -> tuple[SessionId, ...]:
        """What is closed for good, in each."""
        return tuple(one for place in self._places for one in place.sealed())

    def open_ones(self) -> tuple[SessionId, ...]:
        """What is being written, in each."""
        return tuple(one for place in self._places for one in place.open_ones())

    def read_key(self, session: SessionId) -> bytes:
        """Its key file, wherever it lies; EvidenceError where none has it."""
        *others, last = self._places
        for place in others:
            with contextlib.suppress(EvidenceError):
                return place.read_key(session)
        return last.read_key(session)

    def replace_key(self, session: SessionId, key_file: bytes) -> None:
        """Put another in its place, where it lies."""
        *others, last = self._places
        for place in others:
            with contextlib.suppress(EvidenceError):
                place.replace_key(session, key_file)
                return
        last.replace_key(session, key_file)


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change."""

    old: str
    """The old key's name (``format.keys.key_id``)."""
    new: str
    wrapped_again: int
    foreign: tuple[str, ...]
    """Sessions whose key neither key wraps: they could not be read before either."""


def change_key(
    keys: Keyring, store: KeyFiles, tell: Callable[[Changed], None], step: Step = lambda _: None
) -> Changed:
    """Put a new key in the place of the node's, or finish a change that was cut off. ``tell`` may refuse by raising.

    EvidenceError where a key can't be read or told; then both keys stay, and the next call goes on.
    """
    with keys.locked(fcntl.LOCK_EX):
        if keys.old.exists() and keys.old.read_bytes() == bytes(KEY_BYTES):
            keys.old.unlink()  # the last change was told and cut off in its very last step
            _sync(keys)
            return Changed("", key_id(fit(keys.path.read_bytes())), 0, ())
        if not keys.old.exists() or keys.next.exists():
            _take_turns(keys, step)
    old, new = fit(keys.old.read_bytes()), fit(keys.path.read_bytes())
    again, foreign = 0, []
    for session in (*store.sealed(), *store.open_ones()):
        with contextlib.suppress(EvidenceError):  # no key file: it was destroyed, and stays so
            key_file = store.read_key(session)
            if wraps(key_file, old):
                step(f"wrap {session}")
                store.replace_key(session, rewrap(key_file, old, new, session, secrets.token_bytes(12)))
                again += 1
            elif not wraps(key_file, new):
                foreign.append(str(session))
    left = [one for one in (*store.sealed(), *store.open_ones()) if _still(store, one, old)]
    if left:
        raise EvidenceError(
            f"The keys of {len(left)} recordings could not be wrapped again: {', '.join(left[:3])}.",
            remedy="See to the recordings' disk, and give the command again: it goes on where it stopped.",
        )
    changed = Changed(key_id(old), key_id(new), again, tuple(foreign))
    step("tell")
    tell(changed)
    step("retire")
    _destroy(keys)
    return changed


def _take_turns(keys: Keyring, step: Step) -> None:
    current = fit(keys.path.read_bytes())
    if not keys.next.exists() or keys.next.stat().st_size != KEY_BYTES:
        step("draw")
        _write(keys, secrets.token_bytes(KEY_BYTES))
    if not keys.old.exists():
        step("keep the old")
        os.link(keys.path, keys.old)
        _sync(keys)
    if keys.old.read_bytes() != current:
        # The next was drawn while an older change was not finished; finish that one first.
        keys.next.unlink()
        _sync(keys)
        return
    step("replace")
    keys.next.replace(keys.path)
    _sync(keys)


def _still(store: KeyFiles, session: str, old: bytes) -> bool:
    try:
        return wraps(store.read_key(session), old)  # type: ignore[arg-type] # an id of the store's own
    except EvidenceError:
        return False


def _write(keys: Keyring, key: bytes) -> None:
    fd = os.open(keys.next, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(fd, key)
        os.fsync(fd)
    finally:
        os.close(fd)
    _sync(keys)


def _destroy(keys: Keyring) -> None:
    fd = os.open(keys.old, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.write(fd, bytes(KEY_BYTES))
        os.fsync(fd)
    finally:
        os.close(fd)
    keys.old.unlink()
    _sync(keys)


def _sync(keys: Keyring) -> None:
    fd = os.open(keys.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

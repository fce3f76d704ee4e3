"""Events that the ledger could not take yet, kept on disk until it can.

For the events that tell of something that has already happened and can't be undone by the
ledger's silence: an end, an isolation. Whatever may only happen once the ledger has it (an
opening, an approval) never comes here.
"""

import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import get_args, get_type_hints

from domain.canonical import Json, canonical, instant_of
from domain.errors import EvidenceError
from domain.events import Event, document

_CLASSES = {one.__name__: one for one in get_args(Event)}


class Journal:
    """A file of canonical JSON lines. Several processes may add; one drains."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken_bytes = 0

    def add(self, event: Event) -> None:
        """Keep ``event``; it survives loss of power when this returns. EvidenceError when it can't."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = os.fstat(file).st_size
                torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
                line = (b"\n" if torn else b"") + canonical(document(event)) + b"\n"
                if os.write(file, line) != len(line):
                    raise OSError("a short write")
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise EvidenceError(f"The journal {self._path.name} can't be written: {error}.") from error

    def waiting(self) -> int:
        """How many events wait."""
        return sum(1 for line in self._rest() if _event_in(line) is not None)

    async def drain(self, append: Callable[[Event], Awaitable[object]]) -> int:
        """Hand every event to ``append``, oldest first; how many it took. Stops at the first it refuses.

        After a crash in between, events may be handed over again: such a leaf appears twice, alike to
        the microsecond, which tells an auditor what it is. None is ever lost.
        """
        taken = 0
        for line in self._rest():
            event = _event_in(line)
            # A line that is no event is what a crash cut short: `add` had not returned, so it never was.
            if event is not None:
                try:
                    await append(event)
                except EvidenceError:
                    break
                taken += 1
            self._taken_bytes += len(line) + 1
        self._empty()
        return taken

    def _rest(self) -> list[bytes]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return []
        return data[self._taken_bytes :].split(b"\n")[:-1]

    def _empty(self) -> None:
        """Empty the file once all of it was taken; never rewrite a part, which a crash could tear."""
        if not self._taken_bytes:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size == self._taken_bytes:
                os.ftruncate(file, 0)
                os.fsync(file)
                self._taken_bytes = 0
        finally:
            os.close(file)


def event_of(given: Mapping[str, Json]) -> Event:
    """The event that ``domain.events.document`` wrote; EvidenceError for anything else."""
    try:
        kind = _CLASSES[str(given["event"])]
        hints, names = get_type_hints(kind), [field.name for field in fields(kind)]
        values = {name: _value(hints[name], given[name]) for name in names}
        event: Event = kind(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise EvidenceError(f"This is not an event: {error!r}.") from error
    if document(event) != given:
        raise EvidenceError("This is not an event: it holds more, or holds it in another form.")
    return event


def _value(hint: object, value: Json) -> object:
    if hint is datetime:
        return instant_of(str(value))
    return tuple(value) if isinstance(value, list) else value


def _event_in(line: bytes) -> Event | None:
    try:
        return event_of(json.loads(line))
    except (ValueError, EvidenceError):
        return None

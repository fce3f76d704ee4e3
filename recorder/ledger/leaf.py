"""A leaf commits to an event and says nothing about anybody; the event's text lies beside the tree.

So a text can be destroyed when the law asks for it, and every proof of every other leaf still holds.
SPEC.md has the forms; here they are made and checked.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from domain.canonical import Json, canonical, instant_of, parse
from domain.errors import EvidenceError, PenstockError
from domain.events import Event

SCHEMA = "penstock-leaf/1"
RANDOM_BYTES = 16
"""How much of a salt is drawn; the other half names the request."""
MAX_EVENT_BYTES = 60_000
REQUEST = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What names one wish to append, so that asking again does not append twice."""

_SESSION = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_TAIL = re.compile(rb'(0|[1-9][0-9]*),"request":"([A-Za-z0-9_-]{1,64})","salt":"([0-9a-f]{64})"\}', re.ASCII)
_MARK = b',"index":'  # what follows the event in a text line holds no free text, so the last one is the mark


@dataclass(frozen=True, slots=True)
class Submission:
    """An event that may be appended: a known kind, with exactly its fields. ``event`` is its canonical bytes."""

    request: str
    event: bytes
    name: str
    number: int
    session: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """What lies beside a leaf: the event's canonical bytes, and the salt that hides them in the leaf."""

    index: int
    request: str
    salt: bytes
    event: bytes

    def line(self) -> bytes:
        """The text as it is kept: one line of canonical JSON with its newline."""
        tail = f'{self.index},"request":"{self.request}","salt":"{self.salt.hex()}"}}\n'
        return b'{"event":' + self.event + _MARK + tail.encode()

    @staticmethod
    def of(line: bytes) -> "Text":
        """The text that ``line()`` wrote; the event in it is not yet parsed. EvidenceError for others."""
        head, mark, tail = line.removesuffix(b"\n").rpartition(_MARK)
        match = _TAIL.fullmatch(tail)
        if not mark or match is None or not head.startswith(b'{"event":') or not line.endswith(b"\n"):
            raise EvidenceError(f"This line is not an event's text: {line[:80]!r}.")
        return Text(int(match[1]), match[2].decode(), bytes.fromhex(match[3].decode()), head[9:])

    def commitment(self) -> str:
        """SHA-256 over the salt and the event, in hex."""
        return hashlib.sha256(self.salt + self.event).hexdigest()

    def document(self) -> Mapping[str, Json]:
        """The event as JSON; EvidenceError when its bytes are not that. Not judged: whether they are canonical."""
        found = read_line(self.event)
        if not isinstance(found, Mapping):
            raise EvidenceError("An event is a JSON object.")
        return found


def submission(request: str, document: Json) -> Submission:
    """``document`` as an event that may be appended; EvidenceError when it is not one of ours."""
    if REQUEST.fullmatch(request) is None:
        raise EvidenceError("A request is named by 1 to 64 letters, digits, dashes or underscores.")
    if not isinstance(document, Mapping):
        raise EvidenceError("An event is a JSON object.")
    name = document.get("event")
    kind = _kind(name) if isinstance(name, str) and name in _CLASSES else None
    if kind is None or document.get("number") != kind.number:
        raise EvidenceError(f"{str(name)[:40]!r} with this number is not an event that this version knows.")
    if document.keys() != kind.checks.keys() | {"event", "number"}:
        raise EvidenceError(f"{name} must have exactly the fields {', '.join(kind.checks)}.")
    for field, check in kind.checks.items():
        if not check(document[field]):
            raise EvidenceError(f"{name}'s field {field} has the wrong type.")
    try:
        event = canonical(document)
    except ValueError as error:
        raise EvidenceError(f"{name} has no canonical form: {error}.") from error
    if len(event) > MAX_EVENT_BYTES:
        raise EvidenceError(f"{name} takes {len(event)} bytes; {MAX_EVENT_BYTES} is the most that is kept.")
    session = document.get("session") or None
    if session is not None and (not isinstance(session, str) or _SESSION.fullmatch(session) is None):
        raise EvidenceError(f"{name}'s session is not a session's id.")
    return Submission(request, event, str(name), kind.number, session)


def leaf(submitted: Submission, commitment: str) -> bytes:
    """The entry that goes into the tree: canonical JSON without a word of the event itself."""
    return _entry(commitment, submitted.name, submitted.number, submitted.session)


def salt_for(request: str, random: bytes) -> bytes:
    """The 32 bytes that hide an event in its leaf: 16 random ones, then 16 that bind the request too."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a salt needs {RANDOM_BYTES} random bytes")
    return random + _named(request)


def commits(entry: bytes, text: Text) -> bool:
    """Whether ``entry`` is bound to ``text``. Fast: it reads the commitment by its place in the entry."""
    return text.salt[RANDOM_BYTES:] == _named(text.request) and entry.startswith(
        f'{{"commitment":"{text.commitment()}",'.encode()
    )


def opens(entry: bytes, text: Text) -> bool:
    """Whether ``entry`` is bound to ``text``, and also names its kind, number and session truly."""
    if not commits(entry, text):
        return False
    try:
        event = _object(text.event)
        named = _entry(
            text.commitment(), event.get("event"), event.get("number"), event.get("session") or None
        )
    except (EvidenceError, ValueError):
        return False
    return entry == named


def _entry(commitment: str, name: Json, number: Json, session: Json) -> bytes:
    # The canonical form of the five keys, which are in their order here; it is made a million times over.
    told, who = canonical(name).decode(), "null" if session is None else canonical(session).decode()
    return (
        f'{{"commitment":"{commitment}","event":{told},"number":{canonical(number).decode()},'
        f'"schema":"{SCHEMA}","session":{who}}}'
    ).encode()


def _named(request: str) -> bytes:
    return hashlib.sha256(request.encode()).digest()[:16]


def _object(data: bytes) -> Mapping[str, Json]:
    try:
        found = parse(data)
    except PenstockError as error:
        raise EvidenceError(error.fact) from error
    if not isinstance(found, Mapping):
        raise EvidenceError("An event is a JSON object.")
    return found


@dataclass(frozen=True, slots=True)
class _Kind:
    number: int
    checks: Mapping[str, Callable[[Json], bool]]


def _check(hint: object) -> Callable[[Json], bool]:
    """What JSON a field of this type is written as."""
    hint = getattr(hint, "__supertype__", hint)  # a NewType is written as what it wraps
    if hint is datetime:
        return _is_instant
    if hint in {str, int, bool, NoneType}:
        return lambda value: type(value) is hint
    if get_origin(hint) is tuple:
        inner = _check(get_args(hint)[0])
        return lambda value: (
            isinstance(value, Sequence) and not isinstance(value, str) and all(inner(one) for one in value)
        )
    alternatives = [_check(one) for one in get_args(hint)]
    if not alternatives:
        raise TypeError(f"{hint!r} does not belong in an event")
    return lambda value: any(check(value) for check in alternatives)


def _is_instant(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        instant_of(value)
    except ValueError:
        return False
    return True


_CLASSES: Mapping[str, type[Any]] = {one.__name__: one for one in get_args(Event)}


@cache
def _kind(name: str) -> _Kind:
    """What an event of this name must be; worked out when the first comes."""
    event = _CLASSES[name]
    hints = get_type_hints(event)
    return _Kind(event.number, {field.name: _check(hints[field.name]) for field in fields(event)})


def read_line(line: bytes) -> Json:
    """The value that a line of JSON writes; EvidenceError for what is not JSON at all."""
    try:
        return json.loads(line)  # type: ignore[no-any-return] # a parse gives Json by definition
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"This line is not JSON: {error}.") from error

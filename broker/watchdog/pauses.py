"""What is said about pausing one live session, as the watchdog hears and keeps it. Pure.

A pause holds what goes towards the asset and nothing else: the session stays open, its window runs on, and
whatever ends a session still ends it. It is kept by session, and forgotten with the session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from domain.canonical import Json, instant_of
from domain.errors import TransitionError
from domain.ids import SessionId, is_token


@dataclass(frozen=True, slots=True)
class Paused:
    """Who paused a session, when (RFC 3339) and why."""

    by: str
    at: str
    reason: str

    @property
    def since(self) -> datetime | None:
        """When; None where whoever wrote it did not say."""
        return instant_of(self.at) if self.at else None

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {"by": self.by, "at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Pause:
    """Let nothing of ``session`` towards its asset until somebody resumes it. ``at`` is RFC 3339."""

    session: SessionId
    by: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """What was paused goes on, as far as nothing else holds it."""

    session: SessionId
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """These sessions are no more, and neither is what was said about pausing them."""

    sessions: frozenset[SessionId]


Pauses = Mapping[SessionId, Paused]
NONE: Pauses = MappingProxyType({})


def paused_after(pauses: Pauses, command: Pause | Resume | Ended) -> Pauses:
    """What is paused after ``command``; TransitionError for pausing twice, and for resuming what is not paused.

    The first pause stands: else whoever may only pause could make another's pause their own, and lift it.
    """
    match command:
        case Pause(session, by, reason, at):
            if session in pauses:
                raise TransitionError(f"This session is paused already, by {pauses[session].by}.")
            return MappingProxyType({**pauses, session: Paused(by, at, reason)})
        case Resume(session):
            if session not in pauses:
                raise TransitionError("This session is not paused.")
            return _without(pauses, {session})
        case Ended(sessions):
            return _without(pauses, sessions)


def pauses_of(document: Json) -> Pauses:
    """The pauses that a document of interlocks holds; TypeError, KeyError or ValueError for anything else."""
    if not isinstance(document, Mapping):
        raise TypeError("the pauses must be an object")
    return MappingProxyType({_session(one): _paused(told) for one, told in document.items()})


def document_of(pauses: Pauses) -> dict[str, Json]:
    """The pauses as JSON, sorted."""
    return {session: one.document() for session, one in sorted(pauses.items())}


def _without(pauses: Pauses, sessions: frozenset[SessionId] | set[SessionId]) -> Pauses:
    return MappingProxyType({session: one for session, one in pauses.items() if session not in sessions})


def _session(text: str) -> SessionId:
    if not is_token(text):
        raise ValueError(f"{text!r} is no session")
    return SessionId(text)


def _paused(told: Json) -> Paused:
    if not isinstance(told, Mapping) or told.keys() != {"by", "at", "reason"}:
        raise TypeError("a pause must say by whom, when and why, and no more")
    by, at, reason = (told[name] for name in ("by", "at", "reason"))
    if not (isinstance(by, str) and isinstance(at, str) and isinstance(reason, str)):
        raise TypeError("a pause must be told in text")
    if at:
        instant_of(at)
    return Paused(by, at, reason)

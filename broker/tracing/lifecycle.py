"""Which spans of a trace follow from the ledger's leaves: a permit from its wish to its end, its decision, its sessions. Pure.

A trace is for whoever looks for where time goes, and may be lost; the ledger is the evidence. Persons are not in it:
a permit's id leads to them. Ids of traces and spans follow from the permit's and the session's, so that the processes
need not tell each other, and the same leaf makes the same span.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of, number_of, text_in
from domain.notice import inert
from domain.permit import USABLE, WAITING

KEPT_AFTER = timedelta(days=1)
"""How long a permit is remembered after its window."""
MOST_CHARACTERS = 100

Attribute = str | int | bool


@dataclass(frozen=True, slots=True)
class Span:
    """One span as it ended. ``parent`` is empty for the root of its trace."""

    name: str
    trace: bytes
    """16 bytes."""
    id: bytes
    """8 bytes."""
    parent: bytes
    begin: datetime
    end: datetime
    attributes: Mapping[str, Attribute]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    begin: datetime
    until: datetime
    asset: str
    conduit: str


@dataclass(frozen=True, slots=True)
class _Use:
    begin: datetime
    permit: str
    asset: str


@dataclass(slots=True)
class Lifecycles:
    """Grows and shrinks with the leaves."""

    wishes: dict[str, _Wish] = field(default_factory=dict)
    uses: dict[str, _Use] = field(default_factory=dict)

    def tell(self, event: Mapping[str, Json]) -> tuple[Span, ...]:
        """The spans that ended with this leaf; none for one that is not what its name says."""
        try:
            return tuple(self._tell(event, instant_of(text_in(event, "at"))))
        except (KeyError, ValueError, TypeError):
            return ()

    def forget(self, now: datetime) -> None:
        """Drop permits whose window is long over."""
        for permit in [one for one, wish in self.wishes.items() if wish.until + KEPT_AFTER < now]:
            del self.wishes[permit]

    def _tell(self, event: Mapping[str, Json], at: datetime) -> Iterator[Span]:
        match event:
            case {"event": "PermitRequested", "permit": str(permit), "window_until": str(until)}:
                self.wishes[permit] = _Wish(
                    at, instant_of(until), text_in(event, "asset"), text_in(event, "conduit")
                )
            case {"event": "RequestRefused"}:
                yield _refused(event, at)
            case {
                "event": "PermitChanged",
                "permit": str(permit),
                "before": str(before),
                "after": str(after),
            }:
                yield from self._changed(permit, before, after, at)
            case {"event": "SessionOpened", "session": str(session), "permit": str(permit)}:
                self.uses[session] = _Use(at, permit, text_in(event, "asset"))
            case {"event": "SessionEnded" | "SessionInterrupted", "session": str(session)} if (
                session in self.uses
            ):
                yield self._ended(event, session, at)
            case _:
                pass

    def _changed(self, permit: str, before: str, after: str, at: datetime) -> Iterator[Span]:
        wish = self.wishes.get(permit)
        if wish is None:
            return
        about = _said(permit=permit, asset=wish.asset, conduit=wish.conduit, outcome=after)
        trace, root = _digest("trace", permit, 16), _digest("permit", permit, 8)
        if before in WAITING and after not in WAITING:
            yield Span("decision", trace, _digest("decision", permit, 8), root, wish.begin, at, about)
        if after not in WAITING | USABLE:
            yield Span("permit", trace, root, b"", wish.begin, at, about)
            del self.wishes[permit]

    def _ended(self, event: Mapping[str, Json], session: str, at: datetime) -> Span:
        use = self.uses.pop(session)
        interrupted = event["event"] == "SessionInterrupted"
        about = _said(
            permit=use.permit,
            session=session,
            asset=use.asset,
            cause="interrupted" if interrupted else text_in(event, "cause"),
        )
        return Span(
            "session",
            _digest("trace", use.permit, 16),
            _digest("session", session, 8),
            _digest("permit", use.permit, 8),
            use.begin,
            at,
            about | {"penstock.frames": number_of(event["frames"])},
            failed=interrupted or event.get("verified") is not True,
        )


def _refused(event: Mapping[str, Json], at: datetime) -> Span:
    which = "\n".join(text_in(event, name) for name in ("at", "person", "asset", "door", "source", "code"))
    about = _said(**{name: text_in(event, name) for name in ("asset", "conduit", "door", "code")})
    return Span(
        "request",
        _digest("refused", which, 16),
        _digest("request", which, 8),
        b"",
        at,
        at,
        about,
        failed=True,
    )


def _said(**values: str) -> dict[str, Attribute]:
    return {f"penstock.{name}": inert(value, MOST_CHARACTERS) for name, value in values.items() if value}


def _digest(kind: str, of: str, length: int) -> bytes:
    return hashlib.sha256(f"{kind}\n{of}".encode("utf-8", "replace")).digest()[:length]

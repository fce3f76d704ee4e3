"""Leaves as the ledger holds them, about the sample plant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from broker.notices.memory import Memory
from broker.notices.telling import tell
from domain.canonical import Json
from domain.events import (
    Event,
    Isolated,
    NoticeSent,
    PermitChanged,
    PermitRequested,
    SessionEnded,
    SessionOpened,
    StateChanged,
    document,
)
from domain.ids import AssetId, PermitId, PersonId, SessionId
from domain.notice import Notice
from recorder.ledger.reader import Kept
from tests.policies.plant import NOW, charter, charter_with

P, S = PermitId("p" * 26), SessionId("s" * 26)
START, END = NOW + timedelta(hours=1), NOW + timedelta(hours=3)


def asked(permit: str = P, at: datetime = NOW, **changed: Any) -> PermitRequested:
    told: dict[str, Any] = {
        "at": at,
        "permit": PermitId(permit),
        "digest": "00",
        "person": PersonId("ana"),
        "asset": AssetId("eng-ws-1"),
        "door": "ssh",
        "conduit": "dmz-operations",
        "passage": ("shell",),
        "window_from": START,
        "window_until": END,
    }
    return PermitRequested(**(told | changed))


def changed(
    after: str, by: str = "petra", reason: str = "", permit: str = P, at: datetime = NOW
) -> PermitChanged:
    return PermitChanged(
        at=at, permit=PermitId(permit), before="requested", after=after, by=by, reason=reason
    )


def opened(session: str = S, deadline: datetime = END, person: str = "ana") -> SessionOpened:
    return SessionOpened(
        at=START,
        session=SessionId(session),
        permit=P,
        digest="00",
        person=PersonId(person),
        asset=AssetId("eng-ws-1"),
        source="192.0.2.7",
        deadline=deadline,
        approvals=(),
    )


def ended(cause: str, session: str = S) -> SessionEnded:
    return SessionEnded(
        at=START,
        session=SessionId(session),
        permit=P,
        cause=cause,
        frames=1,
        bytes_to_asset=1,
        bytes_to_vendor=1,
        head="00",
        recording_sha256="00",
        verified=True,
        remote_job="none",
    )


def heard(*, confirmed: bool = True, kind: str = "starts", permit: str = P) -> NoticeSent:
    return NoticeSent(
        at=NOW,
        notice="starts",
        to=PersonId("petra"),
        kind=kind,
        channel="mail",
        permit=permit,
        confirmed=confirmed,
        attempts=1,
    )


@dataclass
class Leaflog:
    """A log to read, in a list."""

    events_: list[Mapping[str, Json]] = field(default_factory=list)

    def add(self, *events: Event) -> None:
        self.events_ += [document(one) for one in events]

    @property
    def size(self) -> int:
        return len(self.events_)

    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        for index in range(start, self.size if stop is None else stop):
            yield Kept(index, self.events_[index])


def told(event: Event, *before: Event, **terms: Any) -> tuple[Notice, ...]:
    memory = Memory()
    for one in before:
        memory.learn(document(one))
    return tell(document(event), 7, memory, charter_with(**terms) if terms else charter())


def to(notices: Iterable[Notice]) -> list[str]:
    return [one.to for one in notices]


def isolated(scope: str, by: str = "milo") -> Isolated:
    return Isolated(at=NOW, scope=scope, by=by, reason="smoke", enforced="acknowledged")


def state(after: str) -> StateChanged:
    return StateChanged(at=NOW, zone="operations", before="running", after=after, by="milo")

"""What the follower must remember of earlier leaves to understand later ones: open permits, live sessions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of, instant_text
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId

Leaf = Mapping[str, Json]
"""A leaf of the ledger as its document."""

OPEN = frozenset({"requested", "approved", "active"})
KEPT_AFTER = timedelta(days=1)
"""How long a permit is remembered after its window: an end that was told late still finds it."""


@dataclass(frozen=True, slots=True)
class MetPermit:
    """A permit as its leaves told of it."""

    id: PermitId
    person: PersonId
    asset: AssetId
    conduit: ConduitId
    start: datetime
    end: datetime
    state: str = "requested"
    heard: bool = False
    """Somebody has confirmed that they know when it starts."""


@dataclass(frozen=True, slots=True)
class MetSession:
    """A live session."""

    id: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    deadline: datetime


@dataclass(slots=True)
class Memory:
    """Grows and shrinks with the leaves; ``changed`` names what is to be written down anew."""

    permits: dict[str, MetPermit] = field(default_factory=dict)
    sessions: dict[str, MetSession] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, event: Leaf) -> None:
        """Take note of one leaf. One that is not what its name says is passed over: it tells nobody anything."""
        try:
            self._learn(event)
        except (KeyError, ValueError):
            return

    def forget(self, now: datetime) -> None:
        """Drop permits whose window is long over."""
        for one in [one for one in self.permits.values() if one.end + KEPT_AFTER < now]:
            self._drop("permit", one.id)

    def _learn(self, event: Leaf) -> None:
        match event:
            case {"event": "PermitRequested", "permit": str(permit)} if event.get("window_from"):
                met = MetPermit(
                    PermitId(permit),
                    PersonId(str(event["person"])),
                    AssetId(str(event["asset"])),
                    ConduitId(str(event["conduit"])),
                    instant_of(str(event["window_from"])),
                    instant_of(str(event["window_until"])),
                )
                self._keep("permit", permit, met)
            case {"event": "PermitChanged", "permit": str(permit), "after": str(after)} if (
                permit in self.permits
            ):
                if after in OPEN:
                    self._keep("permit", permit, replace(self.permits[permit], state=after))
                else:
                    self._drop("permit", permit)
            case {"event": "NoticeSent", "kind": "starts", "permit": str(permit), "confirmed": True} if (
                permit in self.permits
            ):
                self._keep("permit", permit, replace(self.permits[permit], heard=True))
            case {"event": "SessionOpened", "session": str(session)}:
                opened = MetSession(
                    SessionId(session),
                    PermitId(str(event["permit"])),
                    PersonId(str(event["person"])),
                    AssetId(str(event["asset"])),
                    instant_of(str(event["deadline"])),
                )
                self._keep("session", session, opened)
            case {"event": "StepDeclared", "session": str(session), "until": str(until)} if (
                session in self.sessions
            ):
                self._keep("session", session, replace(self.sessions[session], deadline=instant_of(until)))
            case {"event": "SessionEnded" | "SessionInterrupted", "session": str(session)}:
                self._drop("session", session)
            case _:
                pass

    def _keep(self, kind: str, id_: str, met: MetPermit | MetSession) -> None:
        if isinstance(met, MetPermit):
            self.permits[id_] = met
        else:
            self.sessions[id_] = met
        self.changed.add((kind, id_))

    def _drop(self, kind: str, id_: str) -> None:
        if (self.permits if kind == "permit" else self.sessions).pop(id_, None) is not None:
            self.changed.add((kind, id_))

    def document(self, kind: str, id_: str) -> Json:
        """One thing as it is written down; None when it is gone."""
        if kind == "permit" and (permit := self.permits.get(id_)) is not None:
            return {
                "person": permit.person,
                "asset": permit.asset,
                "conduit": permit.conduit,
                "start": instant_text(permit.start),
                "end": instant_text(permit.end),
                "state": permit.state,
                "heard": permit.heard,
            }
        if kind == "session" and (session := self.sessions.get(id_)) is not None:
            return {
                "permit": session.permit,
                "person": session.person,
                "asset": session.asset,
                "deadline": instant_text(session.deadline),
            }
        return None

    def recall(self, kind: str, id_: str, kept: Mapping[str, Json]) -> None:
        """Take back what ``document`` wrote."""
        person, asset = PersonId(str(kept["person"])), AssetId(str(kept["asset"]))
        if kind == "permit":
            self.permits[id_] = MetPermit(
                PermitId(id_),
                person,
                asset,
                ConduitId(str(kept["conduit"])),
                instant_of(str(kept["start"])),
                instant_of(str(kept["end"])),
                str(kept["state"]),
                kept["heard"] is True,
            )
        else:
            permit, deadline = PermitId(str(kept["permit"])), instant_of(str(kept["deadline"]))
            self.sessions[id_] = MetSession(SessionId(id_), permit, person, asset, deadline)

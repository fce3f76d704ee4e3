"""Where in the plant an event belongs, and how the plant stood then: joined from the leaves before it. Pure.

A leaf names a session, or a permit, or a zone. What an alarm of IT needs beside it (zone, operating state, work order,
who watches) other leaves told before; this remembers as much of them as can still matter.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of, object_of, text_in, texts_of
from domain.ids import AssetId, PersonId
from policies.charter.charter import Charter

KEPT_AFTER = timedelta(days=1)
"""How long a permit is remembered after its window: an end that is told late still finds it."""


@dataclass(frozen=True, slots=True)
class Plant:
    """The plant around one event. A member is empty where it does not belong to one, or nobody said."""

    site: str = ""
    zone: str = ""
    state: str = ""
    """The zone's operating state at that instant, as the ledger told it last."""
    asset: str = ""
    conduit: str = ""
    vendor: str = ""
    person: str = ""
    permit: str = ""
    session: str = ""
    work_order: str = ""
    attendants: tuple[str, ...] = ()
    """Who of the plant watches this session or its zone."""
    shift: tuple[str, ...] = ()
    """Who may be on shift, by the charter."""

    def document(self) -> dict[str, Json]:
        """As JSON, without what is empty."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value
        }


@dataclass(frozen=True, slots=True)
class _Wish:
    person: str
    asset: str
    conduit: str
    work_order: str
    until: str


@dataclass(frozen=True, slots=True)
class _Use:
    permit: str
    person: str
    asset: str


@dataclass(slots=True)
class Context:
    """Grows and shrinks with the leaves. One for each collector: each is at its own place in the ledger."""

    wishes: dict[str, _Wish] = field(default_factory=dict)
    uses: dict[str, _Use] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    watching: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, event: Mapping[str, Json], charter: Charter) -> Plant:
        """The plant around ``event``, which ``learn`` is told of afterwards; people and places by ``charter``."""
        kind, _, named = text_in(event, "scope").partition(":")
        session = text_in(event, "session") or (named if kind == "session" else "")
        use = self.uses.get(session)
        permit = text_in(event, "permit") or (use.permit if use else "")
        wish = self.wishes.get(permit)
        asset = text_in(event, "asset") or (use.asset if use else wish.asset if wish else "")
        asset = asset or (named if kind == "asset" else "")
        person = text_in(event, "person") or (use.person if use else wish.person if wish else "")
        found = charter.assets.get(AssetId(asset))
        zone = text_in(event, "zone") or (found.zone if found else named if kind == "zone" else "")
        place = next((one for one in charter.zones.values() if one.id == zone), None)
        who = charter.people.get(PersonId(person))
        of_session = self.watching.get(f"session:{session}", ()) if session else ()
        of_zone = self.watching.get(f"zone:{zone}", ()) if zone else ()
        return Plant(
            site=place.site if place else named if kind == "site" else "",
            zone=zone,
            state=text_in(event, "after")
            if event.get("event") == "StateChanged"
            else self.states.get(zone, ""),
            asset=asset,
            conduit=text_in(event, "conduit") or (wish.conduit if wish else ""),
            vendor=(who.vendor or "") if who else named if kind == "vendor" else "",
            person=person,
            permit=permit,
            session=session,
            work_order=text_in(event, "work_order") or (wish.work_order if wish else ""),
            attendants=tuple(dict.fromkeys((*of_session, *of_zone))),
            shift=tuple(one.id for one in charter.people.values() if one.shift and one.vendor is None)
            if zone
            else (),
        )

    def learn(self, event: Mapping[str, Json]) -> None:
        """Take note of one leaf, after it was told of. One that is not what its name says teaches nothing."""
        try:
            self._learn(event)
        except (KeyError, ValueError):
            return

    def forget(self, now: datetime) -> None:
        """Drop permits whose window is long over, unless a session of theirs goes on."""
        used = {one.permit for one in self.uses.values()}
        over = [
            permit
            for permit, one in self.wishes.items()
            if permit not in used and one.until and instant_of(one.until) + KEPT_AFTER < now
        ]
        for permit in over:
            del self.wishes[permit]

    def _learn(self, event: Mapping[str, Json]) -> None:
        match event:
            case {"event": "PermitRequested", "permit": str(permit), "window_until": str(until)}:
                instant_of(until)
                self.wishes[permit] = _Wish(
                    text_in(event, "person"),
                    text_in(event, "asset"),
                    text_in(event, "conduit"),
                    text_in(event, "work_order"),
                    until,
                )
            case {"event": "SessionOpened", "session": str(session)}:
                self.uses[session] = _Use(
                    text_in(event, "permit"), text_in(event, "person"), text_in(event, "asset")
                )
            case {"event": "SessionEnded" | "SessionInterrupted", "session": str(session)}:
                self.uses.pop(session, None)
                self.watching.pop(f"session:{session}", None)
            case {"event": "StateChanged", "zone": str(zone), "after": str(after)}:
                self.states[zone] = after
            case {"event": "AttendanceChanged", "scope": str(scope), "by": str(by), "present": bool(there)}:
                others = tuple(one for one in self.watching.get(scope, ()) if one != by)
                self.watching[scope] = (*others, by) if there else others
                if not self.watching[scope]:
                    del self.watching[scope]
            case _:
                pass

    def document(self) -> dict[str, Json]:
        """All of it as JSON, for the position that is kept."""
        return {
            "wishes": {name: asdict(one) for name, one in self.wishes.items()},
            "uses": {name: asdict(one) for name, one in self.uses.items()},
            "states": dict(self.states),
            "watching": {name: list(some) for name, some in self.watching.items()},
        }


def context_of(document: Json) -> Context:
    """What ``Context.document`` wrote; ValueError for anything else."""
    whole = object_of(document)
    try:
        return Context(
            {name: _Wish(**_texts(one)) for name, one in object_of(whole["wishes"]).items()},
            {name: _Use(**_texts(one)) for name, one in object_of(whole["uses"]).items()},
            _texts(whole["states"]),
            {name: texts_of(some) for name, some in object_of(whole["watching"]).items()},
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no context of events: {error}") from error


def _texts(document: Json) -> dict[str, str]:
    return {name: text_in(object_of(document), name) for name in object_of(document)}

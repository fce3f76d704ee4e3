"""The live sessions that are somebody's business, as the gates report them, and what they may do about each."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from approvals.filed import Filed
from broker.console.desk import Desk, Interlocks
from broker.console.guard import Visitor
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, holds_over, may_pause, may_resume, may_stop
from broker.watchdog.pauses import Paused
from domain.canonical import Json, instant_of
from domain.ids import AssetId, PermitId, SessionId, ZoneId, is_token
from domain.permit import Permit
from domain.said import say
from policies.charter.charter import Charter

NOT_KNOWN = RefusalError(
    503, "not_reachable", say("The watchdog does not answer; what is live is not known.")
)

MOST_IN_USE = 2_000
"""Permits that are kept at hand; a node carries a thousand sessions."""


@dataclass(frozen=True, slots=True)
class Live:
    """One live session, as its gate reports it; what ``may_`` be done is for this visitor."""

    id: SessionId
    permit: PermitId
    person: str
    vendor: str
    asset: AssetId
    zone: str
    source: str
    opened_at: datetime
    deadline: datetime
    channels: str
    bytes_to_asset: int
    bytes_to_vendor: int
    held: tuple[str, ...]
    """Why its input waits, in the gate's words."""
    by_program: bool
    """Nobody was there when its client signed in."""
    paused: Paused | None
    """Who paused it, when and why; the gate may be a moment behind."""
    may_stop: bool
    may_pause: bool
    may_resume: bool
    state: str
    """What its zone is doing; empty where nobody has said."""
    watched_by: tuple[str, ...]
    """Who says that they watch it, or its zone."""
    active_at: datetime | None
    """When bytes last crossed."""

    @property
    def shape(self) -> str:
        """Another one when anything but counts and times changed: the page then draws the row anew."""
        parts = (self.held, self.paused, self.may_stop, self.may_pause, self.may_resume, self.state)
        told = repr((*parts, self.watched_by, self.deadline, self.channels))
        return hashlib.sha256(told.encode()).hexdigest()[:12]


async def live_sessions(desk: Desk, visitor: Visitor, held: Interlocks) -> tuple[Live, ...]:
    """The sessions in ``held`` that the visitor may see, oldest first; their permits are one question."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    found: list[Live] = []
    permits = await _permits(desk, held)
    for view in held.sessions:
        filed = permits.get(PermitId(str(view.get("permit"))))
        live = _live(desk, visitor, view, filed, held)
        if live is None:
            continue
        everything = visitor.roles & {Role.SHIFT, Role.AUDITOR}
        if everything or (
            filed is not None
            and holds_over(charter, visitor.person.id, filed.permit.asset, filed.permit.conduit, now)
        ):
            found.append(live)
    return tuple(sorted(found, key=lambda one: (one.opened_at, one.id)))


async def live_session(desk: Desk, visitor: Visitor, held: Interlocks, session: str) -> Live:
    """The live session of this id, if it is the visitor's business; 404 otherwise. Looks at no other one."""
    found = await still_live(desk, visitor, held, session)
    if found is None:
        raise not_found()
    return found


async def still_live(desk: Desk, visitor: Visitor, held: Interlocks, session: str) -> Live | None:
    """The same for a page that has it open already: None once it is over, or no more the visitor's business.

    RefusalError (503) where the watchdog does not answer: a session is not over because nobody says that it runs.
    """
    if not held.sound:
        raise NOT_KNOWN
    only = replace(held, sessions=tuple(one for one in held.sessions if one.get("session") == session))
    found = await live_sessions(desk, visitor, only)
    return found[0] if found else None


async def _permits(desk: Desk, held: Interlocks) -> Mapping[PermitId, Filed]:
    """The permits of these sessions. What a permit says does not change, so each is asked for once while it is in use."""
    names = (str(view.get("permit")) for view in held.sessions)
    named = {PermitId(name) for name in names if is_token(name)}
    known = {name: filed for name in named if (filed := desk.in_use.get(name)) is not None}
    if new := named - known.keys():
        known |= await desk.parts.approvals.these(sorted(new))
        desk.in_use |= known
    while len(desk.in_use) > MOST_IN_USE:
        del desk.in_use[next(iter(desk.in_use))]
    return known


def by_site(charter: Charter, live: Iterable[Live]) -> tuple[tuple[str, tuple[Live, ...]], ...]:
    """The sessions by the name of the site that their zone is in, in the charter's order; elsewhere last."""
    found: dict[str, list[Live]] = {site.name: [] for site in charter.sites.values()}
    for one in live:
        zone = charter.zones.get(ZoneId(one.zone))
        name = charter.sites[zone.site].name if zone is not None else ""
        found.setdefault(name, []).append(one)
    return tuple((name, tuple(ones)) for name, ones in found.items() if ones)


def _live(
    desk: Desk, visitor: Visitor, view: Mapping[str, Json], filed: Filed | None, held: Interlocks
) -> Live | None:
    session, permit = str(view.get("session")), str(view.get("permit"))
    if not is_token(session) or not is_token(permit):
        return None
    channels = view.get("channels")
    paused = held.paused.get(SessionId(session))
    # A session whose permit the database has lost can still be stopped by the shift.
    may = _may(desk, visitor, filed.permit, paused, held) if filed is not None else _lost(visitor)
    return Live(
        id=SessionId(session),
        permit=PermitId(permit),
        person=str(view.get("person")),
        vendor=str(view.get("vendor")),
        asset=AssetId(str(view.get("asset"))),
        zone=str(view.get("zone")),
        source=str(view.get("source")),
        opened_at=instant_of(str(view.get("opened_at"))),
        deadline=instant_of(str(view.get("deadline"))),
        channels=", ".join(map(str, channels)) if isinstance(channels, list | tuple) else str(channels),
        bytes_to_asset=_count(view.get("bytes_to_asset")),
        bytes_to_vendor=_count(view.get("bytes_to_vendor")),
        held=tuple(map(str, why)) if isinstance(why := view.get("held"), list | tuple) else (),
        by_program=view.get("by_program") is True,
        paused=paused,
        may_stop=may[0],
        may_pause=may[1] and paused is None,
        may_resume=may[2],
        state=held.states.get(ZoneId(str(view.get("zone"))), ""),
        watched_by=_watching(held, session, str(view.get("zone"))),
        active_at=instant_of(at) if isinstance(at := view.get("active_at"), str) else None,
    )


def _may(
    desk: Desk, visitor: Visitor, permit: Permit, paused: Paused | None, held: Interlocks
) -> tuple[bool, bool, bool]:
    """Whether the visitor may stop, pause and resume sessions of ``permit``."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    who = (charter, visitor.person, visitor.roles, permit)
    lets_go = paused is not None and may_resume(*who, paused, held.states, now)
    return may_stop(*who, now), may_pause(*who, now), lets_go


def _watching(held: Interlocks, session: str, zone: str) -> tuple[str, ...]:
    scopes = {f"session:{session}", f"zone:{zone}"}
    return tuple(dict.fromkeys(by for scope, by in held.attended if scope in scopes))


def _lost(visitor: Visitor) -> tuple[bool, bool, bool]:
    shift = Role.SHIFT in visitor.roles
    return shift, shift, False


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0

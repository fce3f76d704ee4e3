"""The live sessions that are somebody's business, as the gates report them, and what they may do about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from approvals.filed import Filed
from broker.console.desk import Desk, Interlocks
from broker.console.guard import Visitor
from broker.console.roles import Role, holds_over, may_pause, may_resume, may_stop
from broker.pauses import Paused
from domain.canonical import Json, instant_of
from domain.ids import AssetId, PermitId, SessionId, is_token
from domain.permit import Permit


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
    paused: Paused | None
    """Who paused it, when and why; the gate may be a moment behind."""
    may_stop: bool
    may_pause: bool
    may_resume: bool


async def live_sessions(desk: Desk, visitor: Visitor, held: Interlocks) -> tuple[Live, ...]:
    """The sessions in ``held`` that the visitor may see, oldest first; their permits are one question."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    found: list[Live] = []
    named = {str(view.get("permit")) for view in held.sessions}
    permits = await desk.parts.approvals.these([PermitId(name) for name in named if is_token(name)])
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
        paused=paused,
        may_stop=may[0],
        may_pause=may[1] and paused is None,
        may_resume=may[2],
    )


def _may(
    desk: Desk, visitor: Visitor, permit: Permit, paused: Paused | None, held: Interlocks
) -> tuple[bool, bool, bool]:
    """Whether the visitor may stop, pause and resume sessions of ``permit``."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    who = (charter, visitor.person, visitor.roles, permit)
    lets_go = paused is not None and may_resume(*who, paused, held.states, now)
    return may_stop(*who, now), may_pause(*who, now), lets_go


def _lost(visitor: Visitor) -> tuple[bool, bool, bool]:
    shift = Role.SHIFT in visitor.roles
    return shift, shift, False


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0

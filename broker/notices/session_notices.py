"""What people are told of live sessions: an end, an isolation, another state of the plant. Pure."""

from collections.abc import Iterator

from broker.notices.audience import CONNECT, Audience
from broker.notices.memory import Leaf, Memory, MetSession
from broker.notices.trouble_notices import trouble
from domain.canonical import text_in
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from policies.charter.charter import Charter

BAD_ENDS = frozenset(
    {
        "revoked",
        "killed",
        "isolated",
        "state_change",
        "recorder_failed",
        "charter_changed",
        "key_revoked",
        "watchdog_lost",
    }
)
"""Causes by which a session ends against its vendor's will."""


def ended(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """An end against the vendor's will, to both sides."""
    if event.get("verified") is False:
        yield from trouble(event, index, memory, audience)
    session = memory.sessions.get(text_in(event, "session"))
    cause = text_in(event, "cause")
    if session is None or cause not in BAD_ENDS:
        return
    why = cause.replace("_", " ")
    sentence = (
        f"The session of {audience.name(session.person)} on {audience.asset(session.asset)} ended: {why}."
    )
    for person in dict.fromkeys((session.person, *_deciding(session, memory, audience))):
        yield Notice(
            key=f"ended:{session.id}",
            to=person,
            kind=NoticeKind.STOPPED,
            at=audience.at,
            subject=f"A session was ended: {why}",
            sentences=(sentence,),
            path=f"/permits/{session.permit}",
            permit=session.permit,
        )


def isolated(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """The kill switch, to who leads, who holds the right and whom it cut off."""
    scope, by = text_in(event, "scope"), text_in(event, "by")
    kind, _, name = scope.partition(":")
    if kind == "session":
        return  # its end tells of it
    vendors = audience.people_within(kind, name)
    inside = [one.person for one in memory.sessions.values() if _covers(audience.charter, scope, one)]
    about = (
        f"{audience.name(by)} closed {_scope(audience, scope)}"
        f"{f': {reason}' if (reason := text_in(event, 'reason')) else ''}."
    )
    suspended = kind in {"vendor", "person"}
    plant = (*audience.leads(), *(audience.in_zone(name) if kind == "zone" else audience.holding(CONNECT)))
    for person in dict.fromkeys((*plant, *vendors, *inside)):
        if person != by:
            outside = person in vendors or person in inside
            yield Notice(
                key=f"isolated:{index}",
                to=person,
                kind=NoticeKind.SUSPENDED if suspended else NoticeKind.STOPPED,
                at=audience.at,
                subject="Your access was closed by the plant" if outside else "The kill switch was used",
                sentences=("Your contact at the plant can tell you more.",) if outside else (about,),
                path="/" if outside else "/plant",
                urgent=True,
            )


def restored(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """Access that was opened again, to who leads and to the vendor."""
    scope, by = text_in(event, "scope"), text_in(event, "by")
    kind, _, name = scope.partition(":")
    vendors = audience.people_within(kind, name)
    for person in dict.fromkeys((*audience.leads(), *vendors)):
        if person != by:
            yield Notice(
                key=f"restored:{index}",
                to=person,
                kind=NoticeKind.SUSPENDED,
                at=audience.at,
                subject="Access was opened again",
                sentences=(f"{audience.name(by)} opened {_scope(audience, scope)} again.",)
                if person not in vendors
                else ("Permits that were revoked meanwhile stay revoked.",),
                path="/" if person in vendors else "/plant",
            )


def state(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A zone in another state, to whoever answers for it and whoever is in."""
    zone, after, by = text_in(event, "zone"), text_in(event, "after"), text_in(event, "by")
    inside = [
        one.person for one in memory.sessions.values() if _covers(audience.charter, f"zone:{zone}", one)
    ]
    emergency = after == "emergency"
    if not inside and not emergency:
        return
    sentence = (
        f"{audience.name(by)} set {audience.charter.names().get(zone, zone)} to {after.replace('-', ' ')}; "
        f"{len(inside)} live {'session is' if len(inside) == 1 else 'sessions are'} in it."
    )
    for person in dict.fromkeys((*audience.in_zone(zone), *audience.leads(*audience.charter.around(zone)))):
        if person != by:
            yield Notice(
                key=f"state:{index}",
                to=person,
                kind=NoticeKind.STATE,
                at=audience.at,
                subject=f"A zone changed its state to {after.replace('-', ' ')}",
                sentences=(sentence,),
                path="/plant",
                urgent=emergency,
            )
    for person in dict.fromkeys(inside):
        yield Notice(
            key=f"state:{index}",
            to=person,
            kind=NoticeKind.STATE,
            at=audience.at,
            subject="The plant's operating state changed while you are in",
            sentences=(
                f"Where you work it is {after.replace('-', ' ')} now; your permit may not hold in it.",
            ),
            path="/permits",
        )


def _deciding(session: MetSession, memory: Memory, audience: Audience) -> tuple[PersonId, ...]:
    permit = memory.permits.get(session.permit)
    if permit is None:
        found = audience.charter.assets.get(session.asset)
        return audience.in_zone(found.zone) if found else ()
    return audience.holders((CONNECT,), permit.asset, permit.conduit)


def _covers(charter: Charter, scope: str, session: MetSession) -> bool:
    asset, person = charter.assets.get(session.asset), charter.people.get(session.person)
    zone = charter.zones.get(asset.zone) if asset else None
    mine = {
        "all",
        f"asset:{session.asset}",
        f"person:{session.person}",
        f"vendor:{person.vendor if person else ''}",
        f"zone:{zone.id if zone else ''}",
        f"site:{zone.site if zone else ''}",
    }
    return scope in mine


def _scope(audience: Audience, scope: str) -> str:
    kind, _, name = scope.partition(":")
    match kind:
        case "all":
            return "all vendor access"
        case "person":
            return f"the access of {audience.name(name)}"
        case "vendor":
            known = {str(one.id): one.name for one in audience.charter.vendors.values()}
            return f"the access of {known.get(name, name)}"
        case "asset":
            return audience.asset(name)
        case _:
            return audience.charter.names().get(name, scope)

"""Which notices follow from a leaf of the ledger. Pure: nothing is told that is not evidence first.

A subject may leave the plant and names no asset and no vendor's words; the sentences may.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from broker.notices.audience import CONNECT, IDENTITY, Audience
from broker.notices.file_notices import decided, screened
from broker.notices.memory import Memory, MetPermit, MetSession
from domain.canonical import Json, instant_of, text_in, texts_in
from domain.ids import AssetId, ConduitId, PersonId
from domain.notice import Notice, NoticeKind
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.start_notice import terms_over

Leaf = Mapping[str, Json]
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

SAID = {
    "approved": "was approved",
    "refused": "was refused",
    "narrowed": "was replaced by a narrower one",
    "revoked": "was revoked",
    "lapsed": "lapsed: it was not decided or not used in time",
}

AT_DOORS = {
    "console": "with a password at the console",
    "ssh": "over SSH",
    "api": "with tokens of the API",
    "code": "with one-time codes",
}

STILL = (
    "Who is signed in stays so, a passkey is looked at even now, and the local kill switch needs no sign-in. "
    "Whoever runs the node can end the wait: penstock people unlock."
)


def tell(event: Leaf, index: int, memory: Memory, charter: Charter) -> tuple[Notice, ...]:
    """What is to be told because of the leaf at ``index``; ``memory`` has not learnt of it yet.

    A leaf that can't be read tells nobody anything: the auditor's checks find it.
    """
    name = event.get("event")
    teller = _TELLERS.get(name) if isinstance(name, str) else None
    if teller is None:
        return ()
    try:
        at = instant_of(str(event["at"]))
        return tuple(teller(event, index, memory, Audience(charter, at)))
    except (KeyError, ValueError):
        return ()


def named_roles(audience: Audience, asset: AssetId, conduit: ConduitId) -> tuple[PersonId, ...]:
    """Who is told when a session over this way may start."""
    terms = terms_over(audience.charter.start_terms, audience.charter.boundaries(asset, conduit))
    shift = audience.shift() if terms.shift else ()
    return tuple(dict.fromkeys((*audience.holders(terms.rights, asset, conduit), *shift)))


def starting(
    permit: MetPermit, audience: Audience, at: datetime, *, again: bool = False
) -> tuple[Notice, ...]:
    """Date and time of a session to come, to each named role (B06)."""
    start, end = audience.when(permit.start, permit.asset), audience.when(permit.end, permit.asset)
    who = f"{audience.name(permit.person)} of {audience.company(permit.person)}"
    return tuple(
        Notice(
            key=f"starts{'-soon' if again else ''}:{permit.id}",
            to=person,
            kind=NoticeKind.STARTS,
            at=at,
            subject=f"A vendor's session {'starts' if permit.start > at else 'may start from'} {start}",
            sentences=(f"{who} may work on {audience.asset(permit.asset)} from {start} until {end}.",),
            path=f"/permits/{permit.id}",
            permit=permit.id,
        )
        for person in named_roles(audience, permit.asset, permit.conduit)
    )


def _asked(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    asset, conduit = AssetId(text_in(event, "asset")), ConduitId(text_in(event, "conduit"))
    permit, person = text_in(event, "permit"), PersonId(text_in(event, "person"))
    until = audience.when(instant_of(text_in(event, "window_until")), asset)
    start = audience.when(instant_of(text_in(event, "window_from")), asset)
    who = f"{audience.name(person)} of {audience.company(person)}"
    template = event.get("template")
    confirming = audience.confirming(template, asset, conduit) if isinstance(template, str) else ()
    for holder in confirming or audience.deciders(asset, conduit, texts_in(event, "passage")):
        yield Notice(
            key=f"asked:{permit}",
            to=holder,
            kind=NoticeKind.ASKED,
            at=audience.at,
            subject=f"A permit waits for your decision; its window ends {until}",
            sentences=(
                f"{who} asks for access to {audience.asset(asset)}, from {start} until {until}.",
                *audience.unrecorded(asset, conduit, texts_in(event, "passage")),
            ),
            path=f"/permits/{permit}",
            permit=permit,
        )


def _step(event: Leaf, _index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A right has decided: whoever decides after it is told that it is their turn."""
    permit, right = text_in(event, "permit"), text_in(event, "right")
    met = memory.permits.get(permit)
    if met is None or right not in set(DecisionRight):
        return
    for holder in audience.next_after(DecisionRight(right), met.asset, met.conduit):
        yield Notice(
            key=f"asked:{permit}",
            to=holder,
            kind=NoticeKind.ASKED,
            at=audience.at,
            subject="A permit waits for your decision; it is your turn now",
            sentences=(
                f"{audience.name(met.person)} asks for access to {audience.asset(met.asset)}; who decides before you said yes.",
            ),
            path=f"/permits/{permit}",
            permit=permit,
        )


def _changed(event: Leaf, _index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    permit, after, by = text_in(event, "permit"), text_in(event, "after"), text_in(event, "by")
    met = memory.permits.get(permit)
    if met is None or after not in SAID:
        return
    reason = text_in(event, "reason")
    told = (
        (
            f"Your permit for {audience.asset(met.asset)} {SAID[after]}"
            f"{f' by {audience.name(by)}' if by not in {'clock', ''} else ''}."
        ),
        *([f"The reason: {reason}"] if reason and by != "clock" else []),
    )
    if by != met.person:
        yield Notice(
            key=f"decided:{permit}:{after}",
            to=met.person,
            kind=NoticeKind.LAPSED if after == "lapsed" else NoticeKind.DECIDED,
            at=audience.at,
            subject=f"Your permit {SAID[after]}",
            sentences=told,
            path=f"/permits/{permit}",
            permit=permit,
        )
    if after == "approved":
        yield from starting(met, audience, audience.at)


def _ended(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    if event.get("verified") is False:
        yield from _trouble(event, index, memory, audience)
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


def _isolated(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
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


def _restored(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
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


def _state(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
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


def _glass(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    permit, by = text_in(event, "permit"), texts_in(event, "by")
    names = " and ".join(audience.name(one) for one in by)
    over = audience.charter.names().get(text_in(event, "boundary"), text_in(event, "boundary"))
    skipped = tuple(PersonId(one) for one in texts_in(event, "skipped"))
    auditors = [one.id for one in audience.charter.people.values() if one.auditor]
    for person in dict.fromkeys((*skipped, *audience.leads(), *auditors)):
        if person not in by:
            passed = "You were passed over. " if person in skipped else ""
            yield Notice(
                key=f"glass:{permit}",
                to=person,
                kind=NoticeKind.BREAK_GLASS,
                at=audience.at,
                subject="Break-glass: a permit was approved past its holder",
                sentences=(
                    f"{passed}{names} broke the glass over {over}: {text_in(event, 'reason')}",
                    "Nobody can do so there again before somebody else has reviewed it.",
                ),
                path="/plant#break-glass",
                urgent=True,
                permit=permit,
            )


def _leaving(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    person, by = PersonId(text_in(event, "person")), text_in(event, "by")
    if by == "clock":
        return  # it was told when notice was given
    until = instant_of(text_in(event, "until"))
    for holder in audience.holding(IDENTITY):
        if holder != by:
            yield Notice(
                key=f"leaving:{person}:{index}",
                to=holder,
                kind=NoticeKind.LEAVING,
                at=audience.at,
                subject="A vendor's person needs access no longer",
                sentences=(
                    (
                        f"{audience.name(by)} gave notice that {audience.name(person)} of {audience.company(person)} "
                        f"has no access from {until:%Y-%m-%d %H:%M} UTC on."
                    ),
                ),
                path="/voids",
            )


def _turned_away(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    if text_in(event, "outcome") != "refused":
        return
    who = audience.name(text_in(event, "person"))
    for lead in audience.leads():
        yield Notice(
            key=f"turned-away:{index}",
            to=lead,
            kind=NoticeKind.LOCKED,
            at=audience.at,
            subject="Somebody may have another's SSH key",
            sentences=(
                f"{who} turned a connection from {text_in(event, 'source')} away that had proved their SSH key.",
                "If they did not make it themselves, isolate them and have the key replaced.",
            ),
            path="/plant",
            urgent=True,
        )


def _applied(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    by = text_in(event, "invited_by")
    if not by:
        return  # whoever comes uninvited waits to be found, and rings nobody's bell
    for holder in dict.fromkeys((PersonId(by), *audience.holding(IDENTITY))):
        yield Notice(
            key=f"applied:{text_in(event, 'application')}",
            to=holder,
            kind=NoticeKind.ASKED,
            at=audience.at,
            subject="A company that was invited asks to be known",
            sentences=(
                f"{text_in(event, 'company')} asks to be known, by invitation of {audience.name(by)}. Nothing is open by it.",
            ),
            path="/applications",
        )


def _locked(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    subject, door = text_in(event, "subject"), text_in(event, "door")
    kind, _, name = subject.partition(":")
    person = audience.charter.people.get(PersonId(name)) if kind == "person" else None
    ours = person is not None and person.vendor is None
    about = audience.name(name) if person is not None else name
    zone = audience.charter.organisation.time_zone
    until = f"{instant_of(text_in(event, 'until')).astimezone(ZoneInfo(zone)):%H:%M:%S} {zone}"
    at_door = AT_DOORS.get(door, door)
    after = f"after {_count(event, 'failures')} failures, the last from {text_in(event, 'source') or 'this node'}."
    own, shift = ((person.id,) if person else ()), (audience.shift() if ours else ())
    for reader in dict.fromkeys((*own, *audience.leads(), *shift)):
        mine = reader in own
        whose = "Your attempts" if mine else f"{about}: attempts"
        yield Notice(
            # Once an hour each: somebody who goes on guessing must not fill everybody's list.
            key=f"locked:{door}:{ascii(subject)[1:-1].replace(' ', '')[:120]}:{audience.at:%Y%m%d%H}",
            to=reader,
            kind=NoticeKind.LOCKED,
            at=audience.at,
            subject="Sign-ins in your name are held back"
            if mine
            else "Sign-ins are held back after failures",
            sentences=(
                f"{whose} {at_door} are not looked at until {until}, {after}",
                *(["If that was not you, tell whoever leads incidents."] if mine else []),
                STILL,
            ),
            path="/sign-ins" if mine else "/",
            urgent=ours,
        )


def _trouble(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    told = {
        "HostKeyMismatch": "An asset showed another key than the pinned one; nothing was sent to it",
        "ClockStepped": "This node's clock was moved",
        "HeadUnwitnessed": "No witness outside vouches for the ledger any more",
        "StampsLate": "The ledger waits for its time-stamps",
        "CollectorLate": "A collector of the SIEM does not get the ledger's leaves",
        "StampRefused": "A time-stamp of the ledger was not to be believed",
        "SessionEnded": "A session ended, and its two sides were not seen closed",
        "SessionInterrupted": "A session did not end in order; it was sealed afterwards",
        "EvidenceRoomAlarmed": "Room for evidence runs short, or copies of it wait too long",
        "EvidenceRoomRegained": "There is room for evidence again",
        "RecordingAltered": "A recording on this node is not what was sealed",
        "EvidenceFaultFound": "Evidence on this node is not what it was",
        "StoreProven": "The second store does not keep what it promised to lock",
    }
    name = text_in(event, "event")
    if name == "StoreProven" and event.get("held") is True:
        return
    for person in audience.leads():
        yield Notice(
            key=f"trouble:{index}",
            to=person,
            kind=NoticeKind.TROUBLE,
            at=audience.at,
            subject=told[name],
            sentences=("The ledger has what happened; whoever may read evidence finds it there.",),
            path="/evidence/standing" if name == "EvidenceFaultFound" else "/plant",
            urgent=name in {"HostKeyMismatch", "RecordingAltered", "EvidenceFaultFound", "SessionEnded"},
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


def _count(event: Leaf, name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) else 0


_Teller = Callable[[Leaf, int, Memory, Audience], Iterable[Notice]]

_TROUBLES = (
    "HostKeyMismatch", "HeadUnwitnessed", "StampsLate", "StampRefused", "EvidenceRoomAlarmed", "EvidenceRoomRegained",
    "RecordingAltered", "EvidenceFaultFound", "StoreProven", "CollectorLate", "ClockStepped", "SessionInterrupted",
)  # fmt: skip
_TELLERS: Mapping[str, _Teller] = {
    "PermitRequested": _asked,
    "PermitApproved": _step,
    "PermitChanged": _changed,
    "SessionEnded": _ended,
    "Isolated": _isolated,
    "Restored": _restored,
    "StateChanged": _state,
    "GlassBroken": _glass,
    "LeavingNoticed": _leaving,
    "SignInLocked": _locked,
    "VendorAsked": _applied,
    "BrowserSignInEnded": _turned_away,
    "FileScreened": screened,
    "FileReleased": decided,
    "FileRefused": decided,
    **dict.fromkeys(_TROUBLES, _trouble),
}
"""Leaves that somebody is told of. The others are found by whoever looks for them."""

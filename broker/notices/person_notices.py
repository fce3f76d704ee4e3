"""What people are told of persons and companies: who leaves, who asks to be known, whose sign-in is in doubt. Pure."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from broker.notices.audience import IDENTITY, Audience
from broker.notices.memory import Leaf, Memory
from domain.canonical import instant_of, text_in
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind

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


def leaving(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """Notice that somebody of a vendor leaves, to who holds identity."""
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


def turned_away(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A connection that its person turned away, to who leads incidents."""
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


def applied(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """An invited company that asks to be known, to who invited it and who holds identity."""
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


def locked(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """Attempts that are held back, to whose they are and to who leads incidents; for plant staff the shift, too."""
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


def _count(event: Leaf, name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) else 0

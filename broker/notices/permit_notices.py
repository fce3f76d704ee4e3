"""What people are told of permits: a wish, a decision, a start, and glass that was broken. Pure."""

from collections.abc import Iterator
from datetime import datetime

from broker.notices.audience import Audience
from broker.notices.memory import Leaf, Memory, MetPermit
from domain.canonical import instant_of, text_in, texts_in
from domain.ids import AssetId, ConduitId, PersonId
from domain.notice import Notice, NoticeKind
from domain.rights import DecisionRight
from policies.start_notice import terms_over

SAID = {
    "approved": "was approved",
    "refused": "was refused",
    "narrowed": "was replaced by a narrower one",
    "revoked": "was revoked",
    "lapsed": "lapsed: it was not decided or not used in time",
}


def asked(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A wish, to whoever may decide it."""
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


def step(event: Leaf, _index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
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


def changed(event: Leaf, _index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """What became of a permit, to who asked for it; an approved one's date and time to the named roles."""
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


def named_roles(audience: Audience, asset: AssetId, conduit: ConduitId) -> tuple[PersonId, ...]:
    """Who is told when a session over this way may start."""
    terms = terms_over(audience.charter.start_terms, audience.charter.boundaries(asset, conduit))
    shift = audience.shift() if terms.shift else ()
    return tuple(dict.fromkeys((*audience.holders(terms.rights, asset, conduit), *shift)))


def glass(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """Break-glass, to everybody who was passed over, who leads incidents and who audits."""
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

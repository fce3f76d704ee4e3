"""Which notices time brings: before a start, before an end, at a start that nobody heard of, and voids by their ladder. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from broker.notices.audience import CONNECT, Audience
from broker.notices.memory import Memory
from broker.notices.permit_notices import starting
from domain.notice import Notice, NoticeKind
from policies.charter.charter import Charter
from policies.charter.void import Void
from policies.review_terms import Overdue
from policies.session_review import Unreviewed, due
from policies.start_notice import Unheard, terms_over

REVIEW_SOON = timedelta(days=2)
"""How long before its end the time for a review is told of; of a shorter time, its half."""
ENDING = timedelta(minutes=10)
"""How long before its end a session is told of: as early as on the vendor's terminal."""


def timely(memory: Memory, charter: Charter, now: datetime) -> Iterator[Notice]:
    """What is due by ``now``. The same is found again and again; its key lets it be told once."""
    audience = Audience(charter, now)
    for permit in memory.permits.values():
        terms = terms_over(charter.start_terms, charter.boundaries(permit.asset, permit.conduit))
        if permit.state == "approved" and now < permit.start <= now + terms.before:
            yield from starting(permit, audience, now, again=True)
        nobody = (
            permit.state in {"approved", "active"} and not permit.heard and permit.start <= now < permit.end
        )
        if nobody and terms.unheard is not Unheard.NOTHING:
            for person in audience.leads():
                yield Notice(
                    key=f"unheard:{permit.id}",
                    to=person,
                    kind=NoticeKind.TROUBLE,
                    at=now,
                    subject="A vendor's session may start, and nobody has confirmed that they know",
                    sentences=(
                        (
                            f"{audience.name(permit.person)} may work on {audience.asset(permit.asset)} since "
                            f"{audience.when(permit.start, permit.asset)}; no notice of it was confirmed."
                        ),
                        "It does not open before."
                        if terms.unheard is Unheard.BLOCK_START
                        else "It can open all the same: the charter asks for an alarm only.",
                    ),
                    path=f"/permits/{permit.id}",
                    urgent=True,
                    permit=permit.id,
                )
    for session in memory.sessions.values():
        if now < session.deadline <= now + ENDING:
            met = memory.permits.get(session.permit)
            holders = audience.holders((CONNECT,), met.asset, met.conduit) if met else ()
            end = audience.when(session.deadline, session.asset)
            for person in dict.fromkeys((session.person, *holders)):
                yield Notice(
                    key=f"ending:{session.id}",
                    to=person,
                    kind=NoticeKind.ENDING,
                    at=now,
                    subject=f"A session ends {end}",
                    sentences=(
                        (
                            f"{audience.name(session.person)} works on {audience.asset(session.asset)}; "
                            f"everything is cut at {end}. Longer needs a new permit."
                        ),
                    ),
                    path=f"/permits/{session.permit}",
                    permit=session.permit,
                )


def void_key(void: Void, level: str) -> str:
    """Under which a step of a void is told, here and when it is escalated: nobody hears of one twice."""
    return f"void:{void.kind}:{void.right or 'pathway'}:{void.boundary}:{level}:{int(void.since.timestamp())}"


def of_voids(voids: Iterable[Void], now: datetime) -> Iterator[Notice]:
    """Each void that is to be mended before it refuses, to whose it is by now. Those that refuse are escalated."""
    for void in voids:
        if void.refuses:
            continue  # broker.console.escalating calls for these, with a leaf of its own first
        for step in void.steps:
            if step.person is not None and step.at <= now:
                yield Notice(
                    key=void_key(void, step.level),
                    to=step.person,
                    kind=NoticeKind.VOID,
                    at=now,
                    subject="A decision right needs somebody to answer for it"
                    if void.right
                    else "A way into the plant is not governed",
                    sentences=(void.sentence,),
                    path="/voids",
                )


def of_reviews(waiting: Iterable[Unreviewed], charter: Charter, now: datetime) -> Iterator[Notice]:
    """Each review that is soon to be given, and each that is overdue, to whoever may give it."""
    audience = Audience(charter, now)
    for one in due(charter, waiting):
        what, over = one.what, one.overdue(now)
        if (
            not over and now < one.by - min(REVIEW_SOON, one.terms.within / 2)
        ) or what.asset not in charter.assets:
            continue
        blocks = over and one.terms.overdue is Overdue.BLOCK
        for person in audience.holders(one.terms.rights, what.asset, what.conduit):
            if person == what.person:
                continue
            until = audience.when(one.by, what.asset)
            yield Notice(
                key=f"review-{'overdue' if over else 'soon'}:{what.session}",
                to=person,
                kind=NoticeKind.REMINDED,
                at=now,
                subject="The review of a session is overdue"
                if over
                else f"A session is to be reviewed until {until}",
                sentences=(
                    f"{audience.name(what.person)} worked on {audience.asset(what.asset)}; nobody has reviewed it.",
                    *(["Until somebody does, that vendor can ask for nothing there."] if blocks else []),
                ),
                path="/reviews",
                urgent=blocks,
            )

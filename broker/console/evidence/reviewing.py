"""A review of an ended session: filed as a leaf, by somebody whom the charter lets, and by nobody else."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.permits.decide import checked_reason
from broker.console.permits.sheet import filed_for
from broker.console.refusals import RefusalError, not_found
from domain.canonical import instant_of, text_in
from domain.events import ENDS, SessionOpened, SessionReviewed
from domain.ids import PermitId, PersonId, SessionId, is_token
from domain.review_events import Disposition
from domain.said import say
from policies.session_review import may_review
from recorder.ledger.reader import LogReader

DISPOSITIONS_SAID = {
    Disposition.IN_ORDER: say("In order"),
    Disposition.QUESTION: say("I have a question"),
    Disposition.INCIDENT: say("This is an incident"),
}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review, by its leaf."""

    index: int
    at: datetime
    by: PersonId
    office: str
    disposition: Disposition
    words: str

    @property
    def said(self) -> str:
        """What came of it, in words."""
        return DISPOSITIONS_SAID[self.disposition]


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger says of one session's course, as far as a review needs it."""

    permit: str
    ended: bool
    item: str
    reviews: tuple[Reviewed, ...]


async def review(
    desk: Desk, visitor: Visitor, session: str, disposition: str, words: str, *, permit: str = ""
) -> None:
    """File what ``visitor`` found; RefusalError when it does not count, and then nothing was filed."""
    if not is_token(session):
        raise not_found()
    past = await asyncio.to_thread(past_of, desk.parts.log, session)
    if past is None or permit not in {"", past.permit}:
        raise not_found()
    filed = await filed_for(desk, visitor, past.permit)
    try:
        said = Disposition(disposition)
    except ValueError as error:
        raise RefusalError(
            422, "not_understood", say("A review says in_order, question or incident.")
        ) from error
    if not past.ended:
        raise RefusalError(409, "session_lives", say("This session has not ended yet."))
    office = may_review(desk.parts.charter(), filed.permit, visitor.person.id, desk.parts.clock.now())
    if not office:
        raise RefusalError(
            403,
            "may_not_review",
            say("By the charter, this session is somebody else's to review."),
            say("The page 'Reviews' says whose."),
        )
    text = "" if said is Disposition.IN_ORDER and not words.strip() else checked_reason(words)
    await desk.parts.ledger.append(
        SessionReviewed(
            at=desk.parts.clock.now(),
            session=SessionId(session),
            permit=PermitId(past.permit),
            by=visitor.person.id,
            office=office,
            disposition=said.value,
            words=text,
            item=past.item,
        )
    )


def past_of(log: LogReader, session: str) -> Past | None:
    """The session's course; None for one that the ledger does not know. Reads files."""
    permit, item, ended = "", "", False
    reviews: list[Reviewed] = []
    for kept in log.find(session=session, newest_first=False, limit=2**62):
        name = kept.event.get("event")
        if name == SessionOpened.__name__:
            permit = text_in(kept.event, "permit")
        elif name in ENDS:
            ended, item = True, text_in(kept.event, "recording_sha256")
        elif name == SessionReviewed.__name__:
            reviews.append(
                Reviewed(
                    kept.index,
                    instant_of(text_in(kept.event, "at")),
                    PersonId(text_in(kept.event, "by")),
                    text_in(kept.event, "office"),
                    Disposition(text_in(kept.event, "disposition")),
                    text_in(kept.event, "words"),
                )
            )
    return Past(permit, ended, item, tuple(reviews)) if permit else None

"""Break-glass: a yes in place of an absent holder's, for a short while, until somebody else has looked at it.

It replaces the key ``connect`` and nothing else: recording, interlocks, identity, contract and deadline
hold as ever. Uses are kept by the watchdog, so that no edited database row forgets one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.canonical import Json, instant_of, instant_text
from domain.errors import ProofError
from domain.glass_review import SignedReview
from domain.ids import PermitId, PersonId, ZoneId, is_token, is_word
from domain.rights import DecisionRight, Holding

REVIEW_WITHIN = timedelta(hours=24)  # requirement H13


class GlassRule(StrEnum):
    """What the charter asks for before the glass breaks."""

    TWO_PERSONS = "two-persons"
    """Two of those who lead incidents or are of the shift."""
    HOLDER_ABSENT = "holder-absent"
    """One of them, once the holder has let the wish wait for as long as the charter says."""


@dataclass(frozen=True, slots=True)
class GlassTerms:
    """The charter's bounds on break-glass."""

    rule: GlassRule = GlassRule.TWO_PERSONS
    longest: timedelta = timedelta(hours=1)
    """How long what it opened may last, from the instant it was used."""
    absent_after: timedelta = timedelta(minutes=15)
    """How long a wish must have waited where one person is enough."""

    @property
    def persons(self) -> int:
        """How many different persons must have said yes."""
        return 2 if self.rule is GlassRule.TWO_PERSONS else 1


USUAL_GLASS = GlassTerms()
"""Where the charter says nothing."""


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody who had no part in it looked at it: signed, or with a one-time code that they spent on it."""

    by: PersonId
    at: datetime
    step: int = 0
    """The time-step of the code; 0 where it is signed."""
    signed: SignedReview | None = None

    def document(self) -> Json:
        """The review as JSON."""
        head: dict[str, Json] = {"by": self.by, "at": instant_text(self.at)}
        return head | ({"step": self.step} if self.signed is None else self.signed.document())

    @staticmethod
    def of(document: Json) -> "Review":
        """What ``document()`` wrote; KeyError, TypeError or ValueError for anything else."""
        match document:
            case {"by": str(by), "at": str(at), "step": int(step)} if not isinstance(step, bool):
                return Review(PersonId(_word(by)), instant_of(at), step)
            case {"by": str(by), "at": str(at), "statement": statement, "proof": proof}:
                try:
                    signed = SignedReview.of(statement, proof)
                except ProofError as error:
                    raise ValueError(error.fact) from error
                if (signed.statement.by, signed.statement.at) != (by, instant_of(at)):
                    raise ValueError("the review's statement is another's, or of another instant")
                return Review(PersonId(_word(by)), instant_of(at), signed=signed)
            case _:
                raise TypeError("this is no review")


@dataclass(frozen=True, slots=True)
class Glass:
    """One use: which permit it opened, by whom, over which boundary, until when."""

    permit: PermitId
    boundary: str
    """That over which the right that was skipped is held; until the review it is shut to the next use."""
    zone: ZoneId
    by: tuple[PersonId, ...]
    at: datetime
    until: datetime
    emergency: bool = False
    """Whether the zone was in the declared state ``emergency``, in which no review is waited for."""
    review: Review | None = None

    def document(self) -> Json:
        """The use as JSON: what the watchdog keeps."""
        return {
            "permit": self.permit,
            "boundary": self.boundary,
            "zone": self.zone,
            "by": list(self.by),
            "at": instant_text(self.at),
            "until": instant_text(self.until),
            "emergency": self.emergency,
            "review": None if self.review is None else self.review.document(),
        }

    @staticmethod
    def of(document: Json) -> "Glass":
        """The use that ``document()`` wrote; KeyError, TypeError or ValueError for anything else."""
        match document:
            case {
                "permit": str(permit),
                "boundary": str(boundary),
                "zone": str(zone),
                "by": [*by],
                "at": str(at),
                "until": str(until),
                "emergency": bool(emergency),
                "review": review,
            } if is_token(permit) and is_word(boundary) and is_word(zone) and by:
                pass
            case _:
                raise TypeError("this is no use of break-glass")
        glass = Glass(
            PermitId(permit),
            boundary,
            ZoneId(zone),
            tuple(PersonId(_word(one)) for one in by),
            instant_of(at),
            instant_of(until),
            emergency,
            None if review is None else Review.of(review),
        )
        if glass.document() != document or glass.until <= glass.at:
            raise ValueError("it holds more than a use does, or holds it in another form")
        return glass

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been reviewed by now."""
        return self.review is None and now >= self.at + REVIEW_WITHIN


def glass_holding(lead: Holding | None, shift: Iterable[PersonId]) -> Holding | None:
    """Who may break the glass: whoever leads incidents there, with the shift beside them; None in a void."""
    if lead is None or lead.right is not DecisionRight.INCIDENT_LEAD:
        return None
    beside = tuple(one for one in sorted(shift) if one not in {*lead.holders, lead.deputy})
    return replace(lead, others=(*lead.others, *beside))


def unreviewed(glasses: Iterable[Glass], boundary: str) -> Glass | None:
    """The oldest use over ``boundary`` that nobody has reviewed; None when the next one is free."""
    found = [one for one in glasses if one.boundary == boundary and one.review is None]
    return min(found, key=lambda one: (one.at, one.permit), default=None)


def barring(glasses: Sequence[Glass], one: Glass) -> Glass | None:
    """The use that ``one`` had to wait for and did not; None when it was free to be used.

    Only what came before counts: a use is not undone by the next. In a declared emergency none waits.
    """
    if one.emergency:
        return None
    before = [
        each
        for each in glasses
        if each.boundary == one.boundary
        and each.permit != one.permit
        and (each.at, each.permit) < (one.at, one.permit)
        and (each.review is None or each.review.at > one.at)
    ]
    return min(before, key=lambda each: (each.at, each.permit), default=None)


def reviewable(glass: Glass, person: PersonId) -> bool:
    """Whether ``person`` may review it, as far as the use itself says: nobody reviews their own."""
    return glass.review is None and person not in glass.by


def _word(text: Json) -> str:
    if not isinstance(text, str) or not is_word(text):
        raise ValueError("a person is named by their id")
    return text

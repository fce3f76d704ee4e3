"""Which ended sessions somebody has to look at, who may, by when, and what follows when nobody did. Pure.

After MA-4(1)(b) and CIP-007-6 R4.4 (fifteen days), paraphrased.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId
from domain.permit import Permit
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.review_terms import Overdue, ReviewTerms, review_terms_over
from policies.rights import may_decide_on

AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A session that ended and was not reviewed since, by the ledger. ``conduit`` is empty where it is not known."""

    session: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    conduit: ConduitId
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A session whose review is asked for, and until when; overdue from that instant on."""

    what: Unreviewed
    terms: ReviewTerms
    vendor: VendorId | None
    by: datetime

    def overdue(self, at: datetime) -> bool:
        """Half-open: at the instant itself it is too late."""
        return at >= self.by


def due(charter: Charter, waiting: Iterable[Unreviewed]) -> tuple[Due, ...]:
    """Those of ``waiting`` that the charter has reviewed, the most urgent first."""
    found: list[Due] = []
    for one in waiting:
        terms = review_terms_over(charter.review_terms, boundaries(charter, one))
        if terms is None or not drawn(one.session, terms.percent):
            continue
        person = charter.people.get(one.person)
        vendor = person.vendor if person is not None else None
        found.append(Due(one, terms, vendor, one.ended_at + terms.within))
    return tuple(sorted(found, key=lambda each: (each.by, each.what.session)))


def blocking(
    charter: Charter, waiting: Iterable[Unreviewed], vendor: VendorId, way: Sequence[str], at: datetime
) -> tuple[Due, ...]:
    """The overdue reviews that keep ``vendor`` from asking for anything over ``way``, near to far."""
    return tuple(
        one
        for one in due(charter, waiting)
        if one.vendor == vendor
        and one.terms.overdue is Overdue.BLOCK
        and one.terms.boundary in way
        and one.overdue(at)
    )


def may_review(charter: Charter, permit: Permit, person: PersonId, at: datetime) -> str:
    """By what ``person`` may review a session under ``permit``: a right, or ``auditor``; empty: not at all.

    Never whoever asked, and nobody of a vendor. Where the charter asks for no review, who holds ``connect`` may give one.
    """
    who = charter.people.get(person)
    if who is None or who.vendor is not None or person == permit.person:
        return ""
    way = charter.boundaries(permit.asset, permit.conduit)
    terms = review_terms_over(charter.review_terms, way)
    rights = terms.rights if terms is not None else frozenset({DecisionRight.CONNECT})
    for right in sorted(rights):
        if may_decide_on(charter, right, person, permit, at):
            return str(right)
    return AUDITOR if who.auditor else ""


def boundaries(charter: Charter, one: Unreviewed) -> tuple[str, ...]:
    """The way of a session, near to far; without its conduit where the ledger or the charter does not name it any more."""
    if one.asset not in charter.assets:
        return (charter.organisation.id,)
    way = charter.boundaries(one.asset, one.conduit)
    return tuple(name for name in way if name)


def drawn(session: SessionId, percent: int) -> bool:
    """Whether the session is of the sample. Nobody chooses: its own id decides, the same for everybody who asks."""
    return int.from_bytes(hashlib.sha256(session.encode()).digest()[:8], "big") % 100 < percent

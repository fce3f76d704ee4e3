"""Who may say yes to a permit, and when enough of them have.

Every right that the permit needs must be exercised by its holder or deputy, and by nobody who asked
or who belongs to a vendor. Nothing needed means nothing given: a quorum of nobody is never complete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId
from domain.proof import ProofKind
from domain.rights import DecisionRight, Holding, may_decide


@dataclass(frozen=True, slots=True)
class Terms:
    """What it takes to approve one permit. A right whose holding is None is a void: nobody may decide."""

    required: frozenset[DecisionRight]
    holdings: Mapping[DecisionRight, Holding | None]
    proofs: frozenset[ProofKind]
    """The kinds of proof that the conduit accepts."""
    requester: PersonId
    outsiders: frozenset[PersonId] = frozenset()
    """Persons of vendors, whom no holding can turn into approvers."""
    persons: int = 1
    """How many different persons must be among the approvers; 2 where the two-key rule holds."""


@dataclass(frozen=True, slots=True)
class Eligible:
    """This person may decide under this holding."""

    holding: Holding

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Ineligible:
    """Why not: a stable code, and a sentence for the person who tried."""

    code: str
    sentence: str

    def __bool__(self) -> bool:
        return False


def may_approve(terms: Terms, right: DecisionRight, person: PersonId, at: datetime) -> Eligible | Ineligible:
    """Whether ``person`` may exercise ``right`` over this permit at ``at``. True in a test, or not."""
    if right not in terms.required:
        return Ineligible("right_not_needed", f"This permit does not need the right {right}.")
    if person == terms.requester:
        return Ineligible("own_request", "Nobody decides on their own request.")
    if person in terms.outsiders:
        return Ineligible("vendor_person", "A vendor's person never decides on a permit.")
    holding = terms.holdings.get(right)
    if holding is None or holding.right is not right or not holding.window.contains(at):
        return Ineligible("void", f"Nobody holds the right {right} over this boundary now.")
    if not may_decide(holding, person, terms.requester):
        return Ineligible(
            "not_holder", f"{person} neither holds the right {right} here nor deputises for it."
        )
    return Eligible(holding)


def may_refuse(terms: Terms, person: PersonId, at: datetime) -> Eligible | Ineligible:
    """Whether ``person`` may decide under any of the rights needed: enough to refuse or to narrow."""
    answers = [may_approve(terms, right, person, at) for right in sorted(terms.required)]
    if not answers:
        return Ineligible("void", "No right is named that could decide on this permit.")
    return next((answer for answer in answers if answer), answers[0])


def complete(terms: Terms, approvals: Iterable[tuple[DecisionRight, PersonId]], at: datetime) -> bool:
    """Whether those who said yes, and still may, cover every right needed.

    Who lost the right since does not count: it is asked again, of whoever holds it now.
    """
    counted = {(right, person) for right, person in approvals if may_approve(terms, right, person, at)}
    rights = {right for right, _person in counted}
    persons = {person for _right, person in counted}
    return bool(terms.required) and rights == terms.required and len(persons) >= max(terms.persons, 1)


def deciders(terms: Terms) -> tuple[PersonId, ...]:
    """Everybody who could decide: holders, then deputies, each once."""
    holdings = [terms.holdings.get(right) for right in sorted(terms.required)]
    held = [one for one in holdings if one is not None]
    named = [one.holder for one in held] + [one.deputy for one in held if one.deputy is not None]
    barred = terms.outsiders | {terms.requester}
    return tuple(dict.fromkeys(person for person in named if person not in barred))

"""Who may say yes to a permit, and when enough of them have.

AND across the rights that the permit needs, k of n within each: ``domain.voices`` says who speaks
under a right and whether those who said yes are enough. Nothing needed means nothing given: a quorum
of nobody is never complete.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from domain.delegation import Delegation, Stake
from domain.ids import PersonId
from domain.proof import ProofKind
from domain.rights import DecisionRight, Holding, Side
from domain.voices import Seat, Voice, arbiter_voice, seats, unfilled, voices, waits_for, with_arbiter


@dataclass(frozen=True, slots=True)
class Beforehand:
    """The standing template inside which a permit is only to be confirmed, and how often that may be."""

    template: str
    """Its digest, in hex."""
    signed: frozenset[PersonId]
    """Who signed it: none of them confirms as well."""
    uses: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """What it takes to approve one permit. A right whose holding is None is a void: nobody may decide."""

    required: frozenset[DecisionRight]
    holdings: Mapping[DecisionRight, Holding | None]
    proofs: frozenset[ProofKind]
    """The kinds of proof that the conduit accepts."""
    requester: PersonId
    stake: Stake
    """What the permit states, which a delegate must have been given whole."""
    sides: Mapping[PersonId, Side | None]
    """The plant's own people, and which side each is of. Whoever is not there decides nothing."""
    delegations: tuple[Delegation, ...] = ()
    least: Mapping[DecisionRight, int] = field(default_factory=dict)
    """How many must say yes under a right whatever its holding says; one where nothing is said here."""
    outsiders: frozenset[PersonId] = field(default=frozenset())
    """Persons of vendors, who are told so."""
    in_order: tuple[DecisionRight, ...] = ()
    """Rights that decide one after another, as the conduit says."""
    beforehand: Beforehand | None = None
    """Where a standing template spares the full path: then ``required`` is the confirmation alone."""


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


def may_approve(  # noqa: PLR0911 - one return per answer
    terms: Terms, right: DecisionRight, person: PersonId, at: datetime
) -> Eligible | Ineligible:
    """Whether ``person`` may exercise ``right`` over this permit at ``at``. True in a test, or not."""
    if right not in terms.required:
        return Ineligible("right_not_needed", f"This permit does not need the right {right}.")
    if person == terms.requester:
        return Ineligible("own_request", "Nobody decides on their own request.")
    if person in terms.outsiders:
        return Ineligible("vendor_person", "A vendor's person never decides on a permit.")
    if terms.beforehand is not None and person in terms.beforehand.signed:
        return Ineligible("own_template", "Whoever signed the standing template does not confirm its use.")
    holding = terms.holdings.get(right)
    if holding is None or holding.right is not right or not holding.window.contains(at):
        return Ineligible("void", f"Nobody holds the right {right} over this boundary now.")
    if any(one.person == person for one in _voices(terms, right, at)):
        return Eligible(holding)
    return _why_not(terms, holding, person, at)


def _why_not(terms: Terms, holding: Holding, person: PersonId, at: datetime) -> Ineligible:
    right = holding.right
    if person in {*holding.holders, holding.deputy}:
        return Ineligible(
            "wrong_side",
            f"The right {right} is a seat of {str(holding.seat or '').upper()}, which {person} is not.",
        )
    given = [
        one
        for one in terms.delegations
        if (one.right, one.boundary, one.to) == (right, holding.boundary, person)
        and one.given_by(holding.holders)
    ]
    if any(one.window.contains(at) for one in given):
        return Ineligible(
            "beyond_delegation",
            f"What {person} was given of the right {right} does not cover all that this permit says.",
        )
    if given:
        return Ineligible(
            "delegation_over", f"What {person} was given of the right {right} does not hold now."
        )
    return Ineligible("not_holder", f"{person} neither holds the right {right} here nor deputises for it.")


def may_refuse(terms: Terms, person: PersonId, at: datetime) -> Eligible | Ineligible:
    """Whether ``person`` may decide under any of the rights needed: enough to refuse or to narrow."""
    answers = [may_approve(terms, right, person, at) for right in sorted(terms.required)]
    if not answers:
        return Ineligible("void", "No right is named that could decide on this permit.")
    return next((answer for answer in answers if answer), answers[0])


def missing(
    terms: Terms,
    approvals: Iterable[tuple[DecisionRight, PersonId]],
    at: datetime,
    settled: Iterable[DecisionRight] = (),
) -> tuple[DecisionRight, ...]:
    """The rights that still need a yes, each as often as it needs one.

    Who lost the right since does not count: it is asked again, of whoever holds it now. Under the rights
    ``settled`` the arbiter's yes counts too.
    """
    wanted = _seats(terms, at)
    for right in settled:
        holding = terms.holdings.get(right)
        if holding is not None:
            voice = arbiter_voice(holding, at, requester=terms.requester, sides=terms.sides)
            wanted = with_arbiter(wanted, right, voice)
    return unfilled(wanted, tuple(approvals))


def too_early(
    terms: Terms, right: DecisionRight, approvals: Iterable[tuple[DecisionRight, PersonId]], at: datetime
) -> Ineligible | None:
    """Why it is not yet the turn of ``right``, whoever exercises it; None when it is."""
    first = waits_for(_seats(terms, at), terms.in_order, right, tuple(approvals))
    if first is None:
        return None
    return Ineligible("not_your_turn", f"The right {first} decides first; then it is the turn of {right}.")


def at_turn(
    terms: Terms, approvals: Iterable[tuple[DecisionRight, PersonId]], at: datetime
) -> frozenset[DecisionRight]:
    """The rights that are missing and whose turn it is."""
    given = tuple(approvals)
    return frozenset(one for one in missing(terms, given, at) if too_early(terms, one, given, at) is None)


def complete(
    terms: Terms,
    approvals: Iterable[tuple[DecisionRight, PersonId]],
    at: datetime,
    settled: Iterable[DecisionRight] = (),
) -> bool:
    """Whether those who said yes, and still may, fill every seat."""
    return bool(terms.required) and not missing(terms, approvals, at, settled)


def deciders(
    terms: Terms, at: datetime, rights: Collection[DecisionRight] | None = None
) -> tuple[PersonId, ...]:
    """Everybody who could decide now under ``rights``, or all needed: holders, then deputies and delegates, each once."""
    asked = sorted(terms.required if rights is None else rights)
    found = chain.from_iterable(_voices(terms, right, at) for right in asked)
    return tuple(dict.fromkeys(one.person for one in found))


def _seats(terms: Terms, at: datetime) -> tuple[Seat, ...]:
    return tuple(
        seat
        for right in sorted(terms.required)
        for seat in seats(
            terms.holdings.get(right), right, _voices(terms, right, at), terms.least.get(right, 1)
        )
    )


def _voices(terms: Terms, right: DecisionRight, at: datetime) -> tuple[Voice, ...]:
    holding = terms.holdings.get(right)
    if holding is None or holding.right is not right:
        return ()
    found = voices(
        holding, terms.stake, at, requester=terms.requester, sides=terms.sides, delegations=terms.delegations
    )
    barred = terms.outsiders if terms.beforehand is None else terms.outsiders | terms.beforehand.signed
    return tuple(one for one in found if not one.both & barred)
